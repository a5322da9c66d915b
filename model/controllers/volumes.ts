/**
 * Volumes: made at the cloud once, attached to the node of the workload whose they are, detached when that one is
 * gone, and given back in the end (Kubernetes: external-provisioner and the attach-detach controller). The
 * provisioner's part for a platform with storage.
 */
import { ms, type Co } from '../../sim/index.ts';
import {
  VOLUME_FINALIZER,
  type Attachment,
  type Fence,
  type Resource,
  type Volume,
  type VolumeStatus,
  type Workload,
} from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import { attachMethod, detachMethod } from '../outside/volume-methods.ts';
import type { CloudOperations } from './cloud-operations.ts';
import { reconciledBy, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { Finalizer } from './machinery/finalizers.ts';

/** What is to be done about a volume next. */
export type VolumeStep =
  | { readonly do: 'nothing' | 'provision' | 'release' }
  /** To note that it is about to be attached there. */
  | { readonly do: 'intend' | 'attach' | 'detach'; readonly attachment: Attachment };

/** While a cache does not show yet what the API knows, there is nothing to wait for but time. */
const LOOK_AGAIN_US = ms(300);

/**
 * The next step, by the Workload that bears the volume's name; undefined when there is none. Whoever is deleted uses its
 * volume until its object is gone: its node removes that when it has ended, or, when the node is silent, whoever knows that it
 * must have (Kubernetes' out-of-service taint). To detach by a timeout instead, from a node that may be well, is what
 * corrupted volumes (kubernetes #106710).
 */
export function volumeStep({ metadata, status }: Volume, user: Workload | undefined): VolumeStep {
  const { attachment, resource } = status;
  if (attachment !== null && attachment.workload !== user?.metadata.uid) return { do: 'detach', attachment };
  // In use, or on its way out: nothing new is begun for it, and nothing taken from under anybody (kubernetes #45143).
  if (metadata.deletionUs !== null) return { do: user === undefined ? 'release' : 'nothing' };
  if (resource === '') return { do: 'provision' };
  if (attachment !== null) return attachment.epoch === 0 ? { do: 'attach', attachment } : { do: 'nothing' };
  if (user === undefined || user.metadata.deletionUs !== null || user.spec.node === '') return { do: 'nothing' };
  return { do: 'intend', attachment: { workload: user.metadata.uid, node: user.spec.node, epoch: 0 } };
}

/** Before names of volumes in keys of the provisioner's queue: no deployment can have such a name. */
const KEY_PREFIX = '!volume/';

export class Volumes {
  private readonly tools: ControllerTools;
  private readonly cloud: CloudOperations;
  private readonly finalizer: Finalizer;
  private readonly deletedCountsAsGone: boolean;
  private readonly ignoresUse: boolean;
  private readonly notesAfterwards: boolean;
  private readonly keepsUnused: boolean;

  constructor(tools: ControllerTools, cloud: CloudOperations, defects: DefectSet) {
    this.tools = tools;
    this.cloud = cloud;
    this.finalizer = new Finalizer(VOLUME_FINALIZER, tools.client, defects);
    this.deletedCountsAsGone = defects.has('detach-unconfirmed');
    this.ignoresUse = defects.has('volume-deleted-in-use');
    this.notesAfterwards = defects.has('attach-noted-afterwards');
    this.keepsUnused = defects.has('volume-stays-attached');
  }

  /** The keys that are to be worked on when a Volume or Workload has changed. */
  keysOf(object: Resource): readonly string[] {
    const name = object.kind === 'Volume' ? object.metadata.name : (object as Workload).spec.volume;
    return name === undefined ? [] : [KEY_PREFIX + name];
  }

  /** Name of the volume that a key is of; null for other keys. */
  nameOf(key: string): string | null {
    return key.startsWith(KEY_PREFIX) ? key.slice(KEY_PREFIX.length) : null;
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const volume = this.tools.cache('Volume').get(name);
    if (volume === undefined) return 'done';
    const user = this.userOf(volume, this.tools.cache('Workload').get(name));
    const step = volumeStep(volume, user);
    if (this.keepsUnused && step.do === 'detach' && user === undefined && volume.metadata.deletionUs === null) return 'done';
    switch (step.do) {
      case 'provision':
        return yield* this.provision(volume, fence);
      case 'intend':
        return this.notesAfterwards
          ? yield* this.attach(volume, step.attachment, fence)
          : yield* this.note(volume, { attachment: step.attachment }, fence);
      case 'attach':
        return yield* this.attach(volume, step.attachment, fence);
      case 'detach':
        return yield* this.detach(volume, step.attachment, fence);
      case 'release':
        return yield* this.release(volume, fence);
      case 'nothing':
        return 'done';
    }
  }

  private userOf({ metadata, spec }: Volume, found: Workload | undefined): Workload | undefined {
    if (found?.spec.volume !== metadata.name) return undefined;
    if (this.deletedCountsAsGone && found.metadata.deletionUs !== null) return undefined;
    if (this.ignoresUse && metadata.deletionUs !== null && spec.reclaim === 'delete') return undefined;
    return found;
  }

  /** One volume for a Volume, however often it is asked for. */
  private provision(volume: Volume, fence: Fence): Co<Reconciled> {
    const { metadata, spec } = volume;
    return this.cloud.provision({ owner: metadata.uid, generation: 1, sizeGb: spec.sizeGb }, fence, (resource) =>
      this.note(volume, { resource }, fence),
    );
  }

  private *attach(volume: Volume, attachment: Attachment, fence: Fence): Co<Reconciled> {
    const { workload, node } = attachment;
    const { resource } = volume.status;
    const operationId = `${volume.metadata.uid}/attach/${workload}`;
    const attached = yield* this.cloud.ask(attachMethod, { operationId, fence, resource, workload, node });
    if (attached.status !== 'ok') return reconciledBy(attached);
    return yield* this.note(volume, { attachment: { ...attachment, epoch: attached.value.epoch } }, fence);
  }

  /** That the cache lacks whoever used it proves nothing, because the caches of two kinds are of two times: the API is asked. */
  private *detach(volume: Volume, { workload }: Attachment, fence: Fence): Co<Reconciled> {
    const { name, uid } = volume.metadata;
    const found = yield* this.tools.client.get('Workload', name);
    if (found.status !== 'ok' && !(found.status === 'refused' && found.code === 'not-found')) return reconciledBy(found);
    const user = this.userOf(volume, found.status === 'ok' ? found.value : undefined);
    if (user?.metadata.uid === workload) return LOOK_AGAIN_US;
    const detached = yield* this.cloud.ask(detachMethod, {
      operationId: `${uid}/detach/${workload}`,
      fence,
      resource: volume.status.resource,
      workload,
    });
    return detached.status === 'ok' ? yield* this.note(volume, { attachment: null }, fence) : reconciledBy(detached);
  }

  /** Nobody uses it any more: first it goes at the cloud, where nothing is ever made again for this uid, and then its object. */
  private *release(volume: Volume, fence: Fence): Co<Reconciled> {
    if (!this.finalizer.isOn(volume)) return 'done';
    const released = yield* this.cloud.release(volume.metadata.uid, Number.MAX_SAFE_INTEGER, fence);
    if (released !== 'done') return released;
    const freed = yield* this.finalizer.takeOff(volume, fence);
    return freed.status === 'refused' && freed.code === 'not-found' ? 'done' : reconciledBy(freed);
  }

  private *note({ metadata, status }: Volume, own: Partial<VolumeStatus>, fence: Fence): Co<Reconciled> {
    return reconciledBy(
      yield* this.tools.client.updateStatus('Volume', metadata.name, metadata.resourceVersion, { ...status, ...own }, fence),
    );
  }
}
