/** Endpoints: where a service is to be found, as the control plane intends it (what an EndpointSlice is in Kubernetes). */
import { given, group, many, oneOf } from './fields.ts';
import type { Resource } from './index.ts';
import { noStatus, type NoStatus, type ResourceType } from './type.ts';

export interface Backend {
  /** Uid of the workload. */
  readonly workload: string;
  /** Name of the Node on which it is reached. */
  readonly node: string;
  readonly region: string;
}

export interface EndpointsSpec {
  /** Uid of the Service; the name is that of the Endpoints. */
  readonly service: string;
  /** As the Service has it. */
  readonly mode: 'balanced' | 'primary';
  /** Ready workloads, in the order of their uids. */
  readonly backends: readonly Backend[];
}

export type Endpoints = Resource<'Endpoints'>;

const backend = group((of): Backend => ({
  workload: given(of, 'workload'),
  node: given(of, 'node'),
  region: given(of, 'region'),
}));

export const endpointsType: ResourceType<EndpointsSpec, NoStatus> = {
  stateClass: 'endpoint-intent',
  fieldClasses: { spec: { service: 'endpoint-intent', mode: 'endpoint-intent', backends: 'endpoint-intent' }, status: {} },
  spec: (fields) => ({
    service: given(fields, 'service'),
    mode: oneOf('balanced', 'primary')(fields, 'mode'),
    backends: many(backend)(fields, 'backends'),
  }),
  ...noStatus,
};
