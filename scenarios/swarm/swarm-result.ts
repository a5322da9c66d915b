/** What a swarm learns: the result of one run, and the sum over many. Results are data; reporters put them into words. */
import { byCodeUnit, type Waiting } from '../../sim/index.ts';
import type { ControllerExits } from '../async/exits.ts';

export type RunVerdict = 'ok' | 'violation' | 'stalled' | 'undecided' | 'crashed';

/** One run of a swarm. */
export interface SwarmRunResult {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: RunVerdict;
  /** The property that failed; null when none did. */
  readonly property: string | null;
  readonly message: string | null;
  readonly events: number;
  readonly simulatedUs: number;
  readonly digest: string;
  /** Of a stalled run: every part of a goal that was not there at its end. */
  readonly waiting: readonly Waiting[];
  /** Of a run that failed: what its seed had drawn, a line each. */
  readonly drawn: readonly string[];
  /** `sometimes` properties that were seen. */
  readonly hits: readonly string[];
  /** Async controllers that ended by themselves. */
  readonly exits: readonly ControllerExits[];
  /** The failing run as the text of a recording; null when it passed. */
  readonly recording: string | null;
}

export interface SwarmFailure {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: RunVerdict;
  readonly property: string | null;
  readonly message: string | null;
  /** Of a stalled run: every part of a goal that was not there at its end. */
  readonly waiting: readonly Waiting[];
  /** What the seed had drawn, a line each; empty when nothing is known of it. */
  readonly drawn: readonly string[];
  /** Path of the recording, or null when none could be made. */
  readonly recording: string | null;
  readonly repro: string;
  /** The same failure as it was handed over; null for all but the first of its scenario and property, and where nobody asked. */
  readonly small: SmallFailure | null;
}

/** A failure shrunk, explained and rendered. Paths are as the user would write them. */
export interface SmallFailure {
  readonly recording: string;
  readonly faults: number;
  readonly operations: number;
  readonly processes: number;
  readonly events: number;
  /** A text. */
  readonly explanation: string | null;
  /** A page for a browser. */
  readonly page: string | null;
}

/** Whether a run counts as failed. One that stayed open does not. */
export function isFailure({ verdict }: Pick<SwarmRunResult, 'verdict'>): boolean {
  return verdict !== 'ok' && verdict !== 'undecided';
}

/** A run that did not repeat itself in another process. */
export interface Nondeterminism {
  readonly scenario: string;
  readonly seed: number;
  readonly digests: readonly [string, string];
}

/** A controller that ended by itself, over all runs of its scenario. */
export interface SwarmExits {
  readonly scenario: string;
  readonly process: string;
  readonly times: number;
  /** In how many runs. */
  readonly runs: number;
  /** The first seed at which it did, and why it did last then. */
  readonly seed: number;
  readonly reason: string;
}

export interface SwarmReport {
  readonly seeds: string;
  readonly runs: number;
  readonly ok: number;
  readonly undecided: number;
  /** False when a budget, `--bail` or an interrupt ended it early. */
  readonly complete: boolean;
  readonly failures: readonly SwarmFailure[];
  readonly nondeterministic: readonly Nondeterminism[];
  readonly rerun: number;
  /** Of a seed store: runs that had failed before and were made first, and how many of them still fail. */
  readonly known: { readonly runs: number; readonly failed: number };
  readonly sometimes: { readonly hit: readonly string[]; readonly missed: readonly string[] };
  readonly exits: readonly SwarmExits[];
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly seedsPerSecond: number;
  /** As many as there are seeds, unless every scenario runs on each seed. */
  readonly runsPerSecond: number;
  readonly wallMs: number;
}

/** Runs and failures of one scenario, by property. */
export interface ScenarioTally {
  runs: number;
  readonly failed: Map<string, SwarmFailure[]>;
}

/** Adds up results as they come, in whatever order; the report sorts what it names. */
export class SwarmTally {
  runs = 0;
  seeds = 0;
  ok = 0;
  undecided = 0;
  events = 0;
  rerun = 0;
  /** Made again because they had failed before; in none of the other sums. */
  readonly known = { runs: 0, failed: 0 };
  readonly failures: SwarmFailure[] = [];
  readonly nondeterministic: Nondeterminism[] = [];
  readonly byScenario = new Map<string, ScenarioTally>();
  private readonly hit = new Set<string>();
  /** By scenario and process. */
  private readonly exits = new Map<string, SwarmExits>();
  /** The seed of the run that was added last. */
  private latest: number | null = null;

  /** Runs of one seed come one after the other. */
  add(result: Omit<SwarmRunResult, 'recording' | 'waiting' | 'drawn'>, failure: SwarmFailure | null): void {
    this.runs++;
    if (result.seed !== this.latest) this.seeds++;
    this.latest = result.seed;
    this.events += result.events;
    for (const probe of result.hits) this.hit.add(probe);
    for (const one of result.exits) this.addExits(result, one);
    let tally = this.byScenario.get(result.scenario);
    if (tally === undefined) {
      tally = { runs: 0, failed: new Map() };
      this.byScenario.set(result.scenario, tally);
    }
    tally.runs++;
    if (result.verdict === 'ok') this.ok++;
    else if (result.verdict === 'undecided') this.undecided++;
    if (failure === null) return;
    const property = failure.property ?? failure.verdict;
    tally.failed.set(property, [...(tally.failed.get(property) ?? []), failure]);
    if (!this.has(failure)) this.failures.push(failure);
  }

  /** A run that had failed before was made again. */
  addKnown(failure: SwarmFailure | null): void {
    this.known.runs++;
    if (failure === null) return;
    this.known.failed++;
    if (!this.has(failure)) this.failures.push(failure);
  }

  private addExits({ scenario, seed }: Pick<SwarmRunResult, 'scenario' | 'seed'>, one: ControllerExits): void {
    const { process, times, reason } = one;
    const key = `${scenario} ${process}`;
    const before = this.exits.get(key) ?? { scenario, process, times: 0, runs: 0, seed, reason };
    const first = before.seed <= seed ? before : { seed, reason };
    this.exits.set(key, {
      ...before,
      seed: first.seed,
      reason: first.reason,
      times: before.times + times,
      runs: before.runs + 1,
    });
  }

  private has({ scenario, seed }: SwarmFailure): boolean {
    return this.failures.some((other) => other.scenario === scenario && other.seed === seed);
  }

  report(options: { seeds: string; complete: boolean; wallMs: number; probes: readonly string[] }): SwarmReport {
    const seconds = Math.max(options.wallMs, 1) / 1_000;
    return {
      seeds: options.seeds,
      runs: this.runs,
      ok: this.ok,
      undecided: this.undecided,
      complete: options.complete,
      failures: this.failures.toSorted((a, b) => a.seed - b.seed || (a.scenario < b.scenario ? -1 : 1)),
      nondeterministic: this.nondeterministic.toSorted((a, b) => a.seed - b.seed),
      rerun: this.rerun,
      known: this.known,
      sometimes: {
        hit: options.probes.filter((probe) => this.hit.has(probe)),
        missed: options.probes.filter((probe) => !this.hit.has(probe)),
      },
      exits: [...this.exits.entries()].sort(([a], [b]) => byCodeUnit(a, b)).map(([, exits]) => exits),
      events: this.events,
      eventsPerSecond: Math.round(this.events / seconds),
      seedsPerSecond: hundredths(this.seeds / seconds),
      runsPerSecond: hundredths(this.runs / seconds),
      wallMs: Math.round(options.wallMs),
    };
  }
}

function hundredths(rate: number): number {
  return Math.round(rate * 100) / 100;
}
