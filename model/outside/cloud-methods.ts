/** What the external cloud provider serves. It lies outside the control plane and checks tokens and operation ids itself. */
import { method } from '../../sim/index.ts';
import type { Fence } from '../api/resources/index.ts';
import type { Balancer } from './account.ts';

/** A new leader announces its token before it acts: from its acceptance on, older tokens are refused (`fenced`). */
export interface SealRequest {
  readonly fence: Fence;
}

export interface ProvisionRequest {
  /** The same for every attempt at the same intent: a repetition is answered with the first result. */
  readonly operationId: string;
  readonly fence: Fence;
  /**
   * The intent: uid of the deployment and the generation to carry out; or uid of the Volume, of which there is one generation.
   */
  readonly owner: string;
  readonly generation: number;
  /** What a load balancer leads to. */
  readonly replicas?: number;
  /** A volume of that size is wanted instead. */
  readonly sizeGb?: number;
}

export interface ProvisionResponse {
  /** Id of the load balancer or volume. */
  readonly resource: string;
}

export interface ReleaseRequest {
  readonly operationId: string;
  readonly fence: Fence;
  readonly owner: string;
  /** Releases what was provisioned for generations below this one. */
  readonly belowGeneration: number;
}

export const sealMethod = method<SealRequest, { readonly sealed: number }>('cloud/seal', {
  describeRequest: ({ fence }) => `seal ${fence.role} at token ${fence.token}`,
});
export const provisionMethod = method<ProvisionRequest, ProvisionResponse>('cloud/provision', {
  serviceUs: 500,
  describeRequest: ({ operationId, owner, generation, fence, sizeGb }) =>
    `provision ${sizeGb === undefined ? '' : 'a volume for '}${owner} generation ${generation} under token ${fence.token}, operation ${operationId}`,
  describeResponse: ({ resource }) => `made ${resource}`,
});
export const releaseMethod = method<ReleaseRequest, { readonly released: number }>('cloud/release', {
  serviceUs: 500,
  describeRequest: ({ owner, belowGeneration, fence }) =>
    `release ${owner} ${belowGeneration === Number.MAX_SAFE_INTEGER ? 'altogether' : `below generation ${belowGeneration}`} under token ${fence.token}`,
  describeResponse: ({ released }) => `released ${released}`,
});
/** Everything that stands, so that what nobody asks for any more can be found and released. */
export const balancersMethod = method<null, { readonly balancers: readonly Balancer[] }>('cloud/balancers', {
  serviceUs: 200,
  responseBytes: ({ balancers }) => balancers.length * 64,
});
