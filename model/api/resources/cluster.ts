/** A Cluster: a region is in service, so that workloads may be placed on its nodes. Its name is the region's. */
import { count, given, oneOf, optional } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

export interface ClusterSpec {
  readonly region: string;
  /** `draining`: nothing new is placed there, and what is there is moved elsewhere in good order. */
  readonly state: 'active' | 'draining';
}

export interface ClusterStatus {
  /** The generation whose state the region's nodes have been told of. */
  readonly observedGeneration: number;
}

export type Cluster = Resource<'Cluster'>;

/** Fields that a declaration may leave out. */
export type ClusterDefaults = 'state';

export const clusterType: ResourceType<ClusterSpec, ClusterStatus> = {
  stateClass: 'membership',
  fieldClasses: { spec: { region: 'membership', state: 'membership' }, status: { observedGeneration: 'membership' } },
  spec: (fields) => ({
    region: given(fields, 'region'),
    state: optional(oneOf('active', 'draining'), 'active')(fields, 'state'),
  }),
  status: (fields) => ({ observedGeneration: count(fields, 'observedGeneration') }),
  initialStatus: { observedGeneration: 0 },
};
