/**
 * The provisioner: gives the current generation of every Deployment one load balancer at the external cloud, and every Volume
 * what it stands for. What it does there cannot be undone by the store, so every call carries a sealed fencing token and an
 * operation id that survives a crash.
 */
import type { Boot, Co, Micros } from '../../sim/index.ts';
import type { Deployment, Fence, Resource, ResourceKind } from '../api/resources/index.ts';
import { balancersMethod } from '../outside/cloud-methods.ts';
import { CloudOperations } from './cloud-operations.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { PROVISIONER_ROLE, type ControllerOptions } from './machinery/options.ts';
import { Volumes } from './volumes.ts';

export interface ProvisionerOptions extends ControllerOptions {
  /** Name of the cloud's process. */
  readonly cloud: string;
}

export function provisioner(options: ProvisionerOptions): Boot {
  return controller(options, (tools) => new Provisioner(tools, options));
}

/** The key under which what stands at the cloud is held against what is asked for. No deployment can have this name. */
const SWEEP = '!sweep';

/** Keys are names of deployments, those of volumes behind a prefix, and {@link SWEEP}. */
class Provisioner implements ControllerLogic {
  readonly role = PROVISIONER_ROLE;
  readonly kinds: readonly ResourceKind[];
  private readonly tools: ControllerTools;
  private readonly cloud: CloudOperations;
  private readonly volumes: Volumes;
  private readonly resyncUs: Micros;
  /** By uid, the generation below which all was released in this term of office. */
  private readonly released = new Map<string, number>();

  constructor(tools: ControllerTools, options: ProvisionerOptions) {
    const { design, defects } = options;
    this.tools = tools;
    this.kinds = design.volumes ? ['Deployment', 'Volume', 'Workload'] : ['Deployment'];
    this.cloud = new CloudOperations(tools, options.cloud, options);
    this.volumes = new Volumes(tools, this.cloud, defects);
    this.resyncUs = design.resyncUs;
  }

  concerns(object: Resource, gone: boolean): readonly string[] {
    if (object.kind !== 'Deployment') return this.volumes.keysOf(object);
    return gone ? [SWEEP] : [object.metadata.name];
  }

  /** From the seal's acceptance on, whoever led before can do no more at the cloud; only then does it do anything itself. */
  *takeOver(fence: Fence): Co<Reconciled> {
    this.released.clear();
    return yield* this.cloud.seal(fence);
  }

  *background(): Co<void> {
    for (;;) {
      this.tools.queue.add(SWEEP);
      yield* this.tools.os.sleep(this.resyncUs);
    }
  }

  *reconcile(key: string, fence: Fence): Co<Reconciled> {
    if (key === SWEEP) return yield* this.sweep(fence);
    const volume = this.volumes.nameOf(key);
    if (volume !== null) return yield* this.volumes.reconcile(volume, fence);
    const deployment = this.tools.cache('Deployment').get(key);
    // What one that is to be deleted has is released when it is gone, and nothing more is made for it.
    if (deployment === undefined || deployment.metadata.deletionUs !== null) return 'done';
    const { uid, generation } = deployment.metadata;
    if (deployment.status.provisioned?.generation !== generation) {
      const result = yield* this.provision(deployment, fence);
      if (result !== 'done') return result;
    }
    if (this.released.get(uid) === generation) return 'done';
    const result = yield* this.cloud.release(uid, generation, fence);
    if (result === 'done') this.released.set(uid, generation);
    return result;
  }

  inspect(): unknown {
    return { attempts: this.cloud.attempts, released: Object.fromEntries(this.released) };
  }

  private provision(deployment: Deployment, fence: Fence): Co<Reconciled> {
    const { uid, generation } = deployment.metadata;
    const { replicas } = deployment.spec;
    return this.cloud.provision({ owner: uid, generation, replicas }, fence, (resource) =>
      this.record(deployment, resource, fence),
    );
  }

  /** The completion record. */
  private *record({ metadata, status }: Deployment, resource: string, fence: Fence): Co<Reconciled> {
    const provisioned = { generation: metadata.generation, resource };
    return reconciledBy(
      yield* this.tools.client.updateStatus(
        'Deployment',
        metadata.name,
        metadata.resourceVersion,
        { ...status, provisioned },
        fence,
      ),
    );
  }

  /**
   * Releases what stands for deployments that are gone. First what stands, then what is asked for: what a later list
   * lacks has been deleted for good, since a uid never comes back.
   */
  private *sweep(fence: Fence): Co<Reconciled> {
    const standing = yield* this.cloud.ask(balancersMethod, null);
    if (standing.status !== 'ok') return reconciledBy(standing);
    const asked = yield* this.tools.client.list('Deployment');
    if (asked.status !== 'ok') return reconciledBy(asked);
    const living = new Set(asked.value.items.map(({ metadata }) => metadata.uid));
    for (const uid of [...this.released.keys()]) if (!living.has(uid)) this.released.delete(uid);
    const orphaned = new Set(standing.value.balancers.map(({ owner }) => owner).filter((owner) => !living.has(owner)));
    for (const owner of orphaned) {
      const result = yield* this.cloud.release(owner, Number.MAX_SAFE_INTEGER, fence);
      if (result !== 'done') return result;
    }
    return 'done';
  }
}
