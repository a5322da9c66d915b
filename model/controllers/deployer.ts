/** The deployment controller: makes Workloads carry out what Deployments ask for. */
import { ms, type Boot, type Co, type Micros } from '../../sim/index.ts';
import { isBlank, isNodeLease, nodeLeaseName, type Deployment, type DeploymentStatus, type Fence, type Lease, type Node, type Resource, type Workload } from '../api/resources/index.ts';
import { controller, Malformed, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './controller.ts';
import { NodeMonitor } from './node-monitor.ts';
import { DEPLOYER_ROLE, type ControllerOptions } from './options.ts';
import { placeWorkload } from './placement.ts';
import { isRunning, planRollout, type RolloutStep } from './rollout.ts';

export function deployer(options: ControllerOptions): Boot {
  return controller(options, (tools) => new Deployer(tools, options));
}

/** How often the leader asks itself which nodes have fallen silent. */
const NODE_CHECKS_PER_GRACE = 8;
/** Where there is no room, or a cache is behind, there is nothing to wait for but time. */
const LOOK_AGAIN_US = ms(500);
/** A cache that is further behind than this has other troubles. */
const ASSUMED_US = ms(2_000);

/** What the steps of one reconcile have in common. */
interface RolloutScene {
  readonly own: readonly Workload[];
  /** Nodes that are lost. */
  readonly lost: ReadonlySet<string>;
  readonly fence: Fence;
}

/** Keys are names of deployments. */
class Deployer implements ControllerLogic {
  readonly role = DEPLOYER_ROLE;
  readonly kinds = ['Deployment', 'Workload', 'Node', 'Lease'] as const;
  private readonly tools: ControllerTools;
  private readonly monitor: NodeMonitor;
  private readonly nodeCheckUs: Micros;
  private readonly deletesWithoutToken: boolean;
  /** Workloads just created that the cache may not show yet: what comes next must not be placed as if they were not there. */
  private readonly assumed = new Map<string, { readonly workload: Workload; readonly untilUs: Micros }>();

  constructor(tools: ControllerTools, { design, defects }: ControllerOptions) {
    this.tools = tools;
    this.monitor = new NodeMonitor(tools.os, design);
    this.deletesWithoutToken = defects.has('delete-without-token');
    this.nodeCheckUs = Math.ceil(design.nodeGraceUs / NODE_CHECKS_PER_GRACE);
  }

  observed(object: Resource, gone: boolean): void {
    if (object.kind === 'Workload') this.assumed.delete(object.metadata.name);
    if (gone) return;
    if (object.kind === 'Lease' && isNodeLease(object.metadata.name)) this.monitor.saw(object as Lease);
    else if (object.kind === 'Node') this.monitor.expects(object.metadata.name);
  }

  concerns(object: Resource): readonly string[] {
    switch (object.kind) {
      case 'Deployment':
        return [object.metadata.name];
      case 'Workload':
        return [(object as Workload).spec.ownerName];
      case 'Node':
        return this.deployments.map(({ metadata }) => metadata.name);
      default:
        return [];
    }
  }

  /** A node that falls silent is no event: somebody has to look. */
  *background(): Co<void> {
    let before = '';
    for (;;) {
      yield* this.tools.os.sleep(this.nodeCheckUs);
      const live = this.liveNodes.map(({ metadata }) => metadata.name).join(' ');
      if (live !== before) for (const { metadata } of this.deployments) this.tools.queue.add(metadata.name);
      before = live;
    }
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const deployment = this.tools.cache('Deployment').get(name);
    // What belongs to a deployment that is gone is the garbage collector's.
    if (deployment === undefined || deployment.metadata.deletionUs !== null) return 'done';
    if (isBlank(deployment)) throw new Malformed(`${name} has a blank for an image`);
    const own = this.workloads.filter(({ metadata, spec }) => spec.owner === deployment.metadata.uid && metadata.deletionUs === null);
    // Somebody has acted on a generation that this cache has not seen yet.
    if (own.some(({ spec }) => spec.ownerGeneration > deployment.metadata.generation)) return LOOK_AGAIN_US;

    const lost = yield* this.lostNodes(own);
    if (lost === null) return 'retry';
    for (const step of planRollout(deployment, own, (node) => lost.has(node))) {
      const result = yield* this.carryOut(step, deployment, { own, lost, fence });
      if (result !== 'done') return result;
    }
    return yield* this.report(deployment, fence);
  }

  inspect(): unknown {
    return { liveNodes: this.liveNodes.map(({ metadata }) => metadata.name) };
  }

  private get deployments(): readonly Deployment[] {
    return this.tools.cache('Deployment').list();
  }

  private get workloads(): readonly Workload[] {
    return this.tools.cache('Workload').list();
  }

  private get liveNodes(): readonly Node[] {
    return this.tools.cache('Node').list().filter(({ metadata }) => this.monitor.isLive(metadata.name));
  }

  /**
   * Nodes of these workloads that are lost; null when that cannot be told. A cached lease may be old (KEP-5647), so each is
   * asked for.
   */
  private *lostNodes(own: readonly Workload[]): Co<ReadonlySet<string> | null> {
    const lost = new Set<string>();
    if (!this.monitor.hearsAny()) return lost;
    const silent = new Set(own.map(({ spec }) => spec.node).filter((node) => !this.monitor.isLive(node)));
    for (const node of silent) {
      const lease = yield* this.tools.client.get('Lease', nodeLeaseName(node));
      if (lease.status === 'ok') this.monitor.saw(lease.value);
      else if (lease.status !== 'refused' || lease.code !== 'not-found') return null;
      if (!this.monitor.isLive(node)) lost.add(node);
    }
    return lost;
  }

  private *carryOut(step: RolloutStep, deployment: Deployment, { own, lost, fence }: RolloutScene): Co<Reconciled> {
    switch (step.do) {
      case 'create':
        return yield* this.create(step.name, deployment, own, fence);
      case 'adopt': {
        const { metadata, spec } = step.workload;
        const change = { spec: { ...spec, ownerGeneration: deployment.metadata.generation }, fence };
        return reconciledBy(yield* this.tools.client.update('Workload', metadata.name, metadata.resourceVersion, change));
      }
      case 'delete':
        // No agent will say that what runs on a lost node has ended. Its name is needed again, and nothing depends on its being the only one.
        return yield* this.remove(step.workload.metadata, fence, lost.has(step.workload.spec.node) ? 0 : null);
    }
  }

  private *create(name: string, deployment: Deployment, own: readonly Workload[], fence: Fence): Co<Reconciled> {
    const { metadata, spec } = deployment;
    const nodes = this.liveNodes.filter(({ status }) => status.readiness === 'ready');
    const node = placeWorkload(metadata.uid, nodes, this.placed());
    if (node === null) return yield* this.makeRoom(deployment, own, fence);
    const workload = { owner: metadata.uid, ownerName: metadata.name, ownerGeneration: metadata.generation, image: spec.image, node };
    const owners = [{ kind: 'Deployment', name: metadata.name, uid: metadata.uid }];
    const outcome = yield* this.tools.client.create('Workload', name, workload, fence, { owners });
    // An earlier attempt, or another leader, has made it; the cache will show it.
    if (outcome.status === 'refused' && outcome.code === 'already-exists') return LOOK_AGAIN_US;
    if (outcome.status === 'ok' && this.tools.cache('Workload').get(name) === undefined) {
      this.assumed.set(name, { workload: outcome.value, untilUs: this.tools.os.monotonicUs() + ASSUMED_US });
    }
    return reconciledBy(outcome);
  }

  /** Where workloads are, those included that only the API knows of. */
  private placed(): readonly Workload[] {
    const nowUs = this.tools.os.monotonicUs();
    for (const [name, { untilUs }] of this.assumed) if (untilUs < nowUs) this.assumed.delete(name);
    return [...this.workloads, ...[...this.assumed.values()].map(({ workload }) => workload)];
  }

  /** Where old and new do not fit side by side, an old one goes first. */
  private *makeRoom(deployment: Deployment, own: readonly Workload[], fence: Fence): Co<Reconciled> {
    const old = own.find(({ spec }) => spec.image !== deployment.spec.image);
    if (old === undefined) return LOOK_AGAIN_US;
    const result = yield* this.remove(old.metadata, fence);
    return result === 'done' ? LOOK_AGAIN_US : result;
  }

  /** By uid: another object that bears the name by now is not meant. */
  private *remove({ name, uid }: Workload['metadata'], fence: Fence, graceUs: 0 | null = null): Co<Reconciled> {
    const preconditions = { uid, fence: this.deletesWithoutToken ? null : fence };
    const outcome = yield* this.tools.client.delete('Workload', name, graceUs === null ? preconditions : { ...preconditions, graceUs });
    const isGone = outcome.status === 'refused' && (outcome.code === 'not-found' || outcome.code === 'conflict');
    return isGone ? 'done' : reconciledBy(outcome);
  }

  private *report(deployment: Deployment, fence: Fence): Co<Reconciled> {
    const { metadata, status } = deployment;
    const counts = ({ spec, metadata: { deletionUs } }: Workload): boolean => spec.owner === metadata.uid && spec.ownerGeneration === metadata.generation && deletionUs === null;
    const readyReplicas = this.workloads.filter((workload) => counts(workload) && isRunning(workload)).length;
    const next: DeploymentStatus = { ...status, observedGeneration: metadata.generation, updatedReplicas: readyReplicas, readyReplicas };
    if (next.observedGeneration === status.observedGeneration && next.readyReplicas === status.readyReplicas) return 'done';
    return reconciledBy(yield* this.tools.client.updateStatus('Deployment', metadata.name, metadata.resourceVersion, next, fence));
  }
}
