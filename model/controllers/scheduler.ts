/** The scheduler: binds each Workload that has no node to one, once. */
import { ms, type Boot, type Co, type Micros } from '../../sim/index.ts';
import type { Cluster, Fence, Resource, Workload } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import { isUnfinished } from './node-lifecycle/clusters.ts';
import { catchUp } from './machinery/catch-up.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { SCHEDULER_ROLE, type ControllerOptions } from './machinery/options.ts';
import { placeWorkload, schedulable } from './placement.ts';

export function scheduler(options: ControllerOptions): Boot {
  return controller(options, (tools) => new Scheduler(tools, options));
}

/** Where there is no room there is nothing to wait for but time, or news of a node. */
const NO_ROOM_US = ms(1_000);
/** A cache that is further behind than this has other troubles. */
const ASSUMED_US = ms(2_000);

interface Assumed {
  readonly workload: Workload;
  /** The API has said so. Else it may be, and is tried again. */
  readonly isCertain: boolean;
  readonly untilUs: number;
}

/** Keys are names of workloads. */
class Scheduler implements ControllerLogic {
  readonly role = SCHEDULER_ROLE;
  readonly kinds = ['Workload', 'Node', 'Cluster'] as const;
  private readonly tools: ControllerTools;
  /** Just bound, which the cache may not show yet: what comes next must not be placed as if there were room still. */
  private readonly assumed = new Map<string, Assumed>();
  /** By region, when its Cluster was first seen. */
  private readonly seenUs = new Map<string, Micros>();
  private readonly awaitUs: Micros;
  private readonly defects: DefectSet;

  constructor(tools: ControllerTools, { design, defects }: ControllerOptions) {
    this.tools = tools;
    this.defects = defects;
    this.awaitUs = design.nodeGraceUs;
  }

  observed(object: Resource, gone: boolean): void {
    if (object.kind === 'Cluster') this.sawCluster(object as Cluster, gone);
    if (object.kind !== 'Workload') return;
    const assumed = this.assumed.get(object.metadata.name);
    if (assumed !== undefined && object.metadata.resourceVersion >= assumed.workload.metadata.resourceVersion)
      this.assumed.delete(object.metadata.name);
  }

  concerns(object: Resource): readonly string[] {
    if (object.kind === 'Workload') return isPending(object as Workload) ? [object.metadata.name] : [];
    // There may be room now where there was none.
    return this.tools
      .cache('Workload')
      .list()
      .filter(isPending)
      .map(({ metadata }) => metadata.name);
  }

  /** Else it would place by what its predecessor has filled meanwhile. */
  *takeOver(): Co<Reconciled> {
    this.assumed.clear();
    return yield* catchUp(this.tools, 'Workload');
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const workload = this.tools.cache('Workload').get(name);
    if (workload === undefined || !isPending(workload)) return 'done';
    const assumed = this.assumed.get(name);
    if (assumed?.isCertain === true && assumed.workload.metadata.uid === workload.metadata.uid) return 'done';
    this.assumed.delete(name);
    const all = this.tools.cache('Node').list();
    const nodes = schedulable(all, this.tools.cache('Cluster').list(), this.defects);
    const placed = this.placed();
    const node = placeWorkload(workload.spec.owner, nodes, { all, workloads: placed, defects: this.defects });
    if (node === null) return NO_ROOM_US;
    const heldUs = this.heldUs(workload, node, placed);
    if (heldUs > 0) return heldUs;
    const { metadata, spec } = workload;
    // By version: a workload that somebody else has bound, or deleted, meanwhile is not bound again.
    const bound = yield* this.tools.client.update('Workload', name, metadata.resourceVersion, { spec: { ...spec, node }, fence });
    if (bound.status === 'ok') this.assume(bound.value);
    // Nobody knows: no room is given away that it may have taken.
    else if (bound.status === 'unknown')
      this.assumed.set(name, {
        workload: { ...workload, spec: { ...spec, node } },
        isCertain: false,
        untilUs: this.tools.os.monotonicUs() + ASSUMED_US,
      });
    return reconciledBy(bound);
  }

  inspect(): unknown {
    return { assumed: [...this.assumed.keys()] };
  }

  /** Unless the cache shows that already, or the next of its name: an answer may be later than the watch. */
  private assume(workload: Workload): void {
    const { name, uid, resourceVersion } = workload.metadata;
    const shown = this.tools.cache('Workload').get(name)?.metadata;
    if (shown?.uid === uid && shown.resourceVersion < resourceVersion)
      this.assumed.set(name, { workload, isCertain: true, untilUs: this.tools.os.monotonicUs() + ASSUMED_US });
  }

  private sawCluster({ spec: { region } }: Cluster, gone: boolean): void {
    if (gone) this.seenUs.delete(region);
    else if (!this.seenUs.has(region)) this.seenUs.set(region, this.tools.os.monotonicUs());
  }

  /**
   * How long it waits for regions that have come into service and have no node yet, rather than put a second one of a
   * deployment beside the first: nobody moves them apart later. As Kubernetes' spread with `DoNotSchedule` and
   * `minDomains`, but for a while only.
   */
  private heldUs({ spec: { owner } }: Workload, node: string, placed: readonly Workload[]): Micros {
    const nodes = this.tools.cache('Node');
    const inhabited = new Set(nodes.list().map(({ spec }) => spec.region));
    const awaited = this.tools
      .cache('Cluster')
      .list()
      .filter((cluster) => isUnfinished(cluster) || (cluster.spec.state === 'active' && !inhabited.has(cluster.spec.region)));
    if (awaited.length === 0) return 0;
    const region = nodes.get(node)?.spec.region;
    const isSecond = placed.some(
      ({ metadata, spec }) =>
        spec.owner === owner && metadata.deletionUs === null && nodes.get(spec.node)?.spec.region === region,
    );
    const youngestUs = Math.max(...awaited.map(({ spec }) => this.seenUs.get(spec.region) ?? 0));
    return isSecond ? Math.max(0, youngestUs + this.awaitUs - this.tools.os.monotonicUs()) : 0;
  }

  /** Where workloads are, those included that only the API knows of. */
  private placed(): readonly Workload[] {
    const nowUs = this.tools.os.monotonicUs();
    for (const [name, { untilUs }] of this.assumed) if (untilUs < nowUs) this.assumed.delete(name);
    const bound = this.tools
      .cache('Workload')
      .list()
      .filter(({ spec }) => spec.node !== '');
    return [...bound, ...[...this.assumed.values()].map(({ workload }) => workload)];
  }
}

function isPending({ metadata, spec }: Workload): boolean {
  return spec.node === '' && metadata.deletionUs === null;
}
