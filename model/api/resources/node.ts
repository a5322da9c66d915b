/** A Node: a machine of a region that workloads run on. */
import { count, flag, given } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

export interface NodeSpec {
  readonly region: string;
  /** Workloads that it has room for. */
  readonly capacity: number;
}

export interface NodeStatus {
  readonly ready: boolean;
}

export type Node = Resource<'Node'>;

export const nodeType: ResourceType<NodeSpec, NodeStatus> = {
  stateClass: 'membership',
  fieldClasses: { spec: { region: 'membership', capacity: 'membership' }, status: { ready: 'membership' } },
  spec: (fields) => ({ region: given(fields, 'region'), capacity: count(fields, 'capacity') }),
  status: (fields) => ({ ready: flag(fields, 'ready') }),
  // A node registers itself when it can take work, and says so when it no longer can.
  initialStatus: { ready: true },
};
