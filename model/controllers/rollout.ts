/** What is to be done to a deployment's workloads: a pure function of what the caches hold. */
import type { Deployment, Workload } from '../api/resources/index.ts';

export type RolloutStep =
  /** Makes the workload of that ordinal for the deployment's current generation. */
  | { readonly do: 'create'; readonly name: string }
  /** Lets a workload that runs what is wanted count for the current generation. */
  | { readonly do: 'adopt'; readonly workload: Workload }
  | { readonly do: 'delete'; readonly workload: Workload };

/**
 * Deterministic, so that whoever creates twice creates once. `<deployment>-<uid>-<generation>-<ordinal>`: unique, because a uid
 * never comes back.
 */
export function workloadName(deployment: Deployment, ordinal: number): string {
  const { name, uid, generation } = deployment.metadata;
  return `${name}-${uid}-${generation}-${ordinal}`;
}

/**
 * The next steps for `workloads`, all of this deployment's uid and none of a later generation. For each ordinal below the
 * replicas one workload is kept; one of an older image goes only when its successor runs. `isLost` names nodes whose
 * workloads need a place elsewhere.
 */
export function planRollout(deployment: Deployment, workloads: readonly Workload[], isLost: (node: string) => boolean): readonly RolloutStep[] {
  const steps: RolloutStep[] = [];
  const byOrdinal = new Map<number, Workload[]>();
  for (const workload of workloads) {
    const ordinal = ordinalOf(workload);
    if (ordinal >= deployment.spec.replicas || isLost(workload.spec.node)) steps.push({ do: 'delete', workload });
    else byOrdinal.set(ordinal, [...(byOrdinal.get(ordinal) ?? []), workload]);
  }
  for (let ordinal = 0; ordinal < deployment.spec.replicas; ordinal++) {
    steps.push(...planOrdinal(deployment, ordinal, byOrdinal.get(ordinal) ?? []));
  }
  return steps;
}

function planOrdinal(deployment: Deployment, ordinal: number, candidates: readonly Workload[]): readonly RolloutStep[] {
  const { generation } = deployment.metadata;
  const wanted = candidates.filter(({ spec }) => spec.image === deployment.spec.image);
  const kept = wanted.find(isRunning) ?? wanted[0];
  if (kept === undefined) return [{ do: 'create', name: workloadName(deployment, ordinal) }];
  const steps: RolloutStep[] = [];
  if (kept.spec.ownerGeneration !== generation) steps.push({ do: 'adopt', workload: kept });
  for (const other of candidates) {
    if (other !== kept && (isRunning(kept) || !isRunning(other))) steps.push({ do: 'delete', workload: other });
  }
  return steps;
}

export function isRunning({ status }: Workload): boolean {
  return status.phase === 'Running';
}

/** The last part of its name. */
function ordinalOf({ metadata }: Workload): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}
