/** The work of one process of a hunt: a trial of one defect, or the healthy platform on a stretch of seeds. */
import { formatRecording } from '../../replay/recording.ts';
import { defects } from '../../scenarios/defects.ts';
import type { Find, Trial } from '../../scenarios/hunt/hunt-report.ts';
import { huntingGround } from '../../scenarios/hunt/hunting-grounds.ts';
import { runSpec } from '../../scenarios/run-spec.ts';
import { Searcher } from '../../scenarios/search/searcher.ts';
import type { Candidate, SearchSpace } from '../../scenarios/search/strategy.ts';
import { strategyOf } from '../../scenarios/search/strategies.ts';
import { createRun, type Run } from '../../sim/index.ts';
import type { Contact } from '../execution/job.ts';
import { runPlan } from '../execution/run-job-here.ts';

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
  /** Where the trial began, of whose seeds these are some. */
  readonly first: number;
  readonly seeds: Stretch;
  readonly strategy: string;
}

/** Both ends are included. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

export type Outcome = Omit<Find, 'recording' | 'repro'>;

/** A run that failed, with the text of its recording where that is needed. */
export interface Failed extends Outcome {
  readonly message: string | null;
  readonly recording: string | null;
}

export interface TrialAnswer extends Omit<Trial, 'find'> {
  readonly find: Failed | null;
}

export type HuntTask = TrialTask | HealthyTask;
export type HuntAnswer = TrialAnswer | readonly Failed[];

/** Between two looks at the clock. */
const SLICE_STEPS = 20_000;

/** A run is left alone until it is done. */
const undisturbed: Contact = { progress: () => undefined, cancelled: new AbortController().signal };

export default async function work(task: HuntTask): Promise<HuntAnswer> {
  return task.do === 'trial' ? tryToFind(task) : runHealthy(task);
}

/** Seed after seed until a run fails, whatever it fails at: the healthy platform passes them all. */
async function tryToFind({ defect: id, trial, seeds, strategy, capMs }: TrialTask): Promise<TrialAnswer> {
  const defect = defects.find((known) => known.id === id);
  if (defect === undefined) throw new RangeError(`no defect is called ${id}`);
  const searcher = new Searcher(strategyOf(strategy), spaceOf(seeds, { defects: [id], design: defect.needs ?? {} }));
  const beganMs = cpuMs();
  const spentMs = (): number => cpuMs() - beganMs;
  let seed = seeds.first;
  for (; seed <= seeds.last && spentMs() < capMs; seed++) {
    const candidate = searcher.candidate(seed);
    const find = outcome(candidate, searcher, seed, () => spentMs() < capMs);
    if (find === null) continue;
    const cpuSeconds = spentMs() / 1_000;
    return {
      defect: id,
      trial,
      seeds: seed - seeds.first + 1,
      cpuSeconds,
      find: await recorded(find, candidate, !strategyOf(strategy).isDrawnFromSeed),
    };
  }
  return { defect: id, trial, seeds: seed - seeds.first, cpuSeconds: spentMs() / 1_000, find: null };
}

async function runHealthy({ first, seeds, strategy }: HealthyTask): Promise<readonly Failed[]> {
  const searcher = new Searcher(strategyOf(strategy), spaceOf({ first }, {}));
  const failures: Failed[] = [];
  for (let seed = seeds.first; seed <= seeds.last; seed++) {
    const candidate = searcher.candidate(seed);
    const find = outcome(candidate, searcher, seed, () => true);
    if (find !== null) failures.push(await recorded(find, candidate, true));
  }
  return failures;
}

/** Runs it once more, to have it all. */
async function recorded(find: Outcome, { scenario, plan }: Candidate, isWanted: boolean): Promise<Failed> {
  if (!isWanted) return { ...find, message: null, recording: null };
  const { violation, crash, recording } = await runPlan(plan, { scenario, userFile: null }, null, undisturbed);
  return {
    ...find,
    message: violation?.message ?? crash?.message ?? null,
    recording: recording === null ? null : formatRecording(recording),
  };
}

function spaceOf({ first }: Pick<Stretch, 'first'>, request: SearchSpace['request']): SearchSpace {
  return { first, scenarioOf: huntingGround, request };
}

/** What a run fails at; null when it passes, or when there is no time for its end. */
function outcome({ scenario, plan }: Candidate, searcher: Searcher, seed: number, hasTime: () => boolean): Outcome | null {
  const spec = runSpec(scenario, plan);
  // What is only to be seen now and then says nothing about a single run.
  const run: Run = createRun({ ...spec, properties: spec.properties.filter(({ kind }) => kind !== 'sometimes') });
  const learn = searcher.watch(seed, { scenario, plan }, run);
  while (run.advance(run.step + SLICE_STEPS) === null) if (!hasTime()) return null;
  learn();
  const { verdict } = run;
  if (verdict === null || verdict === 'ok') return null;
  return { scenario: scenario.name, seed, verdict, property: run.violation?.property ?? null };
}

/** Of this process, its collector of garbage included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
