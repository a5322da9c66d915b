/**
 * A Volume: storage of a workload with a stable identity, which outlives it and follows it from node to node.
 * Claim and provisioned volume in one.
 */
import { anyText, count, given, group, integer, nullable, oneOf, type Fields } from './fields.ts';
import type { Resource } from './index.ts';
import { changedField, type ResourceType } from './type.ts';

/**
 * `delete`: it goes with its Deployment. `retain`: it stays, for the next Deployment of that name (a
 * StatefulSet's `whenDeleted`, KEP-1847).
 */
export type Reclaim = 'delete' | 'retain';

/** What each replica of a Deployment has a Volume of. */
export interface StorageSpec {
  readonly sizeGb: number;
  readonly reclaim: Reclaim;
}

/** The name of a Volume is the identity of the workload whose it is. */
export interface VolumeSpec extends StorageSpec {
  /** Uid of the Deployment that it was made for. */
  readonly owner: string;
}

/** Where a volume is attached, and for whom: to one node at a time (`ReadWriteOnce`). */
export interface Attachment {
  /** Uid of the Workload. */
  readonly workload: string;
  readonly node: string;
  /**
   * Counts the volume's attachments at the provider, which takes writes of the newest alone; 0
   * while it has not confirmed this one.
   */
  readonly epoch: number;
}

export interface VolumeStatus {
  /** Completion record: the provider's id of it; empty until there is one. */
  readonly resource: string;
  /** Noted before the provider is asked: whoever takes over knows what may have been done. */
  readonly attachment: Attachment | null;
}

export type Volume = Resource<'Volume'>;

/**
 * Keeps a Volume until it is detached and gone at the provider. It is on the object from the first moment, so that
 * nothing is made for one that can vanish.
 */
export const VOLUME_FINALIZER = 'provisioner/volume';

const SIZE_GB_MAX = 65_536;

export function storageOf(fields: Fields): StorageSpec {
  return { sizeGb: integer(1, SIZE_GB_MAX)(fields, 'sizeGb'), reclaim: oneOf('delete', 'retain')(fields, 'reclaim') };
}

export const volumeType: ResourceType<VolumeSpec, VolumeStatus> = {
  stateClass: 'desired-state',
  // What is written to a volume stands at the provider; here stands which one it is, and who may write.
  fieldClasses: {
    spec: { owner: 'desired-state', sizeGb: 'desired-state', reclaim: 'desired-state' },
    status: { resource: 'desired-state', attachment: 'desired-state' },
  },
  spec: (fields) => ({ owner: given(fields, 'owner'), ...storageOf(fields) }),
  specChange: changedField,
  status: (fields) => ({
    resource: anyText(fields, 'resource'),
    attachment: nullable(
      group((of) => ({ workload: given(of, 'workload'), node: given(of, 'node'), epoch: count(of, 'epoch') })),
    )(fields, 'attachment'),
  }),
  initialStatus: { resource: '', attachment: null },
};
