/** The work of one worker of a swarm: runs the seeds of a task, one after the other. */
import { formatRecording } from '../../replay/recording.ts';
import { drawScenario } from '../../scenarios/swarm-plan.ts';
import type { SwarmRunResult } from '../../scenarios/swarm-result.ts';
import type { Contact, Source } from '../execution/job.ts';
import { loadScenario, type LoadedScenario } from '../execution/load-scenario.ts';
import { drawPlanOf, runPlan } from '../execution/perform.ts';

export interface SwarmTask {
  readonly sources: readonly Source[];
  readonly seeds: readonly number[];
  /** Every scenario on every seed, instead of a drawn one. */
  readonly every: boolean;
  readonly defects: readonly string[];
  /** Folder that a failure's recording will lie in; null when none is wanted. */
  readonly recordingFolder: string | null;
}

/** A task is a few runs, so it is left alone until it is done. */
const undisturbed: Contact = { progress: () => undefined, cancelled: new AbortController().signal };

export default async function work(task: SwarmTask): Promise<SwarmRunResult[]> {
  const loaded = await Promise.all(task.sources.map((source) => loadScenario(source, task.recordingFolder ?? '')));
  const results: SwarmRunResult[] = [];
  for (const seed of task.seeds) {
    for (const one of scenariosOf(seed, loaded, task.every)) results.push(await runSeed(seed, one, task));
  }
  return results;
}

function scenariosOf(seed: number, loaded: readonly LoadedScenario[], every: boolean): readonly LoadedScenario[] {
  if (every) return loaded;
  const drawn = drawScenario(seed, loaded.map(({ scenario }) => scenario));
  return loaded.filter(({ scenario }) => scenario === drawn);
}

async function runSeed(seed: number, loaded: LoadedScenario, { defects, recordingFolder }: SwarmTask): Promise<SwarmRunResult> {
  const plan = drawPlanOf({ seed, design: {}, defects, swarm: true }, loaded.scenario);
  const { scenario, verdict, violation, crash, events, simulatedUs, digest, hits, recording } = await runPlan(plan, loaded, null, undisturbed);
  return {
    scenario,
    seed,
    verdict,
    property: violation?.property ?? null,
    message: violation?.message ?? crash?.message ?? null,
    events,
    simulatedUs,
    digest,
    hits,
    recording: recording === null || recordingFolder === null ? null : formatRecording(recording),
  };
}
