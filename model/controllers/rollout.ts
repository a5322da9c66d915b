/** What is to be done to a deployment's workloads: a pure function of what the caches hold. */
import { isAvailable, type Deployment, type Workload } from '../api/resources/index.ts';
import { byCodeUnit } from '../../sim/index.ts';

export type RolloutStep =
  | { readonly do: 'create'; readonly ordinal: number; readonly image: string }
  | { readonly do: 'delete'; readonly workload: Workload };

export interface RolloutView {
  readonly deployment: Deployment;
  /** The image that is rolled out: the one asked for, or while the roll-out is paused the newest one that anything may run. */
  readonly image: string;
  /** All workloads of this deployment's uid. */
  readonly workloads: readonly Workload[];
  /** It is on a node that is to be emptied. */
  readonly isLeaving: (workload: Workload) => boolean;
}

/**
 * The next steps, all of which may be taken: together they keep within the deployment's bounds. What is being deleted counts for
 * nothing, as in a ReplicaSet; of stable identities it still holds its name.
 */
export function planRollout(view: RolloutView): readonly RolloutStep[] {
  return view.deployment.spec.identity === 'stable' ? planIdentities(view) : planReplicas(view);
}

export function isLive({ metadata }: Workload): boolean {
  return metadata.deletionUs === null;
}

/**
 * After Kubernetes' rolling update: never more than replicas and surge, and never fewer available than may be missing.
 * What is outdated and does not serve is of no use to anybody: it goes at once, so that a version that never gets ready
 * does not stand in the way of its fix.
 */
function planReplicas(view: RolloutView): readonly RolloutStep[] {
  const { replicas, maxSurge, maxUnavailable } = view.deployment.spec;
  const live = view.workloads.filter(isLive);
  const staying = live.filter((workload) => !view.isLeaving(workload));
  const wanted = wantedOf(view, live);
  const missing: string[] = [];
  const surplus: Workload[] = [];
  for (const [image, count] of wanted) {
    const own = staying.filter(({ spec }) => spec.image === image);
    for (let lack = own.length; lack < count; lack++) missing.push(image);
    surplus.push(...worstFirst(own, live).slice(0, Math.max(0, own.length - count)));
  }
  const outdated = live.filter((workload) => !wanted.has(workload.spec.image) || view.isLeaving(workload));
  const room = Math.max(0, replicas + maxSurge - live.length);
  const steps = missing.slice(0, room).map((image): RolloutStep => ({ do: 'create', ordinal: 0, image }));
  return [...steps, ...deletions([...worstFirst(outdated, live), ...surplus], live, Math.max(0, replicas - maxUnavailable))];
}

/**
 * So many are to run each image. While the roll-out is paused those that run keep their parts (Kubernetes' proportional
 * scaling, which fills up the surge as well while there are several); that nobody keeps the parts but what runs is
 * where a ReplicaSet would remember more.
 */
function wantedOf({ deployment: { spec }, image }: RolloutView, live: readonly Workload[]): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  for (const workload of live) parts.set(workload.spec.image, (parts.get(workload.spec.image) ?? 0) + 1);
  if (!spec.paused || parts.size === 0) return new Map([[image, spec.replicas]]);
  const total = parts.size > 1 && spec.replicas > 0 ? spec.replicas + spec.maxSurge : spec.replicas;
  return shared(total, parts, live.length);
}

/**
 * `total` by the proportion of `parts`, which add up to `sum`: what is left after rounding down goes to the largest remainders.
 */
function shared(total: number, parts: ReadonlyMap<string, number>, sum: number): ReadonlyMap<string, number> {
  const shares = new Map([...parts].map(([image, part]) => [image, Math.floor((part * total) / sum)]));
  let left = total - [...shares.values()].reduce((all, share) => all + share, 0);
  const remainder = (part: number): number => (part * total) % sum;
  const byRemainder = [...parts].sort(
    ([a, partOfA], [b, partOfB]) => remainder(partOfB) - remainder(partOfA) || byCodeUnit(a, b),
  );
  for (const [image] of byRemainder) if (left-- > 0) shares.set(image, (shares.get(image) as number) + 1);
  return shares;
}

/** So many of `candidates`, the first first, that `least` stay available. */
function deletions(candidates: readonly Workload[], live: readonly Workload[], least: number): readonly RolloutStep[] {
  let spare = live.filter(isAvailable).length - least;
  const steps: RolloutStep[] = [];
  for (const workload of candidates) {
    if (isAvailable(workload) && spare-- <= 0) continue;
    steps.push({ do: 'delete', workload });
  }
  return steps;
}

/**
 * After Kubernetes' StatefulSet: in the order of their ordinals, each made when those before it serve; taken away from the last
 * one on, each when those after it are gone and those that stay serve; replaced from the last one on. A name is free only when
 * the object that has it is gone, which is for whoever removes it to know.
 */
function planIdentities(view: RolloutView): readonly RolloutStep[] {
  const { replicas, maxUnavailable } = view.deployment.spec;
  const live = view.workloads.filter(isLive);
  const lastFirst = [...live].sort((a, b) => b.spec.ordinal - a.spec.ordinal);
  const kept = lastFirst.filter(({ spec }) => spec.ordinal < replicas);
  const outdated = kept.filter((workload) => isOutdated(workload, view));
  const least = Math.max(0, replicas - Math.max(1, maxUnavailable));
  const last = surplusIdentity(view.workloads, replicas);
  const steps: RolloutStep[] = last === null ? [] : [{ do: 'delete', workload: last }];
  steps.push(
    ...deletions([...outdated.filter((workload) => !isAvailable(workload)), ...outdated.filter(isAvailable)], kept, least),
  );
  const next = firstMissing(view.workloads, replicas);
  return next === null ? steps : [...steps, { do: 'create', ordinal: next, image: imageAt(next, view, live) }];
}

/**
 * The last one that stands, if it is one too many, and nobody has asked for its end yet: while all
 * that stay serve, which may need it.
 */
function surplusIdentity(workloads: readonly Workload[], replicas: number): Workload | null {
  const last = workloads.reduce<Workload | null>(
    (latest, workload) => (latest === null || workload.spec.ordinal > latest.spec.ordinal ? workload : latest),
    null,
  );
  if (last === null || last.spec.ordinal < replicas || !isLive(last)) return null;
  const serving = new Set(workloads.filter(isAvailable).map(({ spec }) => spec.ordinal));
  return Array.from({ length: replicas }, (_, ordinal) => ordinal).every((ordinal) => serving.has(ordinal)) ? last : null;
}

/** The first ordinal that nobody has, if all before it serve. */
function firstMissing(workloads: readonly Workload[], replicas: number): number | null {
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const holder = workloads.find(({ spec }) => spec.ordinal === ordinal);
    if (holder === undefined) return ordinal;
    if (!isAvailable(holder)) return null;
  }
  return null;
}

/**
 * While the roll-out is paused, which goes from the last ordinal to the first: what the one before it runs,
 * or for want of one the one after it.
 */
function imageAt(ordinal: number, { deployment, image }: RolloutView, live: readonly Workload[]): string {
  if (!deployment.spec.paused) return image;
  const before = live.find(({ spec }) => spec.ordinal === ordinal - 1);
  const [after] = live.filter(({ spec }) => spec.ordinal > ordinal).sort((a, b) => a.spec.ordinal - b.spec.ordinal);
  return (before ?? after)?.spec.image ?? image;
}

function isOutdated(workload: Workload, { deployment, image, isLeaving }: RolloutView): boolean {
  return (workload.spec.image !== image && !deployment.spec.paused) || isLeaving(workload);
}

/** Whom nobody misses first: what has no node yet, what does not serve, what shares its node with most others of its kind. */
function worstFirst(workloads: readonly Workload[], live: readonly Workload[]): readonly Workload[] {
  const onNode = new Map<string, number>();
  for (const { spec } of live) onNode.set(spec.node, (onNode.get(spec.node) ?? 0) + 1);
  const rank = (workload: Workload): number => (workload.spec.node === '' ? 0 : isAvailable(workload) ? 2 : 1);
  const company = ({ spec }: Workload): number => onNode.get(spec.node) ?? 0;
  return [...workloads].sort(
    (a, b) => rank(a) - rank(b) || company(b) - company(a) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}
