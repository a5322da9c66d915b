/** Runs many seeds in a pool of workers, re-runs a share of them in another process, and adds up what they find. */
import { performance } from 'node:perf_hooks';
import { Tinypool } from 'tinypool';
import { SwarmTally, type SwarmFailure, type SwarmRunResult } from '../../scenarios/swarm-result.ts';
import type { Recording } from '../../replay/recording.ts';
import type { Source } from '../execution/job.ts';
import { shownPath } from '../execution/load-scenario.ts';
import { moduleUrl } from '../package-info.ts';
import type { OutputFolder } from '../recording-file.ts';
import { reproduceRun } from '../reproduce.ts';
import type { SwarmTask } from './worker.ts';

export interface SwarmOptions {
  readonly sources: readonly Source[];
  readonly seeds: SeedRange;
  /** Every scenario on every seed, instead of a drawn one. */
  readonly every: boolean;
  readonly defects: readonly string[];
  readonly jobs: number;
  /** Stop after so many failures; 0 for never. */
  readonly bail: number;
  /** Start nothing new after this time; 0 for no limit. */
  readonly budgetMs: number;
  /** Where the recordings of failures go. */
  readonly output: OutputFolder;
  /** Per cent of the runs that are repeated in another process. */
  readonly rerunPercent: number;
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
/** A task that takes this long hangs: a run of a swarm takes well under a second. */
const TASK_TIMEOUT_MS = 120_000;

export async function runSwarm(options: SwarmOptions, interrupted: AbortSignal, progress: SwarmProgress): Promise<SwarmOutcome> {
  const began = performance.now();
  const tally = new SwarmTally();
  const filename = moduleUrl('bin/swarm/worker').href;
  const workers = new Tinypool({ filename, minThreads: options.jobs, maxThreads: options.jobs });
  const others = new Tinypool({ filename, runtime: 'child_process', minThreads: 1, maxThreads: 1 });
  const total = Math.floor((options.seeds.last - options.seeds.first) / options.seeds.step) + 1;
  let next = options.seeds.first;
  let done = 0;
  const enough = (): boolean =>
    interrupted.aborted ||
    (options.bail > 0 && tally.failures.length >= options.bail) ||
    (options.budgetMs > 0 && performance.now() - began > options.budgetMs);

  const settle = (result: SwarmRunResult): void => {
    const failed = result.verdict !== 'ok' && result.verdict !== 'undecided';
    tally.add(result, failed ? keep(result, options) : null);
  };

  const rerun = async (task: SwarmTask, first: readonly SwarmRunResult[]): Promise<void> => {
    const again = (await others.run({ ...task, recordingFolder: null })) as readonly SwarmRunResult[];
    for (const [position, result] of again.entries()) {
      const before = first[position];
      tally.rerun++;
      if (before !== undefined && before.digest !== result.digest) {
        tally.nondeterministic.push({ scenario: result.scenario, seed: result.seed, digests: [before.digest, result.digest] });
      }
    }
  };

  const work = async (): Promise<void> => {
    while (next <= options.seeds.last && !enough()) {
      const seeds: number[] = [];
      for (; seeds.length < (options.every ? 1 : SEEDS_PER_TASK) && next <= options.seeds.last; next += options.seeds.step) seeds.push(next);
      const { sources, every, defects } = options;
      const task: SwarmTask = { sources, seeds, every, defects, recordingFolder: options.output.path };
      const results = await attempt(workers, task);
      for (const result of results) settle(result);
      const repeated = seeds.filter((seed) => repeats(seed, options.rerunPercent));
      const finished = results.filter(({ seed, verdict }) => repeated.includes(seed) && verdict !== 'crashed');
      if (finished.length > 0) await rerun({ ...task, seeds: repeated }, finished);
      done += seeds.length;
      progress(tally, done, total, performance.now() - began);
    }
  };

  try {
    await Promise.all(Array.from({ length: options.jobs }, work));
  } finally {
    await Promise.all([workers.destroy(), others.destroy()]);
  }
  return { tally, complete: next > options.seeds.last && !interrupted.aborted, wallMs: performance.now() - began };
}

/** Which seeds are repeated: a fixed share, spread over the range whatever its step. */
function repeats(seed: number, percent: number): boolean {
  return Math.imul(seed | 0, 0x9e3779b1) >>> 0 < (percent / 100) * 0x1_0000_0000;
}

/** Runs a task; when it hangs or its worker dies, finds the seed that does it. */
async function attempt(pool: Tinypool, task: SwarmTask): Promise<readonly SwarmRunResult[]> {
  try {
    return (await pool.run(task, { signal: AbortSignal.timeout(TASK_TIMEOUT_MS) })) as readonly SwarmRunResult[];
  } catch (error) {
    if (task.seeds.length > 1) {
      const parts: SwarmRunResult[] = [];
      for (const seed of task.seeds) parts.push(...(await attempt(pool, { ...task, seeds: [seed] })));
      return parts;
    }
    const message = error instanceof Error && error.name !== 'AbortError' ? error.message : `no end after ${TASK_TIMEOUT_MS / 1_000} s`;
    return [
      {
        scenario: '',
        seed: task.seeds[0] ?? 0,
        verdict: 'crashed',
        property: null,
        message,
        events: 0,
        simulatedUs: 0,
        digest: '',
        hits: [],
        recording: null,
      },
    ];
  }
}

function keep(result: SwarmRunResult, options: SwarmOptions): SwarmFailure {
  const { scenario, seed, verdict, property, message } = result;
  const recording = result.recording === null ? null : options.output.write(JSON.parse(result.recording) as Recording);
  const repro = reproduceRun({ scenario: nameOf(scenario, options.sources), seed, defects: options.defects, swarm: true });
  return { scenario, seed, verdict, property, message, recording, repro };
}

/** What the user would write: a scenario's name, or the path of the file that it came from. */
function nameOf(scenario: string, sources: readonly Source[]): string {
  const file = sources.length === 1 ? sources[0] : undefined;
  return file !== undefined && 'path' in file ? shownPath(file.path) : scenario;
}
