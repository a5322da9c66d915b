/** Runs that may fail: taking one to its end, and saying what it failed at. */
import type { Failed } from '../../replay/shrink/trials.ts';
import type { Run } from '../../sim/index.ts';
import type { Contact } from './job.ts';
import { inSlices, SLICE_STEPS } from './slices.ts';

/** A trial that goes on for so much longer than the run it was made from will not show the same. */
export const LONGER = 3;

export async function finish(run: Run, eventsMax: number, contact: Contact): Promise<void> {
  await inSlices(run, run.spec.endUs, contact, () => run.advance(run.step + SLICE_STEPS) !== null || run.step > eventsMax);
}

/** What it failed at: the property, or the process whose program threw. Null: it did not fail. */
export function failureOf({ violation, failure }: Run): string | null {
  if (failure !== null) return `crash of ${failure.process}`;
  return violation?.property ?? null;
}

export function failedAt(run: Run): Failed {
  return { timeUs: run.violation?.timeUs ?? run.nowUs, events: run.step };
}
