/**
 * Runs the trials of a hunt in a pool of processes, round by round, and the healthy platform on
 * the seeds that each round has used.
 */
import { performance } from 'node:perf_hooks';
import { Tinypool } from 'tinypool';
import type { Recording } from '../../replay/recording.ts';
import { withoutFalseFinds, type Find, type Trial } from '../../scenarios/hunt/hunt-report.ts';
import { failedOfInterrupt } from '../execution/interruptibly.ts';
import { moduleUrl } from '../package-info.ts';
import type { OutputFolder } from '../recording-file.ts';
import { strategyOf } from '../../scenarios/search/strategies.ts';
import { reproduceRecording, reproduceRun } from '../reproduce.ts';
import type { Healthy, HuntJournal } from './journal.ts';
import type { Failed, HuntTask, Stretch, TrialAnswer } from './worker.ts';

export interface HuntOptions {
  /** Ids, the canary's among them. */
  readonly defects: readonly string[];
  /** The seeds of each trial. */
  readonly stretches: readonly Stretch[];
  readonly strategy: string;
  readonly capMs: number;
  readonly jobs: number;
  /** Start nothing new after this time; 0 for no limit. */
  readonly budgetMs: number;
  /** Run the healthy platform on at least so many seeds of each trial. */
  readonly healthyLeast: number;
  readonly output: OutputFolder;
  readonly journal: HuntJournal | null;
}

export interface HuntOutcome {
  readonly trials: readonly Trial[];
  readonly healthy: readonly Healthy[];
  readonly complete: boolean;
  readonly wallMs: number;
}

export interface HuntProgress {
  (trials: readonly Trial[], total: number, healthy: readonly Healthy[]): void;
}

/** Processes stay until the hunt is over. */
const IDLE_MS = 2 ** 31 - 1;
/** Healthy seeds of one task. */
const HEALTHY_AT_ONCE = 5;

export async function runHunt(options: HuntOptions, interrupted: AbortSignal, progress: HuntProgress): Promise<HuntOutcome> {
  const { defects, stretches, strategy, capMs, journal } = options;
  const began = performance.now();
  const trials = (journal?.trials ?? []).filter((known) => defects.includes(known.defect));
  const healthy = [...(journal?.healthy ?? [])];
  const total = defects.length * stretches.length;
  let left = 0;
  const mayBegin = (): boolean =>
    !interrupted.aborted && (options.budgetMs === 0 || performance.now() - began < options.budgetMs);
  // Processes and not threads: only of a process is it known what it has cost.
  // Each begins with its first task: one that a Ctrl-C ends as it begins costs that task, and not the pool.
  const pool = new Tinypool({
    filename: moduleUrl('bin/hunt/worker').href,
    runtime: 'child_process',
    minThreads: 0,
    maxThreads: options.jobs,
    idleTimeout: IDLE_MS,
  });
  // One that dies of a Ctrl-C, which reaches all processes, is nobody's loss.
  pool.on('error', () => undefined);
  const share = async <T>(tasks: readonly T[], run: (task: T) => Promise<void>): Promise<void> => {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < tasks.length && mayBegin()) await run(tasks[next++] as T);
    };
    await Promise.all(Array.from({ length: options.jobs }, work));
    left += tasks.length - next;
  };
  const ask = async <A>(task: HuntTask): Promise<A | null> => {
    try {
      return (await pool.run(task, { signal: interrupted })) as A;
    } catch (error) {
      if (!(await failedOfInterrupt(interrupted))) throw error;
      left++;
      return null;
    }
  };

  try {
    for (const [at, seeds] of stretches.entries()) {
      const trial = at + 1;
      const open = defects.filter((defect) => !trials.some((known) => known.defect === defect && known.trial === trial));
      await share(open, async (defect) => {
        const answer = await ask<TrialAnswer>({ do: 'trial', defect, trial, seeds, strategy, capMs });
        if (answer === null) return;
        const entry: Trial = { ...answer, find: answer.find === null ? null : kept(answer.find, [defect], options) };
        journal?.note(entry);
        trials.push(entry);
        progress(trials, total, healthy);
      });
      const used = Math.max(options.healthyLeast, ...trials.filter((known) => known.trial === trial).map((known) => known.seeds));
      await share(notYetRun(seeds, used, healthy), async (stretch) => {
        const answer = await ask<readonly Failed[]>({ do: 'healthy', first: seeds.first, seeds: stretch, strategy });
        if (answer === null) return;
        const entry: Healthy = {
          healthy: [stretch.first, stretch.last],
          failures: answer.map((failure) => ({ ...kept(failure, [], options), message: failure.message })),
        };
        journal?.note(entry);
        healthy.push(entry);
        progress(trials, total, healthy);
      });
    }
  } finally {
    await pool.destroy();
  }
  const proven = withoutFalseFinds(
    trials,
    healthy.flatMap(({ failures }) => failures),
  );
  return { trials: proven, healthy, complete: left === 0 && !interrupted.aborted, wallMs: performance.now() - began };
}

/** The stretches among the first seeds of a trial on which the healthy platform has not run yet. */
function notYetRun({ first, last }: Stretch, count: number, done: readonly Healthy[]): readonly Stretch[] {
  const end = Math.min(last, first + count - 1);
  const tasks: Stretch[] = [];
  for (let at = first; at <= end; at += HEALTHY_AT_ONCE) {
    const task = { first: at, last: Math.min(last, at + HEALTHY_AT_ONCE - 1) };
    if (!done.some(({ healthy: [from, to] }) => from <= task.first && to >= task.last)) tasks.push(task);
  }
  return tasks;
}

/** With the command that reproduces it: by its seed where that gives it again, else by its recording. */
function kept(
  { recording, scenario, seed, verdict, property }: Failed,
  defects: readonly string[],
  { output, strategy }: HuntOptions,
): Find {
  const path = recording === null ? null : output.write(JSON.parse(recording) as Recording);
  const isDrawn = path === null || strategyOf(strategy).isDrawnFromSeed;
  return {
    scenario,
    seed,
    verdict,
    property,
    recording: path,
    repro: isDrawn ? reproduceRun({ scenario, seed, defects, swarm: true }) : reproduceRecording(path),
  };
}
