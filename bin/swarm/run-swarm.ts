/** Runs many seeds in a pool of workers, re-runs a share of them in another process, and adds up what they find. */
import { performance } from 'node:perf_hooks';
import { Tinypool } from 'tinypool';
import { DEFAULT_STRATEGY, endOfGeneration, learntFrom, strategyOf } from '../../scenarios/search/strategies.ts';
import type { Lesson, Strategy } from '../../scenarios/search/strategy.ts';
import { isFailure, SwarmTally, type SwarmFailure, type SwarmRunResult } from '../../scenarios/swarm/swarm-result.ts';
import type { Recording } from '../../replay/recording.ts';
import { failedOfInterrupt } from '../execution/interruptibly.ts';
import { moduleUrl } from '../package-info.ts';
import type { OutputFolder } from '../recording-file.ts';
import type { Told } from '../reporters/swarm/reporter.ts';
import { reproduceRecording, reproduceRun, shellLine } from '../reproduce.ts';
import { attempt, isHung, runTask } from './attempt.ts';
import type { Again, SwarmJournal } from './journal.ts';
import type { KnownRun } from './known-seeds.ts';
import { countAgain, keyOf, tallyJournals } from './tally-journals.ts';
import type { SwarmAnswer, SwarmSource, SwarmTask } from './worker.ts';

export interface SwarmOptions {
  readonly sources: readonly SwarmSource[];
  readonly seeds: SeedRange;
  /** Every scenario on every seed, instead of a drawn one. */
  readonly every: boolean;
  readonly defects: readonly string[];
  readonly strategy: string;
  /** The first seed of all shards together. */
  readonly first: number;
  readonly jobs: number;
  /** Stop after so many failures; 0 for never. */
  readonly bail: number;
  /** Start nothing new after this time; 0 for no limit. */
  readonly budgetMs: number;
  /** A run that takes no step for longer hangs. */
  readonly timeoutMs: number;
  /** Where the recordings of failures go. */
  readonly output: OutputFolder;
  /** Per cent of the runs that are repeated in another process. */
  readonly rerunPercent: number;
  /** Where every run is noted as it ends; null when that is not wanted. */
  readonly journal: SwarmJournal | null;
  /** Run before all others: they had failed in an earlier swarm. */
  readonly known: readonly KnownRun[];
  /** Told of every run of this swarm as it ends. */
  readonly ran: (result: Told, failure: SwarmFailure | null) => void;
}

/** Both ends are included; with a step, for shards. */
export interface SeedRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export interface SwarmProgress {
  (tally: SwarmTally, done: number, total: number, wallMs: number): void;
}

export interface SwarmOutcome {
  readonly tally: SwarmTally;
  readonly complete: boolean;
  readonly wallMs: number;
}

/** The other process begins with its first task, and stays until the swarm is over. */
const IDLE_MS = 2 ** 31 - 1;

export async function runSwarm(options: SwarmOptions, interrupted: AbortSignal, progress: SwarmProgress): Promise<SwarmOutcome> {
  return new Swarm(options, interrupted, progress).run();
}

/** One swarm under way. */
class Swarm {
  private readonly options: SwarmOptions;
  private readonly interrupted: AbortSignal;
  private readonly progress: SwarmProgress;
  private readonly strategy: Strategy;
  private readonly beganMs = performance.now();
  /** In an earlier life, by the journal. */
  private readonly earlierMs: number;
  private readonly tally: SwarmTally;
  private readonly doneBefore: ReadonlySet<number>;
  private readonly jobs: number;
  private readonly workers: Tinypool;
  /** Where runs are repeated. */
  private readonly others: Tinypool;
  private readonly known: KnownRun[];
  private readonly lessons: Lesson[] = [];
  private next: number;
  private done: number;

  constructor(options: SwarmOptions, interrupted: AbortSignal, progress: SwarmProgress) {
    this.options = options;
    this.interrupted = interrupted;
    this.progress = progress;
    this.strategy = strategyOf(options.strategy);
    const { tally, done } = countedBefore(options);
    this.tally = tally;
    this.doneBefore = done;
    this.done = done.size;
    this.earlierMs = options.journal?.content.wallMs ?? 0;
    this.known = knownLeft(options);
    this.next = options.seeds.first;
    this.jobs = Math.min(options.jobs, this.total);
    const filename = moduleUrl('bin/swarm/worker').href;
    this.workers = new Tinypool({ filename, minThreads: this.jobs, maxThreads: this.jobs });
    this.others = new Tinypool({ filename, runtime: 'child_process', minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS });
    // One that dies between two tasks, as of a Ctrl-C that reaches all processes, is nobody's loss: the pool makes another.
    for (const pool of [this.workers, this.others]) pool.on('error', () => undefined);
  }

  async run(): Promise<SwarmOutcome> {
    const { seeds, first, journal } = this.options;
    try {
      await this.share(() => this.workOnKnown());
      while (this.next <= seeds.last && !this.hasEnough) {
        const until = Math.min(seeds.last, endOfGeneration(this.strategy, first, this.next));
        const learnt = learntFrom(this.strategy, this.lessons);
        await this.share(() => this.work(until, learnt));
      }
    } finally {
      await Promise.all([this.workers.destroy(), this.others.destroy()]);
      journal?.took(performance.now() - this.beganMs);
    }
    return { tally: this.tally, complete: this.next > seeds.last && !this.interrupted.aborted, wallMs: this.wallMs };
  }

  private get total(): number {
    const { first, last, step } = this.options.seeds;
    return Math.floor((last - first) / step) + 1;
  }

  private get wallMs(): number {
    return this.earlierMs + performance.now() - this.beganMs;
  }

  private get hasEnough(): boolean {
    const { bail, budgetMs } = this.options;
    return (
      this.interrupted.aborted ||
      (bail > 0 && this.tally.failures.length >= bail) ||
      (budgetMs > 0 && performance.now() - this.beganMs > budgetMs)
    );
  }

  private async share(work: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: this.jobs }, work));
  }

  /** What had failed before, until there is none left. */
  private async workOnKnown(): Promise<void> {
    while (!this.hasEnough) {
      const known = this.known.shift();
      if (known === undefined) return;
      // As it was drawn then, whatever is searched by now.
      const options = { ...this.options, sources: [known.source], every: true, strategy: DEFAULT_STRATEGY, first: known.seed };
      for (const { result } of await attempt(
        this.workers,
        taskOf(options, known.seed, []),
        options.timeoutMs,
        this.interrupted,
      )) {
        const { told, failure } = settled(result, options);
        this.options.journal?.ranKnown({ result: told, failure });
        this.tally.addKnown(failure);
        if (failure !== null) options.ran(told, failure);
      }
    }
  }

  /** One seed at a time, so that whatever ends the swarm early ends it there, until the last one of the generation. */
  private async work(until: number, learnt: readonly Lesson[]): Promise<void> {
    while (this.next <= until && !this.hasEnough) {
      const seed = this.take(until);
      if (seed === null) return;
      const task = taskOf(this.options, seed, learnt);
      const answers = await attempt(this.workers, task, this.options.timeoutMs, this.interrupted);
      const results = answers.map(({ result }) => result);
      this.settle(results);
      for (const { lesson } of answers) if (lesson !== null) this.lessons.push(lesson);
      await this.repeat(task, results);
      // One that an interrupt cut off has no answer.
      if (answers.length > 0) this.done++;
      this.progress(this.tally, this.done, this.total, this.wallMs);
    }
  }

  /** The next seed that the journal does not have; null when there is none left. */
  private take(until: number): number | null {
    while (this.next <= until) {
      const seed = this.next;
      this.next += this.options.seeds.step;
      if (!this.doneBefore.has(seed)) return seed;
    }
    return null;
  }

  private settle(results: readonly SwarmRunResult[]): void {
    const runs = results.map((result) => settled(result, this.options));
    this.options.journal?.ran(runs.map(({ told, failure }) => ({ result: told, failure })));
    for (const { told, failure } of runs) {
      this.tally.add(told, failure);
      this.options.ran(told, failure);
    }
  }

  /** Runs once more what of a seed is due, in another process, and compares. */
  private async repeat(task: SwarmTask, results: readonly SwarmRunResult[]): Promise<void> {
    const { timeoutMs, journal } = this.options;
    const { seed } = task;
    const first = results.filter(({ verdict }) => verdict !== 'crashed');
    const sources = this.sourcesToRepeat(task);
    if (first.length === 0 || sources.length === 0) return;
    let again: readonly SwarmAnswer[];
    try {
      again = await runTask(this.others, { ...task, sources, recordingFolder: null, pulse: null }, timeoutMs, this.interrupted);
    } catch (error) {
      // Ctrl-C reaches the other process as well, which takes the rest with it.
      if (await failedOfInterrupt(this.interrupted)) return;
      if (!isHung(error)) throw error;
      again = first.map((result) => ({ result: { ...result, digest: '' }, lesson: null }));
    }
    const repeated = again.flatMap(({ result: { scenario, digest } }): Again[] => {
      const before = first.find((result) => result.scenario === scenario);
      return before === undefined ? [] : [{ again: seed, scenario, digests: [before.digest, digest] }];
    });
    journal?.repeated(repeated);
    for (const one of repeated) countAgain(this.tally, one);
  }

  /** Of every scenario's runs some; where a scenario is drawn it is drawn once more from all. */
  private sourcesToRepeat({ seed, sources, every }: SwarmTask): SwarmTask['sources'] {
    const { seeds, rerunPercent } = this.options;
    const place = (seed - seeds.first) / seeds.step;
    if (!every) return repeats(place, rerunPercent) ? sources : [];
    return sources.filter((_, at) => repeats(place * sources.length + at, rerunPercent));
  }
}

function taskOf(
  { sources, every, defects, strategy, first, output }: SwarmOptions,
  seed: number,
  learnt: readonly Lesson[],
): SwarmTask {
  return { sources, seed, every, defects, strategy, first, learnt, recordingFolder: output.path };
}

/** What is told of a run, and what is kept of one that failed. */
function settled(whole: SwarmRunResult, options: SwarmOptions): { readonly told: Told; readonly failure: SwarmFailure | null } {
  const { recording: _, waiting: __, drawn: ___, ...told } = whole;
  return { told, failure: isFailure(told) ? keep(whole, options) : null };
}

/** What the journal of an earlier life has, and which seeds it is done with. */
function countedBefore({ journal, sources, every }: SwarmOptions): {
  readonly tally: SwarmTally;
  readonly done: ReadonlySet<number>;
} {
  if (journal === null) return { tally: new SwarmTally(), done: new Set() };
  const { tally, runsOf } = tallyJournals([journal.content]);
  const perSeed = every ? sources.length : 1;
  return { tally, done: new Set([...runsOf].filter(([, runs]) => runs === perSeed).map(([seed]) => seed)) };
}

/** What was known to fail, without what was run in an earlier life: made again, or found only then. */
function knownLeft({ known, journal }: SwarmOptions): KnownRun[] {
  const made = new Set(
    journal === null ? [] : [...journal.content.known, ...journal.content.runs].map(({ result }) => keyOf(result)),
  );
  return known.filter(({ source, seed }) => !made.has(keyOf({ seed, scenario: source.scenario })));
}

/**
 * Which runs are repeated, by their place among all: evenly spread, beginning with the first, so that no swarm goes unchecked.
 */
function repeats(place: number, percent: number): boolean {
  return Math.ceil((place * percent) / 100) < Math.ceil(((place + 1) * percent) / 100);
}

function keep(result: SwarmRunResult, options: SwarmOptions): SwarmFailure {
  const { scenario, seed, verdict, property, message, waiting, drawn } = result;
  const recording = result.recording === null ? null : options.output.write(JSON.parse(result.recording) as Recording);
  const argument = options.sources.find((one) => one.scenario === scenario)?.argument ?? scenario;
  return {
    scenario,
    seed,
    verdict,
    property,
    message,
    waiting,
    drawn,
    recording,
    repro: reproduceFailure(argument, seed, recording, options),
    small: null,
  };
}

/** By its seed where that draws it again; else by its recording, or, where none could be made, by the search that led there. */
function reproduceFailure(
  scenario: string,
  seed: number,
  recording: string | null,
  { defects, strategy, first }: SwarmOptions,
): string {
  if (strategyOf(strategy).isDrawnFromSeed) return reproduceRun({ scenario, seed, defects, swarm: true });
  if (recording !== null) return reproduceRecording(recording);
  return shellLine([
    'swarm',
    scenario,
    '--seeds',
    `${first}..${seed}`,
    '--strategy',
    strategy,
    ...defects.flatMap((defect) => ['--defect', defect]),
  ]);
}
