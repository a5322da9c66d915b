/** A Workload: one running copy of an image, on one node. */
import { ms } from '../../../sim/index.ts';
import { anyText, count, flag, given, oneOf, optional, positive } from './fields.ts';
import type { Resource } from './index.ts';
import { changedField, type ResourceType } from './type.ts';

export interface WorkloadSpec {
  /** Uid of the Deployment it belongs to, and the deployment's name for people. */
  readonly owner: string;
  readonly ownerName: string;
  /** Generation of the deployment under which it was made. */
  readonly ownerGeneration: number;
  readonly image: string;
  /** Of several with a stable identity which one it is, from 0 on; 0 for all others. */
  readonly ordinal: number;
  /** What must never run twice at a time, or empty: the name that its successors will have as well. */
  readonly identity: string;
  /** Name of the Node that runs it; empty until the scheduler has bound it. It is never bound to another one. */
  readonly node: string;
  /** Name of the Volume without which it cannot run; absent: it needs none. */
  readonly volume?: string;
}

export interface WorkloadStatus {
  readonly phase: 'Pending' | 'Running' | 'Stopped';
  /** It serves. */
  readonly ready: boolean;
  /** How often it has been started again after it ended by itself. */
  readonly restarts: number;
}

export type Workload = Resource<'Workload'>;

/** Fields that a declaration may leave out. */
export type WorkloadDefaults = 'ordinal' | 'identity' | 'node';

/** Kubernetes gives a pod 30 s; scaled. */
const GRACE_US = ms(3_000);

export const workloadType: ResourceType<WorkloadSpec, WorkloadStatus> = {
  stateClass: 'desired-state',
  fieldClasses: {
    spec: {
      owner: 'desired-state',
      ownerName: 'desired-state',
      ownerGeneration: 'desired-state',
      image: 'images-and-manifests',
      ordinal: 'desired-state',
      identity: 'desired-state',
      node: 'desired-state',
      volume: 'desired-state',
    },
    // What a roll-out waits for. What a workload reports beyond that, time and again, is a StatusSample.
    status: { phase: 'desired-state', ready: 'desired-state', restarts: 'desired-state' },
  },
  spec: (fields) => ({
    owner: given(fields, 'owner'),
    ownerName: given(fields, 'ownerName'),
    ownerGeneration: positive(fields, 'ownerGeneration'),
    image: given(fields, 'image'),
    ordinal: optional(count, 0)(fields, 'ordinal'),
    identity: optional(anyText, '')(fields, 'identity'),
    node: optional(anyText, '')(fields, 'node'),
    ...(fields['volume'] === undefined ? {} : { volume: given(fields, 'volume') }),
  }),
  // Bound once, and replaced by another one rather than changed.
  specChange: ({ node, ...next }, { node: bound, ...before }) =>
    node !== bound && bound !== '' ? 'node: is bound already' : changedField(next, before),
  status: (fields) => ({
    phase: oneOf('Pending', 'Running', 'Stopped')(fields, 'phase'),
    ready: optional(flag, false)(fields, 'ready'),
    restarts: optional(count, 0)(fields, 'restarts'),
  }),
  initialStatus: { phase: 'Pending', ready: false, restarts: 0 },
  // What no node was told of, and what has stopped, has nobody to wait for.
  deletionGraceUs: ({ node }, { phase }) => (node === '' || phase === 'Stopped' ? 0 : GRACE_US),
};

/** It can be counted on: it serves, and nobody has asked for its end. */
export function isAvailable({ metadata, status }: Workload): boolean {
  return status.ready && metadata.deletionUs === null;
}
