/** The control plane under test, as scenarios and controllers of one's own are written against it. */
export {
  objectKey,
  type Deployment,
  type DeploymentSpec,
  type DeploymentStatus,
  type Fence,
  type Lease,
  type Metadata,
  type Node,
} from './api/resources/index.ts';
export type {
  Cluster,
  ClusterSpec,
  Declared,
  Resource,
  ResourceKind,
  Spec,
  Status,
  Workload,
  WorkloadSpec,
  WorkloadStatus,
} from './api/resources/index.ts';
export { ApiClient } from './api/client/api-client.ts';
export {
  controller,
  reconciledBy,
  type ControllerLogic,
  type ControllerTools,
  type Reconciled,
} from './controllers/machinery/controller.ts';
export { observedBoundary, type Observation } from './api/client/observed.ts';
export { DEPLOYER_ROLE, PROVISIONER_ROLE, type ControllerOptions } from './controllers/machinery/options.ts';
export { noDefects, type Defect, type DefectSet } from './defect.ts';
export { defaultDesign, type Design } from './design.ts';
export type { Intent } from './intent.ts';
export { acceptedBoundary, type AcceptedAction } from './outside/accepted.ts';
export { provisionMethod, releaseMethod, sealMethod } from './outside/cloud-methods.ts';
export {
  buildPlatform,
  CLOUD,
  OPERATORS,
  OUTSIDE_REGION,
  platformGroups,
  platformTopology,
  REGIONS,
  type PlatformGroups,
  type PlatformOptions,
} from './platform.ts';
export {
  BoundaryMeter,
  ExposureMeter,
  platformProperties,
  type ClassAccount,
  type Exposure,
} from './properties/platform/index.ts';
export { appliedBoundary, type AppliedEntry } from './raft/host/state-machine.ts';
export type { OperatorInput, OperatorOutput } from './regions/operator.ts';
export type { Container } from './regions/container.ts';
