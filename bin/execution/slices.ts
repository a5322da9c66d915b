/** Runs in slices, so that signals and progress get their turn between them. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Contact } from './job.ts';

/** Steps to take between two looks at the clock. */
export const SLICE_STEPS = 2_048;
const SLICE_MS = 50;

/** Repeats `slice` until it says that it is done or nobody waits any more. */
export async function inSlices(
  run: { step: number; nowUs: number },
  endUs: number,
  contact: Contact,
  slice: () => boolean,
): Promise<void> {
  let yieldedAt = performance.now();
  while (!slice()) {
    if (performance.now() - yieldedAt < SLICE_MS) continue;
    contact.progress({ step: run.step, timeUs: run.nowUs, endUs });
    await setImmediate();
    if (contact.cancelled.aborted) return;
    yieldedAt = performance.now();
  }
}
