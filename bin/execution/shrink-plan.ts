/** Shrinks a plan that fails: carries out the trials that `replay/shrink` asks for, one after the other. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Design } from '../../model/design.ts';
import type { Inputs } from '../../replay/recording.ts';
import { record } from '../../replay/recorder.ts';
import { shrink } from '../../replay/shrink/shrink.ts';
import type { Failed } from '../../replay/shrink/trials.ts';
import { runSpec, type Plan } from '../../scenarios/run-spec.ts';
import { simplerDesigns } from '../../scenarios/simpler-design.ts';
import { createRun, type Run } from '../../sim/index.ts';
import { origin } from '../package-info.ts';
import { failedAt, failureOf, finish, LONGER } from './failed-run.ts';
import type { Contact, Extent, Job, Shrinking } from './job.ts';
import type { LoadedScenario } from './load-scenario.ts';

type ShrinkJob = Extract<Job, { readonly do: 'shrink' }>;

export async function shrinkPlan(job: ShrinkJob, loaded: LoadedScenario, contact: Contact): Promise<Shrinking> {
  const { scenario, userFile } = loaded;
  const inputsOf = (plan: Plan): Inputs => ({ ...plan, scenario: scenario.name, userFile, interventions: [] });
  const first = createRun(runSpec(scenario, job.plan));
  await finish(first, Number.MAX_SAFE_INTEGER, contact);
  const property = failureOf(first);
  const before = extentOf(job.plan, first);
  const nothing: Shrinking = {
    property,
    before,
    after: before,
    runs: 0,
    recording: null,
    interrupted: contact.cancelled.aborted,
  };
  if (property === null || nothing.interrupted) return nothing;

  const answeredBy = userFile?.hash ?? null;
  const answers = job.answeredBy === answeredBy ? [...job.answers] : [];
  let best: { readonly plan: Plan; readonly extent: Extent } = { plan: job.plan, extent: before };
  const trials = shrink(inputsOf(job.plan), failedAt(first), {
    simpler: (inputs) => simplerDesigns(inputs.design as Design).map((design) => ({ ...inputs, design })),
  });
  const eventsMax = before.events * LONGER;
  const untilMs = performance.now() + (job.budgetMs ?? Infinity);
  let runs = 0;
  let next = trials.next();
  while (next.done !== true && !contact.cancelled.aborted && performance.now() < untilMs) {
    const plan = next.value as Inputs & Plan;
    // Short trials never come to the end of a slice, and signals must be heard all the same.
    await setImmediate();
    const known = answers[runs];
    const { answer, processes } =
      known === undefined
        ? await attempt(plan, loaded, property, eventsMax, contact)
        : { answer: known, processes: before.processes };
    // A trial that was broken off has answered nothing.
    if (contact.cancelled.aborted) break;
    runs++;
    if (answer !== null) best = { plan, extent: extent(plan, processes, answer.events) };
    contact.progress({ step: runs, timeUs: 0, endUs: 0, tried: { answer, answeredBy, runs, best: best.extent } });
    next = trials.next(answer);
  }
  // Whoever interrupts wants an end now; the answers so far lead back here.
  if (contact.cancelled.aborted) return { ...nothing, after: best.extent, runs, interrupted: true };
  if (best.plan === job.plan) return { ...nothing, runs };
  const run = createRun(runSpec(scenario, best.plan));
  const recorder = record(run);
  run.advance();
  if (failureOf(run) !== property) {
    // Earlier answers that do not hold any more have led here; or else the scenario does not repeat itself, and
    // nothing smaller can be vouched for.
    return answers.length > 0 ? shrinkPlan({ ...job, answers: [] }, loaded, contact) : { ...nothing, runs };
  }
  return {
    property,
    before,
    after: extentOf(best.plan, run),
    runs,
    recording: recorder.recording(inputsOf(best.plan), origin()),
    interrupted: false,
  };
}

interface Tried {
  readonly answer: Failed | null;
  readonly processes: number;
}

async function attempt(
  plan: Plan,
  { scenario }: LoadedScenario,
  property: string,
  eventsMax: number,
  contact: Contact,
): Promise<Tried> {
  let run: Run;
  try {
    run = createRun(runSpec(scenario, plan));
  } catch (error) {
    // A fault strikes a process that the smaller system has not: this is no way to make it smaller.
    if (error instanceof RangeError) return { answer: null, processes: 0 };
    throw error;
  }
  await finish(run, eventsMax, contact);
  return { answer: failureOf(run) === property ? failedAt(run) : null, processes: run.processes.length };
}

function extentOf(plan: Plan, run: Run): Extent {
  return extent(plan, run.processes.length, run.step);
}

function extent({ faults, workload }: Plan, processes: number, events: number): Extent {
  return { faults: faults.length, operations: workload.length, processes, events };
}
