/**
 * What the external cloud serves of volumes: who may write to one, and the writing itself. They are made
 * and released as load balancers are.
 */
import { boundary, method } from '../../sim/index.ts';
import type { Fence } from '../api/resources/index.ts';

export interface AttachRequest {
  /** The same for every attempt to attach this volume for this workload. */
  readonly operationId: string;
  readonly fence: Fence;
  /** Id of the volume. */
  readonly resource: string;
  /** Uid of the workload that is to write to it, and its node. */
  readonly workload: string;
  readonly node: string;
}

export interface AttachResponse {
  /** Counts the attachments of the volume: writes under an older one are refused from now on. */
  readonly epoch: number;
}

export interface DetachRequest {
  readonly operationId: string;
  readonly fence: Fence;
  readonly resource: string;
  /** Nothing will be attached for that workload any more, however late it is asked for. */
  readonly workload: string;
}

/** Whoever reads or writes a volume does so under an attachment. */
interface Access {
  readonly resource: string;
  readonly node: string;
  readonly epoch: number;
}

export interface WriteRequest extends Access {
  /** Place of what is written, from 1 on: what stands there already is not written again. */
  readonly number: number;
}

/** How much is written on the volume. */
export interface Written {
  readonly length: number;
}

/** Refusal codes: `fenced`, `not-found`, `attached` (elsewhere), `superseded` (detached since), `unavailable`. */
export const attachMethod = method<AttachRequest, AttachResponse>('cloud/attach', {
  serviceUs: 500,
  describeRequest: ({ resource, node, workload }) => `attach ${resource} to ${node} for ${workload}`,
  describeResponse: ({ epoch }) => `attached under epoch ${epoch}`,
});
export const detachMethod = method<DetachRequest, { readonly detached: boolean }>('cloud/detach', {
  serviceUs: 500,
  describeRequest: ({ resource, workload }) => `detach ${resource} from where it is for ${workload}`,
  describeResponse: ({ detached }) => (detached ? 'detached' : 'was not attached'),
});

/** Refusal codes: `not-attached`, `gap`, `unavailable`. */
export const readVolumeMethod = method<Access, Written>('cloud/read-volume', {
  serviceUs: 100,
  describeRequest: ({ resource, node, epoch }) => `read ${resource} from ${node} under epoch ${epoch}`,
  describeResponse: sayWritten,
});
export const writeVolumeMethod = method<WriteRequest, Written>('cloud/write-volume', {
  serviceUs: 100,
  describeRequest: ({ resource, number, node, epoch }) => `write ${number} to ${resource} from ${node} under epoch ${epoch}`,
  describeResponse: sayWritten,
});

function sayWritten({ length }: Written): string {
  return `${length} written there`;
}

/** The provider takes a write in, under an attachment that it believes to be the one. */
export const volumeWriteBoundary = boundary<WriteRequest>(
  'cloud/volume-write',
  ({ resource, number, node, epoch }) => `the cloud writes ${number} to ${resource} for ${node} under epoch ${epoch}`,
);
