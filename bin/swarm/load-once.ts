/** Loads every scenario of a swarm once before the first seed, so that a wrong file is told before a thousand runs fail of it. */
import { SwarmTally, type SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { runJob } from '../execution/run-job.ts';
import { NO_DIGEST, type Job } from '../execution/job.ts';
import { UsageError } from '../exit-status.ts';
import { reproduceRun } from '../reproduce.ts';
import { groupProbes, type ProbeGroup } from './probes.ts';
import type { Asked } from './request.ts';
import type { SwarmOutcome } from './run-swarm.ts';
import type { SwarmSource } from './worker.ts';

export interface Loaded {
  readonly sources: readonly SwarmSource[];
  readonly probes: readonly ProbeGroup[];
}

type LoadJob = Omit<Extract<Job, { readonly do: 'load' }>, 'source'>;

/**
 * A file of the user's that crashes when it is loaded is a failure. Throws a UsageError when two scenarios share a name,
 * by which their runs are told apart.
 */
export async function loadOnce(
  asked: readonly Asked[],
  job: LoadJob,
  cancelled: AbortSignal,
  stuckMs: number,
): Promise<Loaded | SwarmFailure> {
  const sources: SwarmSource[] = [];
  const probes = new Map<string, readonly string[]>();
  for (const { argument, source } of asked) {
    const outcome = await runJob({ ...job, source }, { progress: () => undefined, cancelled }, stuckMs);
    if (outcome.did === 'load') {
      const namesake = sources.find(({ scenario }) => scenario === outcome.scenario);
      if (namesake !== undefined)
        throw new UsageError(
          `${namesake.argument} and ${argument}: the scenarios of both are called "${outcome.scenario}": give one of them another name`,
        );
      sources.push({ argument, source, scenario: outcome.scenario });
      probes.set(outcome.scenario, outcome.probes);
    }
    if (outcome.did !== 'run' || outcome.run.interrupted) continue;
    const { scenario, seed, crash } = outcome.run;
    const repro = reproduceRun({ scenario: argument, seed, defects: [], swarm: true });
    return {
      scenario,
      seed,
      verdict: 'crashed',
      property: null,
      message: crash?.message ?? null,
      waiting: [],
      drawn: [],
      recording: null,
      repro,
      small: null,
    };
  }
  return { sources, probes: groupProbes(probes) };
}

/** A swarm that never began, because of such a failure. */
export function stillborn(failure: SwarmFailure): SwarmOutcome {
  const tally = new SwarmTally();
  tally.add({ ...failure, events: 0, simulatedUs: 0, digest: NO_DIGEST, hits: [], exits: [] }, failure);
  return { tally, complete: false, wallMs: 0 };
}
