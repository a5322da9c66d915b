/** The work of one worker of a swarm: runs the seed of a task, with one scenario after the other. */
import { formatRecording } from '../../replay/recording.ts';
import type { Plan } from '../../scenarios/run-spec.ts';
import { strategyOf } from '../../scenarios/search/strategies.ts';
import type { Lesson } from '../../scenarios/search/strategy.ts';
import { drawScenario } from '../../scenarios/swarm/swarm-plan.ts';
import type { SwarmRunResult } from '../../scenarios/swarm/swarm-result.ts';
import type { Run } from '../../sim/index.ts';
import type { Contact, Source } from '../execution/job.ts';
import { loadScenario, type LoadedScenario } from '../execution/load-scenario.ts';
import { runPlan } from '../execution/run-job-here.ts';
import { needsOf } from '../../scenarios/defects.ts';

export interface SwarmSource {
  readonly source: Source;
  /** As it was written on the command line. */
  readonly argument: string;
  /** The name of its scenario. */
  readonly scenario: string;
}

export interface SwarmTask {
  readonly sources: readonly SwarmSource[];
  readonly seed: number;
  /** Every scenario on the seed, instead of a drawn one. */
  readonly every: boolean;
  readonly defects: readonly string[];
  readonly strategy: string;
  /** The swarm's first seed, from which some strategies count. */
  readonly first: number;
  /** What the generations before have taught. */
  readonly learnt: readonly Lesson[];
  /** Folder that a failure's recording will lie in; null when none is wanted. */
  readonly recordingFolder: string | null;
}

/** A task that somebody waits for. */
export interface WatchedTask extends SwarmTask {
  /**
   * One number, in memory that is shared with whoever waits: it grows as long as runs take steps. Null in
   * another process, which sends word instead.
   */
  readonly pulse: Int32Array | null;
}

/** A run of a swarm, and what it teaches where anything is learnt. */
export interface SwarmAnswer {
  readonly result: SwarmRunResult;
  readonly lesson: Lesson | null;
}

export default async function work(task: WatchedTask): Promise<SwarmAnswer[]> {
  if (task.sources.some(({ source }) => source.kind === 'module')) confine();
  const loaded = await Promise.all(task.sources.map(({ source }) => keptLoaded(source, task.recordingFolder ?? '')));
  const results: SwarmAnswer[] = [];
  for (const one of scenariosOf(task.seed, loaded, task.every)) results.push(await runSeed(one, task));
  return results;
}

/** What earlier tasks have loaded: a module is evaluated once, and only then tells which other files it is made of. */
const loading = new Map<string, Promise<LoadedScenario>>();

function keptLoaded(source: Source, recordingFolder: string): Promise<LoadedScenario> {
  const key = JSON.stringify([source, recordingFolder]);
  const known = loading.get(key) ?? loadScenario(source, recordingFolder);
  loading.set(key, known);
  return known;
}

/** A task is a seed, so it is left alone until it is done. */
function contactOf({ pulse }: WatchedTask): Contact {
  return {
    progress: () => void (pulse === null ? process.send?.(null) : Atomics.add(pulse, 0, 1)),
    cancelled: new AbortController().signal,
  };
}

/** Code of the user's neither ends the worker, for which the pool would wait in vain, nor spoils a JSON document on stdout. */
function confine(): void {
  process.exit = (code) => {
    throw new Error(`the scenario ended its thread (exit ${code ?? 0})`);
  };
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

function scenariosOf(seed: number, loaded: readonly LoadedScenario[], every: boolean): readonly LoadedScenario[] {
  if (every) return loaded;
  const drawn = drawScenario(
    seed,
    loaded.map(({ scenario }) => scenario),
  );
  return loaded.filter(({ scenario }) => scenario === drawn);
}

async function runSeed(loaded: LoadedScenario, task: WatchedTask): Promise<SwarmAnswer> {
  const { seed, defects, first, learnt, recordingFolder } = task;
  const strategy = strategyOf(task.strategy);
  const space = { first, scenarioOf: () => loaded.scenario, request: { defects, design: needsOf(defects) } };
  const { plan } = strategy.candidate(space, seed, learnt);
  let seen: (() => readonly number[]) | undefined;
  const { verdict, violation, waiting, drawn, crash, events, simulatedUs, digest, hits, exits, recording } = await runPlan(
    plan,
    loaded,
    null,
    contactOf(task),
    (run: Run) => void (seen = strategy.learning?.watch(run)),
  );
  const { name: scenario } = loaded.scenario;
  return {
    result: {
      scenario,
      seed,
      verdict,
      property: violation?.property ?? null,
      message: violation?.message ?? crash?.message ?? null,
      events,
      simulatedUs,
      digest,
      waiting,
      drawn,
      hits,
      exits,
      recording: recording === null || recordingFolder === null ? null : formatRecording(recording),
    },
    lesson: lessonOf(seed, scenario, plan, seen),
  };
}

function lessonOf(
  seed: number,
  scenario: string,
  { seed: platform, faults }: Plan,
  seen: (() => readonly number[]) | undefined,
): Lesson | null {
  return seen === undefined ? null : { seed, platform, scenario, faults, seen: seen() };
}
