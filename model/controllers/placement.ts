/** Where a new workload goes: spread over regions first, over nodes next, and never beyond a node's capacity. */
import type { Node, Workload } from '../api/resources/index.ts';

export interface Candidate {
  readonly node: Node;
  /** Workloads on it, of all deployments. */
  readonly load: number;
  /** Of those, the ones of the deployment in question. */
  readonly ownLoad: number;
  /** The deployment's workloads in the node's region. */
  readonly regionLoad: number;
}

/** Name of the node for one more workload of `owner`; null when no node has room. `nodes` are those that can take work. */
export function placeWorkload(owner: string, nodes: readonly Node[], workloads: readonly Workload[]): string | null {
  const regionOf = new Map(nodes.map(({ metadata, spec }) => [metadata.name, spec.region]));
  let best: Candidate | null = null;
  for (const node of nodes) {
    const here = workloads.filter(({ spec }) => spec.node === node.metadata.name);
    if (here.length >= node.spec.capacity) continue;
    const own = workloads.filter(({ spec }) => spec.owner === owner);
    const candidate: Candidate = {
      node,
      load: here.length,
      ownLoad: here.filter(({ spec }) => spec.owner === owner).length,
      regionLoad: own.filter(({ spec }) => regionOf.get(spec.node) === node.spec.region).length,
    };
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  return best?.node.metadata.name ?? null;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.regionLoad !== b.regionLoad) return a.regionLoad < b.regionLoad;
  if (a.ownLoad !== b.ownLoad) return a.ownLoad < b.ownLoad;
  if (a.load !== b.load) return a.load < b.load;
  return a.node.metadata.name < b.node.metadata.name;
}
