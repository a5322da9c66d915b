/** The node lifecycle controller: finds out which nodes are lost, and gives up what runs there, no faster than is safe. */
import { boundary, type Boot, type Co, type Micros } from '../../../sim/index.ts';
import {
  isNodeLease,
  isTainted,
  UNREACHABLE_TAINT,
  type Fence,
  type Lease,
  type Node,
  type Resource,
  type Workload,
} from '../../api/resources/index.ts';
import type { Design } from '../../design.ts';
import { Clusters } from './clusters.ts';
import {
  controller,
  reconciledBy,
  type ControllerLogic,
  type ControllerTools,
  type Reconciled,
} from '../machinery/controller.ts';
import { Evictions } from './evictions.ts';
import { NodeMonitor } from './node-monitor.ts';
import { LIFECYCLE_ROLE, type ControllerOptions } from '../machinery/options.ts';
import { Silence } from './silence.ts';
import { evictionIntervalUs, isBlind, zoneState, type ZoneCount } from './zones.ts';

export interface LifecycleOptions extends ControllerOptions {
  /** Regions that are in service from the start. */
  readonly regions: readonly string[];
}

export function lifecycle(options: LifecycleOptions): Boot {
  return controller(options, (tools) => new Lifecycle(tools, options));
}

/** It hears of no node in any zone, and takes that for its own fault. */
export const sawNobodyBoundary = boundary<null>('lifecycle/saw-nobody', () => 'hears of no node at all, and gives none up');
/** It is told of a node of which it had not heard, and counts on it from now on. */
export const expectsNodeBoundary = boundary<{ readonly node: string }>(
  'lifecycle/expects-node',
  ({ node }) => `expects signs of life from ${node}`,
);
/** A silent node is to be given up, and its zone has lost another one too lately, or too many. */
export const evictionHeldBackBoundary = boundary<{ readonly node: string }>(
  'lifecycle/held-back',
  ({ node }) => `does not give ${node} up yet`,
);

/** How often the leader asks itself which nodes have fallen silent. */
const CHECKS_PER_GRACE = 8;

/** Its one key: that a node falls silent is no event, so that somebody has to look. */
const CHECK = 'check';

class Lifecycle implements ControllerLogic {
  readonly role = LIFECYCLE_ROLE;
  readonly kinds = ['Node', 'Lease', 'Cluster'] as const;
  private readonly tools: ControllerTools;
  private readonly design: Design;
  private readonly monitor: NodeMonitor;
  private readonly silence: Silence;
  private readonly clusters: Clusters;
  private readonly evictions: Evictions;
  private readonly checkUs: Micros;
  private readonly evictsWhenBlind: boolean;
  private readonly evictsWithoutLimit: boolean;
  private readonly neverTaints: boolean;
  private sweptUs: Micros = 0;
  /** It sees no ready node in any zone, or saw none when it last asked, and does nothing. */
  private blind = false;
  /** By zone, when a node of it was given up last. */
  private readonly givenUpUs = new Map<string, Micros>();

  constructor(tools: ControllerTools, { design, defects, regions }: LifecycleOptions) {
    this.tools = tools;
    this.design = design;
    this.monitor = new NodeMonitor(tools.os, design);
    this.clusters = new Clusters(tools, regions, defects);
    this.silence = new Silence(tools, this.monitor, design, defects);
    this.evictions = new Evictions(tools, this.monitor, design, defects);
    this.checkUs = Math.ceil(design.nodeGraceUs / CHECKS_PER_GRACE);
    this.evictsWhenBlind = defects.has('evict-when-blind');
    this.evictsWithoutLimit = defects.has('evict-without-limit');
    this.neverTaints = defects.has('unreachable-not-tainted');
  }

  observed(object: Resource, gone: boolean): void {
    const { name } = object.metadata;
    if (object.kind === 'Lease' && isNodeLease(name) && !gone) this.monitor.saw(object as Lease);
    else if (object.kind === 'Node' && gone) this.monitor.forget(name);
    else if (object.kind === 'Node' && this.monitor.expects(object as Node))
      this.tools.os.cross(expectsNodeBoundary, { node: name });
  }

  concerns(): readonly string[] {
    return [];
  }

  *reconcile(_key: string, fence: Fence): Co<Reconciled> {
    if (yield* this.hearsSilent()) yield* this.look(fence);
    yield* this.clusters.reconcile(fence);
    const nowUs = this.tools.os.monotonicUs();
    if (nowUs - this.sweptUs < this.design.resyncUs) return 'done';
    this.sweptUs = nowUs;
    yield* this.sweep(fence);
    return 'done';
  }

  *takeOver(fence: Fence): Co<Reconciled> {
    // What it saw while another led it may have seen late: as in Kubernetes, whose controllers begin with their
    // election, every node has the whole grace.
    this.monitor.forgive();
    this.givenUpUs.clear();
    this.evictions.reset();
    return yield* this.clusters.bootstrap(fence);
  }

  *background(): Co<void> {
    for (;;) {
      yield* this.tools.os.sleep(this.checkUs);
      // Not in the pass, which may wait for an answer: it would not remember that it heard of nobody meanwhile.
      if (isBlind(this.zones((name) => !this.monitor.isLive(name)).values())) this.losesSight();
      this.tools.queue.add(CHECK);
    }
  }

  inspect(): unknown {
    return {
      blind: this.blind,
      zones: [...this.zones((name) => this.silence.has(name))].map(([zone, count]) => `${zone}: ${zoneState(count)}`),
    };
  }

  private get nodes(): readonly Node[] {
    return this.tools.cache('Node').list();
  }

  /** Finds out which nodes are silent. False when it cannot be told. */
  private *hearsSilent(): Co<boolean> {
    return yield* this.silence.find(this.nodes.filter(({ metadata }) => !this.monitor.isLive(metadata.name)));
  }

  /**
   * Whether to act upon the silence of a node, now. Whoever has lost sight in the course of a pass acts upon nothing: an eviction
   * after the other, it may take seconds.
   */
  private *isCertain(node: string): Co<boolean> {
    return !this.blind && (yield* this.silence.isCertain(node)) && !this.blind;
  }

  private *look(fence: Fence): Co<void> {
    const zones = this.zones((name) => this.silence.has(name));
    if (isBlind(zones.values()) && !this.evictsWhenBlind) {
      this.losesSight();
      // Whatever it has decided so far it has decided blindly.
      for (const node of this.nodes) yield* this.untaint(node, fence);
      return;
    }
    if (this.blind) {
      this.blind = false;
      this.monitor.forgive();
      return;
    }
    for (const node of this.nodes) {
      if (this.monitor.isHeard(node.metadata.name)) yield* this.takeBack(node, fence);
      else if (!this.silence.has(node.metadata.name)) continue;
      else yield* this.giveUp(node, zones.get(node.spec.region) as ZoneCount, fence);
    }
    yield* this.evictions.carryOut(
      this.nodes,
      { seems: (node) => this.silence.has(node), isCertain: (node) => this.isCertain(node) },
      fence,
    );
  }

  private losesSight(): void {
    if (this.blind || this.evictsWhenBlind) return;
    this.blind = true;
    this.tools.os.cross(sawNobodyBoundary, null);
  }

  /** Looks after what nodes leave behind. */
  private *sweep(fence: Fence): Co<void> {
    const listed = yield* this.tools.client.list('Workload');
    if (listed.status !== 'ok') return;
    const workloads = listed.value.items as readonly Workload[];
    yield* this.clusters.removeNodes(workloads, fence);
    yield* this.clusters.removeLeases(fence);
    yield* this.evictions.removeOrphans(workloads, fence);
  }

  private zones(isSilent: (node: string) => boolean): Map<string, ZoneCount> {
    const zones = new Map<string, ZoneCount>();
    for (const { metadata, spec } of this.nodes) {
      const { ready, notReady } = zones.get(spec.region) ?? { ready: 0, notReady: 0 };
      zones.set(spec.region, isSilent(metadata.name) ? { ready, notReady: notReady + 1 } : { ready: ready + 1, notReady });
    }
    return zones;
  }

  /** Says first that nothing is known of the node; its taint, upon which it is emptied, waits for its zone's turn. */
  private *giveUp(known: Node, zone: ZoneCount, fence: Fence): Co<void> {
    let node = known;
    if (node.status.readiness !== 'unknown') {
      if (!(yield* this.isCertain(node.metadata.name))) return;
      const told = yield* this.tools.client.updateStatus(
        'Node',
        node.metadata.name,
        node.metadata.resourceVersion,
        { readiness: 'unknown' },
        fence,
      );
      if (told.status !== 'ok') return;
      node = told.value;
    }
    yield* this.countOut(node.metadata.name, fence);
    const { metadata, spec } = node;
    // That took a while, and it may have been heard of: as in Kubernetes, whose pass over the zones looks at a
    // node's condition before it taints it.
    if (isTainted(node, UNREACHABLE_TAINT) || !this.silence.has(metadata.name) || this.neverTaints) return;
    if (!this.isItsTurn(spec.region, zone)) {
      this.tools.os.cross(evictionHeldBackBoundary, { node: metadata.name });
      return;
    }
    if (!(yield* this.isCertain(metadata.name))) return;
    const taints = [...spec.taints, { key: UNREACHABLE_TAINT, effect: 'no-execute' } as const];
    const tainted = yield* this.tools.client.update('Node', metadata.name, metadata.resourceVersion, {
      spec: { ...spec, taints },
      fence,
    });
    // Also when nobody knows: it may have been.
    if (tainted.status !== 'refused') this.givenUpUs.set(spec.region, this.tools.os.monotonicUs());
  }

  /** Also in a later pass, for as long as the node is silent: what is counted as ready is published. */
  private *countOut(node: string, fence: Fence): Co<void> {
    if (this.evictions.isToBeMarked(node) && (yield* this.isCertain(node))) yield* this.evictions.markNotReady(node, fence);
  }

  private isItsTurn(region: string, zone: ZoneCount): boolean {
    if (this.evictsWithoutLimit) return true;
    const intervalUs = evictionIntervalUs(zone, this.design.evictionIntervalUs);
    const lastUs = this.givenUpUs.get(region);
    return intervalUs !== null && (lastUs === undefined || this.tools.os.monotonicUs() - lastUs >= intervalUs);
  }

  private *takeBack(node: Node, fence: Fence): Co<void> {
    this.evictions.heard(node.metadata.name);
    yield* this.untaint(node, fence);
  }

  private *untaint(node: Node, fence: Fence): Co<Reconciled> {
    if (!isTainted(node, UNREACHABLE_TAINT)) return 'done';
    const { metadata, spec } = node;
    const taints = spec.taints.filter(({ key }) => key !== UNREACHABLE_TAINT);
    return reconciledBy(
      yield* this.tools.client.update('Node', metadata.name, metadata.resourceVersion, { spec: { ...spec, taints }, fence }),
    );
  }
}
