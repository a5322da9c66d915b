/** Carries out the tasks of a review in a pool of workers. */
import { performance } from 'node:perf_hooks';
import { Tinypool } from 'tinypool';
import type { Design } from '../../model/design.ts';
import { reviewTasks, type Finding } from '../../scenarios/review/tasks.ts';
import { moduleUrl } from '../package-info.ts';
import type { ReviewOrder } from './worker.ts';

export interface ReviewRequest {
  /** Values that differ from the default. */
  readonly design: Partial<Design>;
  /** Both ends are included. */
  readonly seeds: { readonly first: number; readonly last: number };
  readonly jobs: number;
}

export interface ReviewOutcome {
  /** In the order of the tasks. */
  readonly found: readonly Finding[];
  /** False when it was interrupted. */
  readonly complete: boolean;
  readonly wallMs: number;
}

/** Told of every finding: how many there are, and of how many. */
export type ReviewProgress = (done: number, total: number) => void;

export async function runReview(
  { design, seeds, jobs }: ReviewRequest,
  interrupted: AbortSignal,
  progress: ReviewProgress,
): Promise<ReviewOutcome> {
  const began = performance.now();
  const tasks = reviewTasks(design, seeds);
  const found: (Finding | undefined)[] = tasks.map(() => undefined);
  const pool = new Tinypool({ filename: moduleUrl('bin/review/worker').href, minThreads: 0, maxThreads: jobs });
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < tasks.length && !interrupted.aborted) {
      const at = next++;
      const order = { task: tasks[at], design } as ReviewOrder;
      found[at] = (await pool.run(order, { signal: interrupted })) as Finding;
      progress(++done, tasks.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } catch (error) {
    // A task that is taken from its worker fails.
    if (!interrupted.aborted) throw error;
  } finally {
    await pool.destroy();
  }
  return {
    found: found.filter((finding) => finding !== undefined),
    complete: done === tasks.length,
    wallMs: performance.now() - began,
  };
}
