/** Objects for tests, of which only what matters is said. */
import type {
  DeploymentSpec,
  DeploymentStatus,
  Metadata,
  NodeSpec,
  VolumeSpec,
  WorkloadSpec,
  WorkloadStatus,
} from '../resources/index.ts';

export function metadata(name: string, own: Partial<Metadata> = {}): Metadata {
  return {
    name,
    uid: name,
    resourceVersion: 1,
    generation: 1,
    labels: {},
    finalizers: [],
    owners: [],
    deletionUs: null,
    deletionGraceUs: null,
    writtenBy: null,
    ...own,
  };
}

export const deploymentSpec = (own: Partial<DeploymentSpec> = {}): DeploymentSpec => ({
  replicas: 1,
  image: 'a',
  maxSurge: 1,
  maxUnavailable: 0,
  paused: false,
  identity: 'none',
  ...own,
});

export const deploymentStatus = (own: Partial<DeploymentStatus> = {}): DeploymentStatus => ({
  observedGeneration: 0,
  updatedReplicas: 0,
  readyReplicas: 0,
  history: [],
  provisioned: null,
  ...own,
});

export const workloadSpec = (own: Partial<WorkloadSpec> = {}): WorkloadSpec => ({
  owner: 'u1',
  ownerName: 'web',
  ownerGeneration: 1,
  image: 'a',
  ordinal: 0,
  identity: '',
  node: '',
  ...own,
});

export const workloadStatus = (own: Partial<WorkloadStatus> = {}): WorkloadStatus => ({
  phase: 'Pending',
  ready: false,
  restarts: 0,
  ...own,
});

export const volumeSpec = (own: Partial<VolumeSpec> = {}): VolumeSpec => ({ owner: 'u1', sizeGb: 1, reclaim: 'delete', ...own });

export const nodeSpec = (own: Partial<NodeSpec> = {}): NodeSpec => ({
  region: 'east',
  capacity: 10,
  unschedulable: false,
  taints: [],
  ...own,
});
