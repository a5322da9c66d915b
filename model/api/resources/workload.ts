/** A Workload: one running copy of an image, on one node. */
import { given, oneOf, positive } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

export interface WorkloadSpec {
  /** Uid of the Deployment it belongs to, and the deployment's name for people. */
  readonly owner: string;
  readonly ownerName: string;
  /** Generation of the deployment that it carries out. */
  readonly ownerGeneration: number;
  readonly image: string;
  /** Name of the Node that runs it. */
  readonly node: string;
}

export interface WorkloadStatus {
  readonly phase: 'Pending' | 'Running' | 'Stopped';
}

export type Workload = Resource<'Workload'>;

export const workloadType: ResourceType<WorkloadSpec, WorkloadStatus> = {
  stateClass: 'desired-state',
  fieldClasses: {
    spec: { owner: 'desired-state', ownerName: 'desired-state', ownerGeneration: 'desired-state', image: 'images-and-manifests', node: 'desired-state' },
    // What a roll-out waits for. What a workload reports beyond that, time and again, is a StatusSample.
    status: { phase: 'desired-state' },
  },
  spec: (fields) => ({
    owner: given(fields, 'owner'),
    ownerName: given(fields, 'ownerName'),
    ownerGeneration: positive(fields, 'ownerGeneration'),
    image: given(fields, 'image'),
    node: given(fields, 'node'),
  }),
  status: (fields) => ({ phase: oneOf('Pending', 'Running', 'Stopped')(fields, 'phase') }),
  initialStatus: { phase: 'Pending' },
};
