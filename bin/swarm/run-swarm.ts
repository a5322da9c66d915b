/** Runs many seeds in a pool of workers, re-runs a share of them in another process, and adds up what they find. */
import { performance } from 'node:perf_hooks';
import { Tinypool } from 'tinypool';
import { DEFAULT_STRATEGY, endOfGeneration, learntFrom, strategyOf } from '../../scenarios/search/strategies.ts';
import type { Lesson } from '../../scenarios/search/strategy.ts';
import { drawScenario } from '../../scenarios/swarm-plan.ts';
import { isFailure, SwarmTally, type SwarmFailure, type SwarmRunResult } from '../../scenarios/swarm-result.ts';
import type { Recording } from '../../replay/recording.ts';
import { moduleUrl } from '../package-info.ts';
import type { OutputFolder } from '../recording-file.ts';
import type { Told } from '../reporters/swarm/reporter.ts';
import { reproduceRecording, reproduceRun, shellLine } from '../reproduce.ts';
import type { Again, JournalRun, SwarmJournal } from './journal.ts';
import type { KnownRun } from './known-seeds.ts';
import { countAgain, tallyJournals } from './tally-journals.ts';
import type { SwarmAnswer, SwarmSource, SwarmTask, WatchedTask } from './worker.ts';

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
  /** A run that takes longer hangs. */
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

/** Small enough that progress flows and little is lost on an interrupt, large enough that the messages do not count. */
const SEEDS_PER_TASK = 4;
/** After an interrupt, runs that are under way have this long to come to their end. */
const FAREWELL_MS = 3_000;

export async function runSwarm(options: SwarmOptions, interrupted: AbortSignal, progress: SwarmProgress): Promise<SwarmOutcome> {
  const began = performance.now();
  const { tally, done: doneBefore } = countedBefore(options);
  const earlierMs = options.journal?.content.wallMs ?? 0;
  const filename = moduleUrl('bin/swarm/worker').href;
  const total = Math.floor((options.seeds.last - options.seeds.first) / options.seeds.step) + 1;
  const jobs = Math.min(options.jobs, total);
  const workers = new Tinypool({ filename, minThreads: jobs, maxThreads: jobs });
  const others = new Tinypool({ filename, runtime: 'child_process', minThreads: 1, maxThreads: 1 });
  // One that dies between two tasks, as of a Ctrl-C that reaches all processes, is nobody's loss: the pool makes another.
  for (const pool of [workers, others]) pool.on('error', () => undefined);
  let next = options.seeds.first;
  let done = doneBefore.size;
  const enough = (): boolean =>
    interrupted.aborted ||
    (options.bail > 0 && tally.failures.length >= options.bail) ||
    (options.budgetMs > 0 && performance.now() - began > options.budgetMs);

  const settle = (results: readonly SwarmRunResult[]): void => {
    const runs = results.map((whole): JournalRun => {
      const { recording: _, waiting: __, drawn: ___, ...result } = whole;
      return { result, failure: isFailure(result) ? keep(whole, options) : null };
    });
    options.journal?.ran(runs);
    for (const { result, failure } of runs) {
      tally.add(result, failure);
      options.ran(result, failure);
    }
  };

  const rerun = async (task: SwarmTask, results: readonly SwarmRunResult[]): Promise<void> => {
    const first = results.filter(({ seed }) => task.seeds.includes(seed));
    let again: readonly SwarmAnswer[];
    try {
      again = await runTask(others, { ...task, recordingFolder: null, pulse: null }, options.timeoutMs, interrupted);
    } catch (error) {
      // Ctrl-C reaches the other process as well, which takes the rest with it.
      if (interrupted.aborted) return;
      if (!isHung(error)) throw error;
      again = first.map((result) => ({ result: { ...result, digest: '' }, lesson: null }));
    }
    const repeated = again.flatMap(({ result: { scenario, seed, digest } }): Again[] => {
      const before = first.find((result) => result.seed === seed && result.scenario === scenario);
      return before === undefined || before.verdict === 'crashed' ? [] : [{ again: seed, scenario, digests: [before.digest, digest] }];
    });
    options.journal?.repeated(repeated);
    for (const one of repeated) countAgain(tally, one);
  };

  const again = [...options.known];
  const workOnKnown = async (): Promise<void> => {
    while (!enough()) {
      const known = again.shift();
      if (known === undefined) return;
      const task: SwarmTask = { sources: [known.source], seeds: [known.seed], every: true, defects: options.defects, strategy: DEFAULT_STRATEGY, first: known.seed, learnt: [], recordingFolder: options.output.path };
      for (const { result: whole } of await attempt(workers, task, options, interrupted)) {
        const { recording: _, waiting: __, drawn: ___, ...result } = whole;
        const failure = isFailure(result) ? keep(whole, { ...options, strategy: DEFAULT_STRATEGY }) : null;
        tally.addKnown(failure);
        if (failure !== null) options.ran(result, failure);
      }
    }
  };

  const strategy = strategyOf(options.strategy);
  const lessons: Lesson[] = [];
  const work = async (until: number, learnt: readonly Lesson[]): Promise<void> => {
    while (next <= until && !enough()) {
      const seeds: number[] = [];
      for (; seeds.length < (options.every ? 1 : SEEDS_PER_TASK) && next <= until; next += options.seeds.step) if (!doneBefore.has(next)) seeds.push(next);
      if (seeds.length === 0) continue;
      const { sources, every, defects } = options;
      const task: SwarmTask = { sources, seeds, every, defects, strategy: strategy.id, first: options.first, learnt, recordingFolder: options.output.path };
      const answers = await attempt(workers, task, options, interrupted);
      const results = answers.map(({ result }) => result);
      settle(results);
      for (const { lesson } of answers) if (lesson !== null) lessons.push(lesson);
      const repeated = seeds.filter((seed) => repeats((seed - options.seeds.first) / options.seeds.step, options.rerunPercent));
      const finished = repeated.filter((seed) => results.some((result) => result.seed === seed && result.verdict !== 'crashed'));
      if (finished.length > 0) await rerun({ ...task, seeds: finished }, results);
      done += seeds.length;
      progress(tally, done, total, earlierMs + performance.now() - began);
    }
  };

  try {
    await Promise.all(Array.from({ length: jobs }, workOnKnown));
    while (next <= options.seeds.last && !enough()) {
      const until = Math.min(options.seeds.last, endOfGeneration(strategy, options.first, next));
      const learnt = learntFrom(strategy, lessons);
      await Promise.all(Array.from({ length: jobs }, () => work(until, learnt)));
    }
  } finally {
    await Promise.all([workers.destroy(), others.destroy()]);
    options.journal?.took(performance.now() - began);
  }
  return { tally, complete: next > options.seeds.last && !interrupted.aborted, wallMs: earlierMs + performance.now() - began };
}

/** What the journal of an earlier life has, and which seeds it is done with. */
function countedBefore({ journal, sources, every }: SwarmOptions): { readonly tally: SwarmTally; readonly done: ReadonlySet<number> } {
  if (journal === null) return { tally: new SwarmTally(), done: new Set() };
  const { tally, runsOf } = tallyJournals([journal.content]);
  const perSeed = every ? sources.length : 1;
  return { tally, done: new Set([...runsOf].filter(([, runs]) => runs === perSeed).map(([seed]) => seed)) };
}

/** Which seeds are repeated, by their place in the range: evenly spread, beginning with the first, so that no swarm goes unchecked. */
function repeats(place: number, percent: number): boolean {
  return Math.ceil((place * percent) / 100) < Math.ceil(((place + 1) * percent) / 100);
}

/** Runs a task; when it hangs or its worker dies, finds the seed and the scenario that do it. Nothing of it counts once an interrupt has cut it off. */
async function attempt(pool: Tinypool, task: SwarmTask, options: SwarmOptions, interrupted: AbortSignal): Promise<readonly SwarmAnswer[]> {
  try {
    const pulse = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    return await runTask(pool, { ...task, pulse }, options.timeoutMs, interrupted);
  } catch (error) {
    if (interrupted.aborted) return [];
    const [seed = 0, ...more] = task.seeds;
    const drawn = task.every ? task.sources : [drawScenario(seed, task.sources)];
    const parts =
      more.length > 0
        ? task.seeds.map((one) => ({ ...task, seeds: [one] }))
        : drawn.length > 1
          ? drawn.map((one) => ({ ...task, sources: [one] }))
          : [];
    if (parts.length > 0) {
      const results: SwarmAnswer[] = [];
      for (const part of parts) results.push(...(await attempt(pool, part, options, interrupted)));
      return results;
    }
    return [crashedAnswer(drawn[0]?.scenario ?? '', seed, isHung(error) ? `took no step for ${options.timeoutMs / 1_000} s (more time: --timeout)` : messageOf(error))];
  }
}

/** Gives a task up that shows no pulse from one look to the next: on a machine that is busy its runs may take as long as they like. */
async function runTask(pool: Tinypool, task: WatchedTask, timeoutMs: number, interrupted: AbortSignal): Promise<readonly SwarmAnswer[]> {
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  let sent = 0;
  let seen = 0;
  const look = (): void => {
    const pulse = task.pulse === null ? sent : Atomics.load(task.pulse, 0);
    if (pulse === seen) giveUp();
    seen = pulse;
  };
  const channel = task.pulse === null ? { channel: { postMessage: () => void sent++ } } : {};
  // A timer that keeps the process alive: a worker that is gone answers no more.
  const timer = setInterval(look, timeoutMs);
  let farewell: NodeJS.Timeout | undefined;
  const sayFarewell = (): void => void (farewell = setTimeout(giveUp, FAREWELL_MS));
  interrupted.addEventListener('abort', sayFarewell, { once: true });
  try {
    return (await pool.run(task, { signal: abort.signal, ...channel })) as readonly SwarmAnswer[];
  } finally {
    clearInterval(timer);
    clearTimeout(farewell);
    interrupted.removeEventListener('abort', sayFarewell);
  }
}

/** A run of which nothing is known but that it did not come to its end. */
function crashedAnswer(scenario: string, seed: number, message: string): SwarmAnswer {
  return { result: { scenario, seed, verdict: 'crashed', property: null, message, events: 0, simulatedUs: 0, digest: '', waiting: [], drawn: [], hits: [], recording: null }, lesson: null };
}

function isHung(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function keep(result: SwarmRunResult, options: SwarmOptions): SwarmFailure {
  const { scenario, seed, verdict, property, message, waiting, drawn } = result;
  const recording = result.recording === null ? null : options.output.write(JSON.parse(result.recording) as Recording);
  const argument = options.sources.find((one) => one.scenario === scenario)?.argument ?? scenario;
  return { scenario, seed, verdict, property, message, waiting, drawn, recording, repro: reproduceFailure(argument, seed, recording, options), small: null };
}

/** By its seed where that draws it again; else by its recording, or, where none could be made, by the search that led there. */
function reproduceFailure(scenario: string, seed: number, recording: string | null, { defects, strategy, first }: SwarmOptions): string {
  if (strategyOf(strategy).isDrawnFromSeed) return reproduceRun({ scenario, seed, defects, swarm: true });
  if (recording !== null) return reproduceRecording(recording);
  return shellLine(['swarm', scenario, '--seeds', `${first}..${seed}`, '--strategy', strategy, ...defects.flatMap((defect) => ['--defect', defect])]);
}
