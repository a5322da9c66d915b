/**
 * Simulation inside a test suite: `await simulate(scenario, { seeds: 200 })` fails with property,
 * seed and a command that reproduces it.
 */
import { env } from 'node:process';
import { relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { defaultDesign, type Design } from '../model/design.ts';
import type { AnyIntent } from '../model/intent.ts';
import { platformTopology } from '../model/platform.ts';
import { createRun, formatTime, type Fault, type Micros, type Run, type Topology } from '../sim/index.ts';
import { defineScenario, type Scenario } from './define-scenario.ts';
import { checkedScenario } from './load/checked-scenario.ts';
import { plan, runSpec } from './run-spec.ts';

export interface SimulateOptions {
  /** How many seeds, from 1 on; or the first and the last one. The variable QUORATE_SEED in the environment overrides it. */
  readonly seeds: number | readonly [first: number, last: number];
  /** Design values that differ from the scenario's. */
  readonly design?: Partial<Design>;
  /** Ids of defects to switch on. */
  readonly defects?: readonly string[];
  /** Ends the simulation between two seeds; the test's own `signal` makes a timeout take effect. */
  readonly signal?: AbortSignal;
}

export interface Simulated {
  readonly runs: number;
  readonly events: number;
  /** `sometimes` properties that were seen in at least one run. */
  readonly hits: ReadonlySet<string>;
}

/** A run that failed. The message has all that is needed to see it again. */
export class SimulationError extends Error {
  override name = 'SimulationError';
  readonly scenario: string;
  readonly seed: number;
  /** The property that did not hold; null when a program threw. */
  readonly property: string | null;
  readonly repro: string;

  constructor(run: Run, scenario: string, repro: string) {
    super(describeFailure(run, scenario, repro), { cause: run.failure?.error });
    this.scenario = scenario;
    this.seed = run.spec.seed;
    this.property = run.violation?.property ?? null;
    this.repro = repro;
  }
}

/** Runs the scenario with each seed. Throws a SimulationError at the first that fails. */
export async function simulate(scenario: Scenario, options: SimulateOptions): Promise<Simulated> {
  const { design = {}, defects = [], signal } = options;
  // In JavaScript, what calls itself a scenario may never have been declared as one.
  const checked = checkedScenario(defineScenario(scenario));
  const hits = new Set<string>();
  let runs = 0;
  let events = 0;
  for (const seed of seedsOf(options.seeds)) {
    signal?.throwIfAborted();
    const run = createRun(runSpec(checked, plan({ scenario: checked, seed, design, defects })));
    if (run.advance() !== 'ok') throw new SimulationError(run, scenario.name, reproduce(seed));
    for (const id of run.hits) hits.add(id);
    runs++;
    events += run.step;
    // Yield to the event loop, so that timeouts and the reporter can run.
    await setImmediate();
  }
  return { runs, events, hits };
}

/** All that decides one run: what `quorate pin` writes of a recording. Times are in microseconds. */
export interface RepeatedRun {
  readonly seed: number;
  /** Judged in addition to crashes and violations: the goal that was not reached, or the property that was violated. */
  readonly property?: string;
  /** Values that differ from the default design. */
  readonly design?: Partial<Design>;
  readonly defects?: readonly string[];
  /** The platform's when absent. */
  readonly topology?: Topology;
  readonly faults: readonly Fault[];
  readonly workload: readonly AnyIntent[];
  readonly healAtUs: Micros;
  readonly endUs: Micros;
}

/**
 * Repeats one run of a scenario, or of one of the catalogue by its name. Throws a SimulationError when an `always`
 * property does not hold, a program throws, or the named goal is not reached. Other goals are not checked: a run
 * that was shrunk has no time for them.
 */
export async function repeat(scenario: Scenario | string, run: RepeatedRun): Promise<void> {
  const whole = typeof scenario === 'string' ? await fromCatalogue(scenario) : scenario;
  const design: Design = { ...defaultDesign, ...run.design };
  const { property, topology = platformTopology(), defects = [], ...plain } = run;
  const repeated = createRun(runSpec(whole, { ...plain, design, topology, defects }));
  const verdict = repeated.advance();
  const isMissed = verdict === 'stalled' && repeated.waiting.some((part) => part.property === property);
  if (verdict === 'violation' || verdict === 'crashed' || isMissed) throw new SimulationError(repeated, whole.name, sameTest());
}

async function fromCatalogue(name: string): Promise<Scenario> {
  const { catalogue } = await import('./catalogue/index.ts');
  const scenario = catalogue.find((each) => each.name === name);
  if (scenario === undefined) throw new RangeError(`no scenario of the catalogue is called "${name}" (any more)`);
  return scenario;
}

const SEED_VARIABLE = 'QUORATE_SEED';

function seedsOf(seeds: SimulateOptions['seeds']): number[] {
  const [first, last] = seedRange(seeds);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0) {
    throw new RangeError(`seeds: ${String(seeds)}: seeds are integers from 0 to 2^53-1`);
  }
  if (last < first) throw new RangeError(`seeds: ${String(seeds)}: there is none to run`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function seedRange(seeds: SimulateOptions['seeds']): readonly [number, number] {
  const only = env[SEED_VARIABLE];
  // Shells and CI systems unset a variable by setting it to the empty string.
  if (only !== undefined && only !== '') return [onlySeed(only), onlySeed(only)];
  if (typeof seeds === 'number') return [1, seeds];
  if (!Array.isArray(seeds))
    throw new RangeError(
      `seeds: ${String(seeds)}: should be how many, or the first and the last: simulate(scenario, { seeds: 200 })`,
    );
  return seeds;
}

function onlySeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed))
    throw new RangeError(`${SEED_VARIABLE}="${text}": should be one seed, an integer from 0 to 2^53-1, or not set at all`);
  return seed;
}

/** The same test once more, with this seed alone. */
function reproduce(seed: number): string {
  return `${SEED_VARIABLE}=${seed} ${sameTest()}`;
}

function sameTest(): string {
  const { testPath, currentTestName } = expect.getState();
  const file = testPath === undefined ? '' : ` ${relative('', testPath).replaceAll('\\', '/')}`;
  const name = currentTestName === undefined ? '' : ` -t ${shellQuoted(`^${pattern(currentTestName.replaceAll(' > ', ' '))}$`)}`;
  return `npx vitest run${file}${name}`;
}

/** A regular expression that matches the text: what `-t` wants. */
function pattern(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function describeFailure(run: Run, scenario: string, repro: string): string {
  const { violation, failure, verdict, spec, step: last } = run;
  const lines = [`${scenario}, seed ${spec.seed}: ${verdict}`];
  if (violation !== null) {
    const { property, kind, step, timeUs, message } = violation;
    lines.push(`${property} (${kind}) at step ${step}, ${formatTime(timeUs)}: ${message}`);
  }
  if (failure !== null) lines.push(`${failure.process} at step ${last}, ${formatTime(failure.timeUs)}: ${failure.message}`);
  lines.push('reproduce with:', repro);
  return lines.join('\n');
}
