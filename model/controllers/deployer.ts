/** The deployment controller: makes Workloads carry out what Deployments ask for. */
import { ms, type Boot, type Co } from '../../sim/index.ts';
import {
  controllerReference,
  HISTORY_MAX,
  isAvailable,
  isBlank,
  isLeaving,
  VOLUME_FINALIZER,
  type Declared,
  type Deployment,
  type DeploymentSpec,
  type DeploymentStatus,
  type Fence,
  type OwnerReference,
  type Resource,
  type StorageSpec,
  type Workload,
} from '../api/resources/index.ts';
import { catchUpAll } from './machinery/catch-up.ts';
import {
  controller,
  Malformed,
  reconciledBy,
  type ControllerLogic,
  type ControllerTools,
  type Reconciled,
} from './machinery/controller.ts';
import { DEPLOYER_ROLE, type ControllerOptions } from './machinery/options.ts';
import { isLive, planRollout, type RolloutStep } from './rollout.ts';

export function deployer(options: ControllerOptions): Boot {
  return controller(options, (tools) => new Deployer(tools, options));
}

/** Where a cache is behind, or a name is taken still, there is nothing to wait for but time. */
const LOOK_AGAIN_US = ms(500);

/** What was asked for and not answered: it is asked again, as the same, before anything else is decided. */
type Operation =
  | {
      readonly do: 'create';
      readonly name: string;
      readonly spec: Declared<'Workload'>;
      readonly uid: string;
      readonly storage: StorageSpec | null;
    }
  | { readonly do: 'delete'; readonly workload: Workload };

/** Keys are names of deployments. */
class Deployer implements ControllerLogic {
  readonly role = DEPLOYER_ROLE;
  readonly kinds = ['Deployment', 'Workload', 'Node'] as const;
  private readonly tools: ControllerTools;
  private readonly deletesWithoutToken: boolean;
  private readonly ignoresOwned: boolean;
  private readonly waitsForReady: boolean;
  private readonly rollsOnWhenPaused: boolean;
  private readonly remembersProgress: boolean;
  private readonly deletesVolumes: boolean;
  private readonly removesDuplicates: boolean;
  /**
   * By deployment, the operation whose outcome nobody knows. Whoever leads next need not know: nothing
   * of this token's comes after its own.
   */
  private readonly unsettled = new Map<string, Operation>();
  /** Uids of workloads of which the API has said that they are gone, and that the cache shows. */
  private readonly gone = new Set<string>();
  /** Where progress is kept in memory: names of workloads that are being replaced. */
  private readonly replacing = new Set<string>();

  constructor(tools: ControllerTools, { defects }: ControllerOptions) {
    this.tools = tools;
    this.deletesWithoutToken = defects.has('delete-without-token');
    this.ignoresOwned = defects.has('owned-objects-not-watched');
    this.rollsOnWhenPaused = defects.has('rolls-on-when-paused');
    this.waitsForReady = defects.has('wait-for-broken-version');
    this.remembersProgress = defects.has('progress-in-memory');
    this.removesDuplicates = defects.has('duplicates-removed-without-end');
    this.deletesVolumes = defects.has('volume-deleted-with-its-workload');
  }

  observed({ metadata }: Resource, gone: boolean): void {
    if (gone) this.gone.delete(metadata.uid);
  }

  concerns(object: Resource): readonly string[] {
    switch (object.kind) {
      case 'Deployment':
        return [object.metadata.name];
      case 'Workload':
        return this.ignoresOwned ? [] : [(object as Workload).spec.ownerName];
      case 'Node':
        return this.deploymentsOn(object.metadata.name);
      default:
        return [];
    }
  }

  *takeOver(): Co<Reconciled> {
    this.unsettled.clear();
    this.gone.clear();
    this.replacing.clear();
    return yield* catchUpAll(this.tools, ['Deployment', 'Workload']);
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const open = this.unsettled.get(name);
    if (open !== undefined) return yield* this.perform(name, open, fence);
    const deployment = this.tools.cache('Deployment').get(name);
    // What belongs to a deployment that is gone is the garbage collector's.
    if (deployment === undefined || deployment.metadata.deletionUs !== null) return 'done';
    if (isBlank(deployment)) throw new Malformed(`${name} has a blank for an image`);
    const own = this.workloads.filter(
      ({ metadata, spec }) => spec.owner === deployment.metadata.uid && !this.gone.has(metadata.uid),
    );
    // Somebody has acted on a generation that this cache has not seen yet.
    if (own.some(({ spec }) => spec.ownerGeneration > deployment.metadata.generation)) return LOOK_AGAIN_US;
    return yield* this.rollOut(deployment, own, fence);
  }

  inspect(): unknown {
    return { unsettled: [...this.unsettled.keys()] };
  }

  private get workloads(): readonly Workload[] {
    return this.tools.cache('Workload').list();
  }

  private deploymentsOn(node: string): readonly string[] {
    return [...new Set(this.workloads.flatMap(({ spec }) => (spec.node === node ? [spec.ownerName] : [])))];
  }

  private *rollOut(deployment: Deployment, own: readonly Workload[], fence: Fence): Co<Reconciled> {
    const { spec, status } = deployment;
    const image = spec.paused ? status.history.at(-1) : spec.image;
    // As in Kubernetes nothing is begun that is paused from the start.
    if (image === undefined) return yield* this.report(deployment, own, spec.image, deployment.metadata.generation, fence);
    // It stands in the history before anything runs it, so that whoever pauses knows what was being rolled out.
    if (status.history.at(-1) !== image) return yield* this.report(deployment, own, image, status.observedGeneration, fence);
    if (this.waitsForReady && isUpdating(own, image) && !own.filter(isLive).every(isAvailable)) return LOOK_AGAIN_US;
    const planned = planRollout({
      deployment: this.rollsOnWhenPaused ? { ...deployment, spec: { ...spec, paused: false } } : deployment,
      image,
      workloads: own,
      isLeaving: (workload) => this.isLeaving(workload),
    });
    // Who shares a node with another of its kind stays there: the scheduler had no better
    // place, and would have none the next time.
    const steps = this.removesDuplicates && planned.length === 0 ? duplicates(spec, own) : planned;
    for (const step of steps) {
      if (this.isForgotten(step, deployment, own)) continue;
      const result = yield* this.perform(deployment.metadata.name, this.operation(step, deployment), fence);
      if (result !== 'done') return result;
    }
    return yield* this.report(deployment, own, image, deployment.metadata.generation, fence);
  }

  private isLeaving({ spec }: Workload): boolean {
    const node = this.tools.cache('Node').get(spec.node);
    return node !== undefined && isLeaving(node);
  }

  /** Where progress is kept in memory alone, a gap of which this process knows nothing is nobody's business. */
  private isForgotten(step: RolloutStep, { metadata }: Deployment, own: readonly Workload[]): boolean {
    if (!this.remembersProgress) return false;
    if (step.do === 'delete') this.replacing.add(step.workload.metadata.name);
    return (
      step.do === 'create' &&
      own.some(({ spec }) => spec.ordinal > step.ordinal) &&
      !this.replacing.has(`${metadata.name}-${step.ordinal}`)
    );
  }

  private operation(step: RolloutStep, { metadata, spec }: Deployment): Operation {
    if (step.do === 'delete') return step;
    const { ordinal, image } = step;
    const isStable = spec.identity === 'stable';
    const name = `${metadata.name}-${isStable ? ordinal : this.suffix()}`;
    const workload = {
      owner: metadata.uid,
      ownerName: metadata.name,
      ownerGeneration: metadata.generation,
      image,
      ordinal,
      identity: isStable ? name : '',
    };
    const { storage = null } = spec;
    return { do: 'create', name, spec: storage === null ? workload : { ...workload, volume: name }, uid: metadata.uid, storage };
  }

  /** Names of replicas mean nothing (Kubernetes' `generateName`). */
  private suffix(): string {
    return (this.tools.os.random('names').int32() >>> 0).toString(16).padStart(8, '0');
  }

  private *perform(deployment: string, operation: Operation, fence: Fence): Co<Reconciled> {
    const isRepeated = this.unsettled.get(deployment) === operation;
    this.unsettled.set(deployment, operation);
    const outcome =
      operation.do === 'create' ? yield* this.create(operation, fence) : yield* this.remove(operation.workload, fence);
    // That a repetition was not carried out says nothing of the attempt before it, which may be on its way still.
    const isSettled = outcome !== 'unknown' && !(isRepeated && outcome === 'retry');
    if (isSettled) this.unsettled.delete(deployment);
    return outcome === 'unknown' ? 'retry' : outcome;
  }

  private *create({ name, spec, uid, storage }: Extract<Operation, { do: 'create' }>, fence: Fence): Co<Reconciled | 'unknown'> {
    const owners = [controllerReference('Deployment', { name: spec.ownerName, uid })];
    if (storage !== null) {
      const claimed = yield* this.claim(name, storage, owners, fence);
      if (claimed !== 'done') return claimed;
    }
    const outcome = yield* this.tools.client.create('Workload', name, spec, fence, { owners });
    // An earlier attempt has made it, or it is another's still. Until the cache shows which, nothing may be decided by it.
    if (outcome.status === 'refused' && outcome.code === 'already-exists')
      return this.tools.cache('Workload').get(name) === undefined ? 'unknown' : LOOK_AGAIN_US;
    return outcome.status === 'unknown' ? 'unknown' : reconciledBy(outcome);
  }

  /**
   * As a StatefulSet the claim before the pod. One that is there holds what earlier workloads of this name have written; one of a
   * deployment that is gone has to go first.
   */
  private *claim(
    name: string,
    storage: StorageSpec,
    owners: readonly OwnerReference[],
    fence: Fence,
  ): Co<Reconciled | 'unknown'> {
    const [owner] = owners.map(({ uid }) => uid) as [string];
    const { sizeGb, reclaim } = storage;
    const metadata = { finalizers: [VOLUME_FINALIZER], owners: reclaim === 'retain' ? [] : owners };
    const made = yield* this.tools.client.create('Volume', name, { owner, sizeGb, reclaim }, fence, metadata);
    if (made.status === 'unknown') return 'unknown';
    if (made.status !== 'refused' || made.code !== 'already-exists') return reconciledBy(made);
    const found = yield* this.tools.client.get('Volume', name);
    if (found.status !== 'ok') return reconciledBy(found);
    const isOwn = found.value.spec.reclaim === 'retain' || found.value.spec.owner === owner;
    return isOwn && found.value.metadata.deletionUs === null ? 'done' : LOOK_AGAIN_US;
  }

  /**
   * By uid: another object that bears the name by now is not meant. One that is taken away because it serves nobody is meant as
   * it was seen: it may have begun to serve.
   */
  private *remove(workload: Workload, fence: Fence): Co<Reconciled | 'unknown'> {
    const { name, uid, resourceVersion } = workload.metadata;
    if (this.deletesVolumes && workload.spec.volume !== undefined)
      yield* this.tools.client.delete('Volume', workload.spec.volume, { fence });
    const seen = isAvailable(workload) ? {} : { resourceVersion };
    const outcome = yield* this.tools.client.delete('Workload', name, {
      uid,
      ...seen,
      fence: this.deletesWithoutToken ? null : fence,
    });
    if (outcome.status === 'unknown') return 'unknown';
    if (outcome.status !== 'refused' || (outcome.code !== 'not-found' && outcome.code !== 'conflict'))
      return reconciledBy(outcome);
    const isChanged = outcome.code === 'conflict' && 'resourceVersion' in seen;
    // Maybe by an earlier attempt whose answer was lost: nobody may count on it, whatever the cache still shows.
    if (!isChanged && this.tools.cache('Workload').get(name)?.metadata.uid === uid) this.gone.add(uid);
    return 'done';
  }

  private *report(
    deployment: Deployment,
    own: readonly Workload[],
    image: string,
    observedGeneration: number,
    fence: Fence,
  ): Co<Reconciled> {
    const { metadata, status } = deployment;
    const live = own.filter(isLive);
    const next: DeploymentStatus = {
      ...status,
      observedGeneration,
      updatedReplicas: live.filter(({ spec }) => spec.image === image).length,
      readyReplicas: live.filter(isAvailable).length,
      history: deployment.spec.paused ? status.history : remembered(status.history, image),
    };
    if (JSON.stringify(next) === JSON.stringify(status)) return 'done';
    return reconciledBy(
      yield* this.tools.client.updateStatus('Deployment', metadata.name, metadata.resourceVersion, next, fence),
    );
  }
}

/** One that shares its node, if one may be missing. */
function duplicates({ replicas, maxUnavailable }: DeploymentSpec, own: readonly Workload[]): readonly RolloutStep[] {
  const available = own.filter(isAvailable);
  if (available.length <= replicas - maxUnavailable) return [];
  const twin = available.find((one) => available.some((other) => other !== one && other.spec.node === one.spec.node));
  return twin === undefined ? [] : [{ do: 'delete', workload: twin }];
}

function isUpdating(workloads: readonly Workload[], image: string): boolean {
  return workloads.some(({ spec }) => spec.image !== image);
}

/** As revisions of a Deployment: one that is rolled out again is the newest again. */
function remembered(history: readonly string[], image: string): readonly string[] {
  if (history.at(-1) === image) return history;
  return [...history.filter((other) => other !== image), image].slice(-HISTORY_MAX);
}
