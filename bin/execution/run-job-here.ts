/** Does a job in this thread, in slices, so that signals and progress get their turn between them. */
import { performance } from 'node:perf_hooks';
import { placementOf } from '../../model/api/state-classes.ts';
import { BoundaryMeter, OF_THE_STORE } from '../../model/properties/platform/outside/boundary-meter.ts';
import type { Inputs, Recording } from '../../replay/recording.ts';
import { record, type Recorder } from '../../replay/recorder.ts';
import { createVerifier, describeStep } from '../../replay/verify.ts';
import { ExitMeter } from '../../scenarios/async/exits.ts';
import type { Scenario } from '../../scenarios/define-scenario.ts';
import { describePlan } from '../../scenarios/describe-plan.ts';
import { needsOf } from '../../scenarios/defects.ts';
import { checkWorkload } from '../../scenarios/load/checked-scenario.ts';
import { plan, probesOf, runSpec, type Plan } from '../../scenarios/run-spec.ts';
import { swarmPlan } from '../../scenarios/swarm/swarm-plan.ts';
import { byCodeUnit, createRun, describeFault, InputError, type Run, type RunSpec } from '../../sim/index.ts';
import { UsageError } from '../exit-status.ts';
import { origin } from '../package-info.ts';
import { explainPlan } from './explain-plan.ts';
import {
  nothingKnown,
  seedOf,
  type Contact,
  type Crash,
  type Job,
  type Moment,
  type Outcome,
  type RunOutcome,
  type Source,
} from './job.ts';
import { loadScenario, type LoadedScenario } from './load-scenario.ts';
import { shownPath } from '../reading.ts';
import { planOf } from './recorded-scenario.ts';
import { shrinkPlan } from './shrink-plan.ts';
import { inSlices, SLICE_STEPS } from './slices.ts';
import { tracePlan } from './trace-plan.ts';
import { usersTrace } from './users-trace.ts';

type LoadJob = Extract<Job, { readonly do: 'load' }>;
type RunJob = Extract<Job, { readonly do: 'run' }>;
type VerifyJob = Extract<Job, { readonly do: 'verify' }>;

/** Throws a UsageError when the scenario is wrong. What a user's module throws ends as verdict `crashed`. */
export async function runJobHere(job: Job, contact: Contact): Promise<Outcome> {
  try {
    return await doJob(job, contact);
  } catch (error) {
    const { source } = job;
    if (source.kind !== 'module' || !(error instanceof InputError)) throw error;
    throw new UsageError(`${shownPath(source.path)}: ${error.message}`, { cause: error });
  }
}

async function doJob(job: Job, contact: Contact): Promise<Outcome> {
  let loaded: LoadedScenario;
  try {
    contact.progress({ step: 0, timeUs: 0, endUs: 1 });
    loaded = await loadScenario(job.source, job.recordingFolder);
  } catch (error) {
    if (job.source.kind !== 'module' || error instanceof UsageError) throw error;
    return { did: 'run', run: crashedBefore(seedOf(job), shownPath(job.source.path), error) };
  }
  switch (job.do) {
    case 'load':
      checkFirstPlan(job, loaded);
      return { did: 'load', scenario: loaded.scenario.name, probes: probesOf(loaded.scenario) };
    case 'run':
      return runFromSeed(job, loaded, contact);
    case 'repeat': {
      checkRecordedPlan(job, loaded);
      if (job.toStep === null) return { did: 'run', run: await runWithAccounts(job.plan, loaded, null, contact) };
      return { did: 'moment', moment: await runToStep(job.plan, loaded, job.toStep, contact) };
    }
    case 'verify':
      return verifyRecording(job, loaded, contact);
    case 'shrink':
      checkRecordedPlan(job, loaded);
      return { did: 'shrink', shrinking: await shrinkPlan(job, loaded, contact), userFile: loaded.userFile };
    case 'trace':
      checkRecordedPlan(job, loaded);
      return { did: 'trace', trace: await tracePlan(job.plan, loaded, contact), userFile: loaded.userFile };
    case 'explain':
      checkRecordedPlan(job, loaded);
      return { did: 'explain', explaining: await explainPlan(job, loaded, contact), userFile: loaded.userFile };
  }
}

/** What is wrong with a swarm's first run is mostly wrong with all of them. Throws an InputError then. */
function checkFirstPlan({ seed }: LoadJob, { scenario, userFile }: LoadedScenario): void {
  if (userFile?.kind !== 'module') return;
  try {
    createRun(runSpec(scenario, drawPlanOf({ seed, design: {}, defects: [], swarm: true }, scenario)));
  } catch (error) {
    // What the user's own code throws is a crash of that seed's.
    if (error instanceof InputError) throw error;
  }
}

/** A plan out of a file may name what is not there: throws a UsageError with the file's name then. */
export function checkRecordedPlan(
  { plan: chosen, source }: { readonly plan: Plan; readonly source: Source },
  { scenario, userFile }: LoadedScenario,
): void {
  try {
    checkWorkload(chosen.workload, scenario);
    if (userFile?.kind !== 'module') createRun(runSpec(scenario, chosen));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const file = source.recording === undefined ? '' : `${source.recording}: `;
    throw new UsageError(`${file}the recording cannot be run: ${error.message}`, { cause: error });
  }
}

async function runFromSeed(job: RunJob, loaded: LoadedScenario, contact: Contact): Promise<Outcome> {
  let drawn: Plan;
  try {
    drawn = drawPlanOf(job, loaded.scenario);
  } catch (error) {
    if (job.source.kind !== 'module' || error instanceof InputError) throw error;
    return { did: 'run', run: crashedBefore(job.seed, loaded.scenario.name, error) };
  }
  return { did: 'run', run: await runWithAccounts(drawn, loaded, job.untilUs, contact) };
}

/** Runs a plan, and keeps accounts of what crosses the boundary of consensus. */
async function runWithAccounts(
  chosen: Plan,
  loaded: LoadedScenario,
  untilUs: number | null,
  contact: Contact,
): Promise<RunOutcome> {
  const meter = new BoundaryMeter();
  const outcome = await runPlan(chosen, loaded, untilUs, contact, (run) => run.observe(meter));
  return { ...outcome, boundary: boundaryOf(meter, chosen) };
}

function boundaryOf({ table }: BoundaryMeter, { design }: Plan): RunOutcome['boundary'] {
  if (table.every(({ entries, outsideWrites }) => entries === 0 && outsideWrites === 0)) return [];
  return table.map((account) => ({
    ...account,
    side: account.stateClass === OF_THE_STORE ? null : placementOf(account.stateClass, design),
  }));
}

/** The plan of a job's seed: the scenario's own, or a swarm's around it. */
function drawPlanOf(job: Pick<RunJob, 'seed' | 'design' | 'defects' | 'swarm'>, scenario: Scenario): Plan {
  const { seed, defects } = job;
  const design = { ...needsOf(defects), ...job.design };
  return job.swarm ? swarmPlan({ scenario, seed, design, defects }) : plan({ scenario, seed, design, defects });
}

/** Runs a plan to its verdict, or to `untilUs`, and records it; `watch` may observe the run. */
export async function runPlan(
  whole: Plan,
  loaded: LoadedScenario,
  untilUs: number | null,
  contact: Contact,
  watch?: (run: Run) => void,
): Promise<RunOutcome> {
  const isCut = untilUs !== null && untilUs < whole.endUs;
  const chosen = isCut ? { ...whole, endUs: untilUs } : whole;
  const { scenario } = loaded;
  const began = performance.now();
  let run: Run;
  let recorder: Recorder;
  const meter = new ExitMeter();
  try {
    run = createRun(runSpec(scenario, chosen));
    recorder = record(run);
    run.observe(meter);
    watch?.(run);
  } catch (error) {
    if (loaded.userFile === null || error instanceof InputError) throw error;
    return crashedBefore(chosen.seed, scenario.name, error);
  }
  await inSlices(run, chosen.endUs, contact, () => run.advance(run.step + SLICE_STEPS) !== null);
  const { failure, violation } = run;
  const crash: Crash | null =
    failure === null
      ? null
      : { process: failure.process, message: failure.message, trace: traceOf(failure.error, loaded.userFile?.kind === 'module') };
  // A run that was cut short has not failed to reach its goals: nobody waited for them.
  const isOpen = run.verdict === null || (isCut && (run.verdict === 'ok' || run.verdict === 'stalled'));
  const verdict = isOpen ? 'undecided' : (run.verdict ?? 'undecided');
  const hasPassed = isOpen || verdict === 'ok';
  const inputs: Inputs = { ...chosen, scenario: scenario.name, userFile: loaded.userFile, interventions: [] };
  return {
    scenario: scenario.name,
    seed: chosen.seed,
    verdict,
    violation: isOpen ? null : violation,
    waiting: isOpen ? [] : run.waiting,
    drawn: hasPassed ? [] : describePlan(chosen),
    crash,
    events: run.step,
    simulatedUs: run.nowUs,
    wallMs: performance.now() - began,
    digest: run.digest,
    interrupted: run.verdict === null,
    hits: [...run.hits].sort(byCodeUnit),
    exits: meter.exits,
    boundary: [],
    recording: hasPassed ? null : recorder.recording(inputs, origin()),
  };
}

async function runToStep(chosen: Plan, { scenario }: LoadedScenario, toStep: number, contact: Contact): Promise<Moment> {
  const run = createRun(runSpec(scenario, chosen));
  const stepOf: number[] = [];
  let event: Moment['event'] = null;
  run.observe({
    stepped(stepped, outcome) {
      const { id, cause, target, kind } = stepped;
      stepOf[id] = run.step;
      if (run.step !== toStep) return;
      const causeStep = stepOf[cause] ?? null;
      event = { id, cause, causeStep, process: target?.name ?? null, kind: kind.name, text: describeStep(stepped, outcome) };
    },
  });
  await inSlices(
    run,
    chosen.endUs,
    contact,
    () => run.advance(Math.min(toStep, run.step + SLICE_STEPS)) !== null || run.step >= toStep,
  );
  if (run.step < toStep) throw new UsageError(`--to ${toStep}: the run ends after ${run.step} steps`);
  return {
    scenario: scenario.name,
    seed: chosen.seed,
    step: run.step,
    timeUs: run.nowUs,
    digest: run.digest,
    event,
    activeFaults: run.activeFaults.map(describeFault),
    verdict: run.verdict,
    violation: run.violation,
    processes: run.processes.map(({ name }) => run.inspect(name)),
  };
}

async function verifyRecording(job: VerifyJob, loaded: LoadedScenario, contact: Contact): Promise<Outcome> {
  const { recording } = job;
  if (loaded.userFile?.hash !== recording.userFile?.hash) return { did: 'refuse', field: 'userFile' };
  const verifier = createVerifier(recording, specOf(recording, loaded));
  let verification = verifier.advance(SLICE_STEPS);
  await inSlices(verifier, recording.endUs, contact, () => {
    verification ??= verifier.advance(SLICE_STEPS);
    return verification !== null;
  });
  verification ??= { identical: false, steps: verifier.step, digest: '', firstDifference: null };
  return { did: 'verify', verification, interrupted: contact.cancelled.aborted };
}

function specOf(recording: Recording, { scenario }: LoadedScenario): RunSpec {
  return runSpec(scenario, planOf(recording));
}

/** The outcome of a run that never came to be, because code of the user's threw. */
function crashedBefore(seed: number, scenario: string, error: unknown): RunOutcome {
  const message = error instanceof Error ? error.message : String(error);
  return { ...nothingKnown(seed, scenario), verdict: 'crashed', crash: { process: null, message, trace: traceOf(error, true) } };
}

function traceOf(error: unknown, isUsers: boolean): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return isUsers ? usersTrace(stack) : stack;
}
