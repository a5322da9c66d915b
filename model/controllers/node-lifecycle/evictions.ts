/** Evictions: what runs on a node that was given up is deleted in good order, and removed when it certainly runs no more. */
import type { Co, Micros } from '../../../sim/index.ts';
import { isTainted, nodeLeaseName, UNREACHABLE_TAINT, type Fence, type Node, type Workload } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { ControllerTools } from '../machinery/controller.ts';
import type { NodeMonitor } from './node-monitor.ts';

/** Two clocks may run apart by a tenth; a quarter leaves room. */
const MARGIN_DIVISOR = 4;

/**
 * An agent that cannot renew its node's lease ends by itself what has an identity, `agentDeadlineUs` after it last asked for a
 * renewal that came through. Whoever has seen no renewal for longer than that, by a slower clock, and then finds that there was
 * none, knows that nothing with an identity runs there; and nothing is begun there any more, since an agent asks before it does
 * whether the workload is still wanted.
 */
export function certainlyEndedUs({ agentDeadlineUs }: Design): Micros {
  return agentDeadlineUs + Math.ceil(agentDeadlineUs / MARGIN_DIVISOR);
}

/** What is known of who is silent. */
export interface Silent {
  seems(node: string): boolean;
  /** At the moment of acting. */
  isCertain(node: string): Co<boolean>;
}

export class Evictions {
  private readonly tools: ControllerTools;
  private readonly monitor: NodeMonitor;
  private readonly tolerationUs: Micros;
  private readonly endedUs: Micros;
  private readonly removesUnconfirmed: boolean;
  private readonly toleratesNothing: boolean;
  /** By node, when its taint was first seen. */
  private readonly taintedUs = new Map<string, Micros>();
  /** By uid, when it was first seen on a node that there is not. */
  private readonly orphanedUs = new Map<string, Micros>();
  /** Silent nodes of which all that runs there is known to count as not ready. */
  private readonly marked = new Set<string>();

  constructor(tools: ControllerTools, monitor: NodeMonitor, design: Design, defects: DefectSet) {
    this.tools = tools;
    this.monitor = monitor;
    this.tolerationUs = design.tolerationUs;
    this.endedUs = certainlyEndedUs(design);
    this.removesUnconfirmed = defects.has('force-delete-unconfirmed');
    this.toleratesNothing = defects.has('toleration-ignored');
  }

  reset(): void {
    this.taintedUs.clear();
    this.orphanedUs.clear();
    this.marked.clear();
  }

  /** A node is heard of: who falls silent after that is marked anew. */
  heard(node: string): void {
    this.marked.delete(node);
  }

  /** Whether `markNotReady` is still to be done, or to be done again: it has failed, or whoever led before did not get so far. */
  isToBeMarked(node: string): boolean {
    return !this.marked.has(node);
  }

  /**
   * What runs on a node of which nothing is known is not to be counted on. To be repeated until all of it
   * is done (Kubernetes' `nodesToRetry`).
   */
  *markNotReady(node: string, fence: Fence): Co<void> {
    const listed = yield* this.tools.client.list('Workload');
    if (listed.status !== 'ok') return;
    let isDone = true;
    for (const { metadata, spec, status } of listed.value.items as readonly Workload[]) {
      if (spec.node !== node || !status.ready) continue;
      const marked = yield* this.tools.client.updateStatus(
        'Workload',
        metadata.name,
        metadata.resourceVersion,
        { ...status, ready: false },
        fence,
      );
      isDone &&= marked.status === 'ok' || (marked.status === 'refused' && marked.code === 'not-found');
    }
    if (isDone) this.marked.add(node);
  }

  /** What is left to do on nodes that have been given up for long enough, and on those that are gone. */
  *carryOut(nodes: readonly Node[], silent: Silent, fence: Fence): Co<void> {
    const due = new Set(nodes.filter((node) => this.isDue(node, silent)).map(({ metadata }) => metadata.name));
    if (due.size === 0) return;
    const listed = yield* this.tools.client.list('Workload');
    if (listed.status !== 'ok') return;
    const there = (listed.value.items as readonly Workload[]).filter(({ spec }) => due.has(spec.node));
    for (const workload of there) {
      if (workload.metadata.deletionUs === null && (yield* silent.isCertain(workload.spec.node)))
        yield* this.evict(workload, fence);
    }
    // Whoever removes must have asked after the deletion was in force: a later list says so.
    for (const workload of there) {
      if (workload.metadata.deletionUs !== null && (yield* this.hasCertainlyEnded(workload.spec.node)))
        yield* this.remove(workload, fence);
    }
  }

  /**
   * Removes what is bound to a node that there is not (Kubernetes' pod garbage collector), once nothing can run there any more.
   */
  *removeOrphans(workloads: readonly Workload[], fence: Fence): Co<void> {
    const nowUs = this.tools.os.monotonicUs();
    const standing = new Set(workloads.map(({ metadata }) => metadata.uid));
    for (const uid of [...this.orphanedUs.keys()]) if (!standing.has(uid)) this.orphanedUs.delete(uid);
    for (const workload of workloads) {
      const { metadata, spec } = workload;
      if (spec.node === '' || this.tools.cache('Node').get(spec.node) !== undefined) {
        this.orphanedUs.delete(metadata.uid);
        continue;
      }
      if (!(yield* this.isGone(spec.node))) continue;
      const sinceUs = this.orphanedUs.get(metadata.uid) ?? nowUs;
      this.orphanedUs.set(metadata.uid, sinceUs);
      if (metadata.deletionUs === null) yield* this.evict(workload, fence);
      // Its agent may have renewed the Lease until that was deleted, or until it found out.
      else if (nowUs - sinceUs >= this.endedUs && (yield* this.hasCertainlyEnded(spec.node))) yield* this.remove(workload, fence);
    }
  }

  private isDue(node: Node, silent: Silent): boolean {
    const { name } = node.metadata;
    if (!isTainted(node, UNREACHABLE_TAINT) || !silent.seems(name)) {
      this.taintedUs.delete(name);
      return false;
    }
    const nowUs = this.tools.os.monotonicUs();
    const sinceUs = this.taintedUs.get(name) ?? nowUs;
    this.taintedUs.set(name, sinceUs);
    return nowUs - sinceUs >= this.tolerationUs || this.toleratesNothing;
  }

  private *evict({ metadata }: Workload, fence: Fence): Co<void> {
    const { name, uid } = metadata;
    yield* this.tools.client.delete('Workload', name, { uid, fence, ...(this.removesUnconfirmed ? { graceUs: 0 } : {}) });
  }

  /** Removes what was deleted and never confirmed. */
  private *remove({ metadata }: Workload, fence: Fence): Co<void> {
    yield* this.tools.client.delete('Workload', metadata.name, { uid: metadata.uid, graceUs: 0, fence });
  }

  private *hasCertainlyEnded(node: string): Co<boolean> {
    if (this.monitor.silentUs(node) < this.endedUs) return false;
    const lease = yield* this.tools.client.get('Lease', nodeLeaseName(node));
    if (lease.status === 'ok') this.monitor.saw(lease.value);
    else if (lease.status !== 'refused' || lease.code !== 'not-found') return false;
    return this.monitor.silentUs(node) >= this.endedUs;
  }

  private *isGone(node: string): Co<boolean> {
    const found = yield* this.tools.client.get('Node', node);
    return found.status === 'refused' && found.code === 'not-found';
  }
}
