/** The work of one process of a hunt: a trial of one defect, or the healthy platform on a stretch of seeds. */
import { formatRecording } from '../../replay/recording.ts';
import { defects } from '../../scenarios/defects.ts';
import type { Find, Trial } from '../../scenarios/hunt-report.ts';
import { huntingGround } from '../../scenarios/hunting-grounds.ts';
import { runSpec, type Plan } from '../../scenarios/run-spec.ts';
import type { Scenario } from '../../scenarios/define-scenario.ts';
import type { SearchSpace } from '../../scenarios/search/strategy.ts';
import { strategyOf } from '../../scenarios/search/strategies.ts';
import { createRun, type Run } from '../../sim/index.ts';
import type { Contact } from '../execution/job.ts';
import { runPlan } from '../execution/perform.ts';

export interface TrialTask {
  readonly do: 'trial';
  readonly defect: string;
  /** Counted from 1. */
  readonly trial: number;
  readonly seeds: Stretch;
  readonly strategy: string;
  /** The trial is over when it has taken this much of the processor's time. */
  readonly capMs: number;
}

export interface HealthyTask {
  readonly do: 'healthy';
  readonly seeds: Stretch;
  readonly strategy: string;
}

/** Both ends are included. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** A run of the healthy platform that failed, with the text of its recording. */
export interface HealthyFailure extends Find {
  readonly message: string | null;
  readonly recording: string | null;
}

export type HuntTask = TrialTask | HealthyTask;
export type HuntAnswer = Trial | readonly HealthyFailure[];

/** Between two looks at the clock. */
const SLICE_STEPS = 20_000;

/** A run is left alone until it is done. */
const undisturbed: Contact = { progress: () => undefined, cancelled: new AbortController().signal };

export default async function work(task: HuntTask): Promise<HuntAnswer> {
  return task.do === 'trial' ? tryToFind(task) : runHealthy(task);
}

/** Seed after seed until a run fails, whatever it fails at: the healthy platform passes them all. */
function tryToFind({ defect: id, trial, seeds, strategy, capMs }: TrialTask): Trial {
  const defect = defects.find((known) => known.id === id);
  if (defect === undefined) throw new RangeError(`no defect is called ${id}`);
  const space = spaceOf(seeds, { defects: [id], design: defect.needs ?? {} });
  const beganMs = cpuMs();
  const spentMs = (): number => cpuMs() - beganMs;
  let seed = seeds.first;
  for (; seed <= seeds.last && spentMs() < capMs; seed++) {
    const { scenario, plan } = strategyOf(strategy).candidate(space, seed);
    const find = outcome(scenario, plan, () => spentMs() < capMs);
    if (find !== null) return { defect: id, trial, seeds: seed - seeds.first + 1, cpuSeconds: spentMs() / 1_000, find };
  }
  return { defect: id, trial, seeds: seed - seeds.first, cpuSeconds: spentMs() / 1_000, find: null };
}

async function runHealthy({ seeds, strategy }: HealthyTask): Promise<readonly HealthyFailure[]> {
  const space = spaceOf(seeds, {});
  const failures: HealthyFailure[] = [];
  for (let seed = seeds.first; seed <= seeds.last; seed++) {
    const { scenario, plan } = strategyOf(strategy).candidate(space, seed);
    const failed = outcome(scenario, plan, () => true);
    if (failed === null) continue;
    const { violation, crash, recording } = await runPlan(plan, { scenario, userFile: null }, null, undisturbed);
    failures.push({ ...failed, message: violation?.message ?? crash?.message ?? null, recording: recording === null ? null : formatRecording(recording) });
  }
  return failures;
}

function spaceOf({ first }: Stretch, request: SearchSpace['request']): SearchSpace {
  return { first, scenarioOf: huntingGround, request };
}

/** What a run fails at; null when it passes, or when there is no time for its end. */
function outcome(scenario: Scenario, plan: Plan, hasTime: () => boolean): Find | null {
  const spec = runSpec(scenario, plan);
  // What is only to be seen now and then says nothing about a single run.
  const run: Run = createRun({ ...spec, properties: spec.properties.filter(({ kind }) => kind !== 'sometimes') });
  while (run.advance(run.step + SLICE_STEPS) === null) if (!hasTime()) return null;
  const { verdict } = run;
  if (verdict === null || verdict === 'ok') return null;
  return { scenario: scenario.name, seed: plan.seed, verdict, property: run.violation?.property ?? null };
}

/** Of this process, its collector of garbage included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
