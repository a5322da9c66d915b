/** Regions come into service, are drained and leave: what follows from their Cluster objects for nodes. */
import type { Co } from '../../../sim/index.ts';
import {
  isNodeLease,
  isTainted,
  nodeLeaseName,
  nodeOfLease,
  REGION_DRAIN_TAINT,
  type Cluster,
  type Fence,
  type Lease,
  type Node,
  type Workload,
} from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import { isRemoved } from '../removed-nodes.ts';
import { reconciledBy, type ControllerTools, type Reconciled } from '../machinery/controller.ts';

/** On the first Cluster of a platform until those of all its first regions are made. */
const UNFINISHED = 'bootstrap';

/** Not all of the platform's first regions have a Cluster yet. */
export function isUnfinished({ metadata }: Cluster): boolean {
  return metadata.labels[UNFINISHED] !== undefined;
}

export class Clusters {
  private readonly tools: ControllerTools;
  private readonly regions: readonly string[];
  private readonly drainsAnyRegion: boolean;

  constructor(tools: ControllerTools, regions: readonly string[], defects: DefectSet) {
    this.tools = tools;
    this.regions = regions;
    this.drainsAnyRegion = defects.has('drain-any-region');
  }

  /**
   * Makes the Clusters of the first regions, once in the life of a platform. That it has begun and not ended
   * stands in the first of them, so that whoever leads next goes on; when none is there, nobody has begun, since
   * the last region in service never leaves.
   */
  *bootstrap(fence: Fence): Co<Reconciled> {
    const { client } = this.tools;
    const listed = yield* client.list('Cluster');
    if (listed.status !== 'ok') return reconciledBy(listed);
    const clusters = listed.value.items as readonly Cluster[];
    let first = clusters.find(isUnfinished);
    if (first === undefined && clusters.length > 0) return 'done';
    for (const region of this.regions) {
      if (clusters.some(({ metadata }) => metadata.name === region)) continue;
      const labels: Record<string, string> = first === undefined ? { [UNFINISHED]: 'unfinished' } : {};
      const made = yield* client.create('Cluster', region, { region }, fence, { labels });
      if (made.status !== 'ok') return reconciledBy(made);
      first ??= made.value;
    }
    if (first === undefined) return 'done';
    const { name, resourceVersion } = first.metadata;
    const labels = Object.fromEntries(Object.entries(first.metadata.labels).filter(([key]) => key !== UNFINISHED));
    return reconciledBy(yield* client.update('Cluster', name, resourceVersion, { metadata: { labels }, fence }));
  }

  /** Tells the nodes of each region whether it is being drained. */
  *reconcile(fence: Fence): Co<void> {
    for (const node of this.tools.cache('Node').list()) {
      const isDraining = this.isDraining(node);
      if (isDraining === null || isDraining === isTainted(node, REGION_DRAIN_TAINT)) continue;
      const { metadata, spec } = node;
      // To empty nodes is what can do harm: a cache may be old, and the region in service again.
      if (isDraining && !(yield* this.isCertainlyDraining(spec.region))) continue;
      const others = spec.taints.filter(({ key }) => key !== REGION_DRAIN_TAINT);
      const taints = isDraining ? [...others, { key: REGION_DRAIN_TAINT, effect: 'no-execute' } as const] : others;
      yield* this.tools.client.update('Node', metadata.name, metadata.resourceVersion, { spec: { ...spec, taints }, fence });
    }
    for (const { metadata, spec, status } of this.tools.cache('Cluster').list()) {
      if (status.observedGeneration === metadata.generation || !this.isTold(spec.region)) continue;
      yield* this.tools.client.updateStatus(
        'Cluster',
        metadata.name,
        metadata.resourceVersion,
        { observedGeneration: metadata.generation },
        fence,
      );
    }
  }

  private isTold(region: string): boolean {
    const nodes = this.tools
      .cache('Node')
      .list()
      .filter(({ spec }) => spec.region === region);
    return nodes.every((node) => this.isDraining(node) === isTainted(node, REGION_DRAIN_TAINT));
  }

  /**
   * Nodes of a region that has left leave with it, when nothing is bound to them any more. One that was removed by itself, and
   * registered by an agent that had asked before, goes at once: nobody but the scheduler has seen it since.
   */
  *removeNodes(workloads: readonly Workload[], fence: Fence): Co<void> {
    for (const { metadata, spec } of this.tools.cache('Node').list()) {
      const { name, uid } = metadata;
      const known = this.clusterOf(spec.region);
      if (known !== undefined && !isRemoved(known, name)) continue;
      const cluster = yield* this.tools.client.get('Cluster', spec.region);
      if (cluster.status === 'ok' && isRemoved(cluster.value, name)) yield* this.removeNode(name, uid, fence);
      if (cluster.status !== 'refused' || cluster.code !== 'not-found') continue;
      const there = workloads.filter((workload) => workload.spec.node === name);
      for (const workload of there) {
        if (workload.metadata.deletionUs === null)
          yield* this.tools.client.delete('Workload', workload.metadata.name, { uid: workload.metadata.uid, fence });
      }
      if (there.length > 0) continue;
      yield* this.removeNode(name, uid, fence);
    }
  }

  private *removeNode(name: string, uid: string, fence: Fence): Co<void> {
    const lease = this.tools.cache('Lease').get(nodeLeaseName(name));
    const removed = yield* this.tools.client.delete('Node', name, { uid, fence });
    if (removed.status === 'ok' && lease !== undefined) yield* this.removeLease(lease, fence);
  }

  /**
   * A Lease goes with its node. Whoever deletes a node may not learn that it is gone, or not live to delete the Lease, and an
   * agent may have made it anew meanwhile (in Kubernetes the Node owns it, and the garbage collector takes it).
   */
  *removeLeases(fence: Fence): Co<void> {
    for (const lease of this.tools.cache('Lease').list()) {
      const { name } = lease.metadata;
      if (!isNodeLease(name)) continue;
      const node = nodeOfLease(name);
      if (this.tools.cache('Node').get(node) !== undefined) continue;
      const found = yield* this.tools.client.get('Node', node);
      if (found.status === 'refused' && found.code === 'not-found') yield* this.removeLease(lease, fence);
    }
  }

  /** As it was seen when its node was about to go or gone: one that joins again renews the very Lease that it finds. */
  private *removeLease({ metadata }: Lease, fence: Fence): Co<void> {
    const { name, uid, resourceVersion } = metadata;
    yield* this.tools.client.delete('Lease', name, { uid, resourceVersion, fence });
  }

  /** Null when it is not known yet: the region has just come or gone. */
  private isDraining({ spec }: Node): boolean | null {
    if (
      this.drainsAnyRegion &&
      this.tools
        .cache('Cluster')
        .list()
        .some((cluster) => cluster.spec.state === 'draining')
    )
      return true;
    const cluster = this.clusterOf(spec.region);
    return cluster === undefined ? null : cluster.spec.state === 'draining';
  }

  private *isCertainlyDraining(region: string): Co<boolean> {
    if (this.drainsAnyRegion) return true;
    const cluster = yield* this.tools.client.get('Cluster', region);
    return cluster.status === 'ok' && cluster.value.spec.state === 'draining';
  }

  private clusterOf(region: string): Cluster | undefined {
    return this.tools
      .cache('Cluster')
      .list()
      .find(({ spec }) => spec.region === region);
  }
}
