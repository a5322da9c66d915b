/** A Deployment: so many replicas of an image are to run, whatever happens to nodes. */
import { count, given, group, integer, nullable, positive } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

export interface DeploymentSpec {
  readonly replicas: number;
  /** A reference with digest: the image itself stays outside consensus. */
  readonly image: string;
}

export interface DeploymentStatus {
  /** The generation that the controller has acted on last. */
  readonly observedGeneration: number;
  readonly readyReplicas: number;
  /** Completion record: the generation for which the provisioner has a load balancer in place, and its id. */
  readonly provisioned: { readonly generation: number; readonly resource: string } | null;
}

export type Deployment = Resource<'Deployment'>;

const REPLICAS_MAX = 10_000;

export const deploymentType: ResourceType<DeploymentSpec, DeploymentStatus> = {
  stateClass: 'desired-state',
  fieldClasses: {
    spec: { replicas: 'desired-state', image: 'images-and-manifests' },
    status: { observedGeneration: 'desired-state', readyReplicas: 'desired-state', provisioned: 'desired-state' },
  },
  spec: (fields) => ({ replicas: integer(0, REPLICAS_MAX)(fields, 'replicas'), image: given(fields, 'image') }),
  status: (fields) => ({
    observedGeneration: count(fields, 'observedGeneration'),
    readyReplicas: count(fields, 'readyReplicas'),
    provisioned: nullable(group((record) => ({ generation: positive(record, 'generation'), resource: given(record, 'resource') })))(fields, 'provisioned'),
  }),
  initialStatus: { observedGeneration: 0, readyReplicas: 0, provisioned: null },
};
