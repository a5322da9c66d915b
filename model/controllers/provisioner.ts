/**
 * The provisioner: gives the current generation of every Deployment one load balancer at the external cloud. What it does there
 * cannot be undone by the store, so every call carries a sealed fencing token and an operation id that survives a crash.
 */
import { Channel, type Boot, type CallOutcome, type Co, type Method, type Micros } from '../../sim/index.ts';
import type { Deployment, Fence, Resource } from '../api/resources/index.ts';
import { balancersMethod, provisionMethod, releaseMethod, sealMethod } from '../outside/cloud-methods.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { PROVISIONER_ROLE, type ControllerOptions } from './machinery/options.ts';

export interface ProvisionerOptions extends ControllerOptions {
  /** Name of the cloud's process. */
  readonly cloud: string;
}

export function provisioner(options: ProvisionerOptions): Boot {
  return controller(options, (tools) => new Provisioner(tools, options));
}

/** The key under which what stands at the cloud is held against what is asked for. No deployment can have this name. */
const SWEEP = '!sweep';

/** Keys are names of deployments, and {@link SWEEP}. */
class Provisioner implements ControllerLogic {
  readonly role = PROVISIONER_ROLE;
  readonly kinds = ['Deployment'] as const;
  private readonly tools: ControllerTools;
  private readonly cloud: Channel;
  private readonly timeoutUs: Micros;
  private readonly resyncUs: Micros;
  private readonly sealing: boolean;
  private readonly freshOperationIds: boolean;
  private readonly recordBeforeCall: boolean;
  private attempts = 0;
  /** By uid, the generation below which all was released in this term of office. */
  private readonly released = new Map<string, number>();

  constructor(tools: ControllerTools, { cloud, design, defects }: ProvisionerOptions) {
    this.tools = tools;
    this.cloud = new Channel(tools.os, [cloud]);
    this.timeoutUs = design.apiRequestUs;
    this.resyncUs = design.resyncUs;
    this.sealing = design.fencing && !defects.has('no-seal');
    this.freshOperationIds = defects.has('fresh-operation-ids');
    this.recordBeforeCall = defects.has('record-before-call');
  }

  concerns(object: Resource, gone: boolean): readonly string[] {
    return gone ? [SWEEP] : [object.metadata.name];
  }

  /** From the seal's acceptance on, whoever led before can do no more at the cloud; only then does it do anything itself. */
  *takeOver(fence: Fence): Co<Reconciled> {
    this.released.clear();
    return this.sealing ? reconciledBy(yield* this.ask(sealMethod, { fence })) : 'done';
  }

  *background(): Co<void> {
    for (;;) {
      this.tools.queue.add(SWEEP);
      yield* this.tools.os.sleep(this.resyncUs);
    }
  }

  *reconcile(key: string, fence: Fence): Co<Reconciled> {
    if (key === SWEEP) return yield* this.sweep(fence);
    const deployment = this.tools.cache('Deployment').get(key);
    if (deployment === undefined) return 'done';
    const { uid, generation } = deployment.metadata;
    if (deployment.status.provisioned?.generation !== generation) {
      const result = yield* this.provision(deployment, fence);
      if (result !== 'done') return result;
    }
    if (this.released.get(uid) === generation) return 'done';
    const result = yield* this.release(uid, generation, fence);
    if (result === 'done') this.released.set(uid, generation);
    return result;
  }

  inspect(): unknown {
    return { attempts: this.attempts, released: Object.fromEntries(this.released) };
  }

  /**
   * Call first, record afterwards: a crash in between repeats the call, and the operation id, which is the same for every
   * attempt at this intent, makes the repetition harmless.
   */
  private *provision(deployment: Deployment, fence: Fence): Co<Reconciled> {
    const { uid, generation } = deployment.metadata;
    this.attempts++;
    const attempt = this.freshOperationIds ? `/${this.tools.os.name}.${this.tools.os.incarnation}.${this.attempts}` : '';
    const operationId = `${uid}/${generation}${attempt}`;
    if (this.recordBeforeCall) {
      const recorded = yield* this.record(deployment, operationId, fence);
      if (recorded !== 'done') return recorded;
    }
    const { replicas } = deployment.spec;
    const made = yield* this.ask(provisionMethod, { operationId, fence, owner: uid, generation, replicas });
    if (made.status !== 'ok') return reconciledBy(made);
    return this.recordBeforeCall ? 'done' : yield* this.record(deployment, made.value.resource, fence);
  }

  /** The completion record. */
  private *record({ metadata, status }: Deployment, resource: string, fence: Fence): Co<Reconciled> {
    const provisioned = { generation: metadata.generation, resource };
    return reconciledBy(yield* this.tools.client.updateStatus('Deployment', metadata.name, metadata.resourceVersion, { ...status, provisioned }, fence));
  }

  private *release(owner: string, belowGeneration: number, fence: Fence): Co<Reconciled> {
    const operationId = `${owner}/release/${belowGeneration}`;
    return reconciledBy(yield* this.ask(releaseMethod, { operationId, fence, owner, belowGeneration }));
  }

  /**
   * Releases what stands for deployments that are gone. First what stands, then what is asked for: what a later list
   * lacks has been deleted for good, since a uid never comes back.
   */
  private *sweep(fence: Fence): Co<Reconciled> {
    const standing = yield* this.ask(balancersMethod, null);
    if (standing.status !== 'ok') return reconciledBy(standing);
    const asked = yield* this.tools.client.list('Deployment');
    if (asked.status !== 'ok') return reconciledBy(asked);
    const living = new Set(asked.value.items.map(({ metadata }) => metadata.uid));
    const orphaned = new Set(standing.value.balancers.map(({ owner }) => owner).filter((owner) => !living.has(owner)));
    for (const owner of orphaned) {
      const result = yield* this.release(owner, Number.MAX_SAFE_INTEGER, fence);
      if (result !== 'done') return result;
    }
    return 'done';
  }

  private ask<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    return this.cloud.call(what, request, this.timeoutUs);
  }
}
