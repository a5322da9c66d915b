/** Where a new workload goes: spread over regions first, over nodes next, and never beyond a node's capacity. */
import { isLeaving, UNREACHABLE_TAINT, type Cluster, type Node, type Workload } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';

export interface Candidate {
  readonly node: Node;
  /** Workloads on it, of all deployments. */
  readonly load: number;
  /** Of those, the ones of the deployment in question. */
  readonly ownLoad: number;
  /** The deployment's workloads in the node's region. */
  readonly regionLoad: number;
}

/** The nodes that can take work: ready, neither cordoned nor tainted, and in a region that is in service. */
export function schedulable(nodes: readonly Node[], clusters: readonly Cluster[], defects: DefectSet): readonly Node[] {
  const active = new Set(clusters.flatMap(({ spec }) => (spec.state === 'active' ? [spec.region] : [])));
  return nodes.filter(({ metadata, spec, status }) => {
    const bindsToSilent = defects.has('binds-to-silent-nodes');
    const isTolerated = spec.taints.every(({ key }) => bindsToSilent && key === UNREACHABLE_TAINT);
    const isOpen = !spec.unschedulable && isTolerated && metadata.deletionUs === null;
    return isOpen && (bindsToSilent || status.readiness === 'ready') && active.has(spec.region);
  });
}

export interface Surroundings {
  readonly all: readonly Node[];
  readonly workloads: readonly Workload[];
  readonly defects: DefectSet;
}

/**
 * Name of the node for one more workload of `owner`; null when none has room. `nodes` are those that can take work, `all`
 * includes those that cannot now, and `workloads` are all that are bound. What is being deleted takes room until it is gone, but
 * does not count for the spread; what stands on a node that takes no work counts for its region (Kubernetes'
 * `nodeTaintsPolicy: Ignore`), unless it is to be replaced elsewhere.
 */
export function placeWorkload(owner: string, nodes: readonly Node[], { all, workloads, defects }: Surroundings): string | null {
  const regionOf = new Map(all.flatMap((node) => (isLeaving(node) ? [] : [[node.metadata.name, node.spec.region]])));
  const load = new Map<string, number>();
  const ownLoad = new Map<string, number>();
  const regionLoad = new Map<string, number>();
  for (const { metadata, spec } of workloads) {
    add(load, spec.node);
    if (spec.owner !== owner || metadata.deletionUs !== null) continue;
    add(ownLoad, spec.node);
    add(regionLoad, regionOf.get(spec.node) ?? '');
  }
  let best: Candidate | null = null;
  for (const node of nodes) {
    const { name } = node.metadata;
    const here = load.get(name) ?? 0;
    if (here >= node.spec.capacity && !defects.has('nodes-overcommitted')) continue;
    const candidate = {
      node,
      load: here,
      ownLoad: ownLoad.get(name) ?? 0,
      regionLoad: defects.has('packed-by-region') ? 0 : (regionLoad.get(node.spec.region) ?? 0),
    };
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  return best?.node.metadata.name ?? null;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.regionLoad !== b.regionLoad) return a.regionLoad < b.regionLoad;
  if (a.ownLoad !== b.ownLoad) return a.ownLoad < b.ownLoad;
  if (a.load !== b.load) return a.load < b.load;
  return a.node.metadata.name < b.node.metadata.name;
}
