/** Runs a plan to its end and writes down what happens. */
import { traceOf, type Trace } from '../../replay/export/trace.ts';
import { runSpec, type Plan } from '../../scenarios/run-spec.ts';
import { createRun } from '../../sim/index.ts';
import { finish } from './failed-run.ts';
import type { Contact } from './job.ts';
import type { LoadedScenario } from './load-scenario.ts';

/** Null when it was interrupted. */
export async function tracePlan(plan: Plan, { scenario }: LoadedScenario, contact: Contact): Promise<Trace | null> {
  const run = createRun(runSpec(scenario, plan));
  const written = traceOf(run);
  await finish(run, Number.MAX_SAFE_INTEGER, contact);
  return contact.cancelled.aborted ? null : written();
}
