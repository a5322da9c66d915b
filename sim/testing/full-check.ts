/** Holds what properties say step by step against their judgement from scratch. */
import { createRun, type Run, type RunSpec } from '../run.ts';

/**
 * Runs the spec to its end, with evidence kept and messages frozen, and compares every `always` property with its own
 * `fullCheck` after every `everySteps` steps and at the end. Returns the finished run, whatever its verdict.
 *
 * Throws an Error when the two disagree, when a property has no `fullCheck`, and when a program threw.
 */
export function holdAgainstFullCheck(spec: RunSpec, everySteps = 100): Run {
  if (everySteps < 1) throw new RangeError('everySteps: at least 1');
  const run = createRun({ ...spec, keepEvidence: true, freezeMessages: true });
  do {
    run.advance(run.step + everySteps);
    if (run.failure !== null)
      throw new Error(`${run.failure.process} threw at step ${run.failure.step}`, { cause: run.failure.error });
    compare(run);
  } while (run.verdict === null);
  return run;
}

function compare(run: Run): void {
  for (const { property, judged, broken } of run.fullChecks()) {
    if (!judged) throw new Error(`${property} has no fullCheck to be held against`);
    const incremental = run.broken.get(property);
    if ((incremental === undefined) === (broken === null)) continue;
    throw new Error(
      `${property} at step ${run.step}: step by step it ${says(incremental ?? null)}, from scratch it ${says(broken)}`,
    );
  }
}

function says(broken: string | null): string {
  return broken === null ? 'holds' : `is broken (${broken})`;
}
