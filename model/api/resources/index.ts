/** The typed resources of the control plane, a file for each kind, after the Kubernetes API conventions. */
import { clusterType, type ClusterDefaults, type ClusterSpec, type ClusterStatus } from './cluster.ts';
import { deploymentType, type DeploymentDefaults, type DeploymentSpec, type DeploymentStatus } from './deployment.ts';
import { dnsPlanType, type DnsPlanSpec } from './dns-plan.ts';
import { endpointsType, type EndpointsSpec } from './endpoints.ts';
import type { Micros } from '../../../sim/index.ts';
import { checked, type Checked } from './fields.ts';
import { leaseType, type LeaseSpec, type LeaseStatus } from './lease.ts';
import { checkOwnMetadata, type Metadata, type OwnMetadata } from './metadata.ts';
import { nodeType, type NodeDefaults, type NodeSpec, type NodeStatus } from './node.ts';
import { primaryType, type PrimarySpec } from './primary.ts';
import { serviceType, type ServiceSpec, type ServiceStatus } from './service.ts';
import type { StateClassId } from '../state-classes.ts';
import type { NoStatus, ResourceType } from './type.ts';
import { volumeType, type VolumeSpec, type VolumeStatus } from './volume.ts';
import { workloadType, type WorkloadDefaults, type WorkloadSpec, type WorkloadStatus } from './workload.ts';

export type { Cluster, ClusterSpec, ClusterStatus } from './cluster.ts';
export {
  HISTORY_MAX,
  isBlank,
  type Deployment,
  type DeploymentSpec,
  type DeploymentStatus,
  type Identity,
} from './deployment.ts';
export type { DnsPlan, DnsPlanSpec } from './dns-plan.ts';
export type { Backend, Endpoints, EndpointsSpec } from './endpoints.ts';
export { checkName } from './fields.ts';
export { isNodeLease, nodeLeaseName, nodeOfLease, type Lease, type LeaseSpec, type LeaseStatus } from './lease.ts';
export {
  controllerReference,
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type Fence,
  type Metadata,
  type OwnerReference,
  type OwnMetadata,
} from './metadata.ts';
export {
  DRAIN_TAINT,
  isLeaving,
  isTainted,
  REGION_DRAIN_TAINT,
  UNREACHABLE_TAINT,
  type Node,
  type NodeSpec,
  type NodeStatus,
  type Taint,
  type TaintEffect,
} from './node.ts';
export type { Primary, PrimarySpec } from './primary.ts';
export type { Service, ServiceSpec, ServiceStatus } from './service.ts';
export {
  VOLUME_FINALIZER,
  type Attachment,
  type Reclaim,
  type StorageSpec,
  type Volume,
  type VolumeSpec,
  type VolumeStatus,
} from './volume.ts';
export { isAvailable, type Workload, type WorkloadSpec, type WorkloadStatus } from './workload.ts';

/** By kind. */
export interface Specs {
  Deployment: DeploymentSpec;
  Workload: WorkloadSpec;
  Node: NodeSpec;
  Cluster: ClusterSpec;
  Lease: LeaseSpec;
  Service: ServiceSpec;
  Endpoints: EndpointsSpec;
  Primary: PrimarySpec;
  DnsPlan: DnsPlanSpec;
  Volume: VolumeSpec;
}

/** By kind. */
export interface Statuses {
  Deployment: DeploymentStatus;
  Workload: WorkloadStatus;
  Node: NodeStatus;
  Cluster: ClusterStatus;
  Lease: LeaseStatus;
  Service: ServiceStatus;
  Endpoints: NoStatus;
  Primary: NoStatus;
  DnsPlan: NoStatus;
  Volume: VolumeStatus;
}

/** Fields of a spec that whoever declares it may leave out: the API fills them in. By kind. */
interface Defaults {
  Deployment: DeploymentDefaults;
  Workload: WorkloadDefaults;
  Node: NodeDefaults;
  Cluster: ClusterDefaults;
  Lease: never;
  Service: never;
  Endpoints: never;
  Primary: never;
  DnsPlan: never;
  Volume: never;
}

export type ResourceKind = keyof Specs;
export type Spec<K extends ResourceKind> = Specs[K];
export type Status<K extends ResourceKind> = Statuses[K];
/** A spec as it is declared. */
export type Declared<K extends ResourceKind> = Omit<Specs[K], Defaults[K]> &
  Partial<Pick<Specs[K], Extract<keyof Specs[K], Defaults[K]>>>;

export interface Resource<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly metadata: Metadata;
  readonly spec: Specs[K];
  readonly status: Statuses[K];
}

/** Kinds of state that a control plane produces and that have their place outside consensus (see state-classes.ts). */
export type OutsideKind =
  | 'RequestLog'
  | 'Metric'
  | 'Trace'
  | 'WorkloadEvent'
  | 'ImageArtifact'
  | 'ImageMetadata'
  | 'Manifest'
  | 'StatusBlob'
  | 'StatusSample'
  | 'ControllerCache';

/** Whatever such a thing holds. */
export interface OutsideContent {
  readonly data: string;
}

const types: { readonly [K in ResourceKind]: ResourceType<Specs[K], Statuses[K]> } = {
  Deployment: deploymentType,
  Workload: workloadType,
  Node: nodeType,
  Cluster: clusterType,
  Lease: leaseType,
  Service: serviceType,
  Endpoints: endpointsType,
  Primary: primaryType,
  DnsPlan: dnsPlanType,
  Volume: volumeType,
};

export function checkSpec<K extends ResourceKind>(kind: K, spec: unknown): Checked<Spec<K>> {
  return checked('spec', spec, types[kind].spec);
}

/** What is wrong with this spec in the place of another one; null when nothing is. */
export function checkSpecChange<K extends ResourceKind>(kind: K, next: Spec<K>, before: Spec<K>): string | null {
  const problem = types[kind].specChange?.(next, before) ?? null;
  return problem === null ? null : `spec.${problem}`;
}

export function checkStatus<K extends ResourceKind>(kind: K, status: unknown): Checked<Status<K>> {
  return checked('status', status, types[kind].status);
}

/** Checks what a client wants the metadata to hold. */
export function checkMetadata(metadata: unknown): Checked<OwnMetadata> {
  return checked('metadata', metadata, checkOwnMetadata);
}

export function isResourceKind(kind: string): kind is ResourceKind {
  return Object.hasOwn(types, kind);
}

export const resourceKinds: readonly ResourceKind[] = Object.keys(types) as ResourceKind[];

/** Those that an API server serves: Volumes only where a design has somebody who provides them. */
export function servedKinds({ volumes }: { readonly volumes: boolean }): readonly ResourceKind[] {
  return volumes ? resourceKinds : resourceKinds.filter((kind) => kind !== 'Volume');
}

export function classOfKind(kind: ResourceKind): StateClassId {
  return types[kind].stateClass;
}

export function classOfObject(kind: ResourceKind, name: string): StateClassId {
  return types[kind].stateClassOf?.(name) ?? types[kind].stateClass;
}

/** Of what is found by lists and watches of a kind. */
export function classOfListed(kind: ResourceKind): StateClassId {
  return types[kind].listedClass ?? types[kind].stateClass;
}

/** Of all objects of a kind. */
export function classesOfKind(kind: ResourceKind): readonly StateClassId[] {
  return [...new Set([classOfKind(kind), classOfListed(kind)])];
}

/** Of each field, in the order of the contract. */
export function fieldClasses(kind: ResourceKind, part: 'spec' | 'status'): Readonly<Record<string, StateClassId>> {
  return types[kind].fieldClasses[part];
}

/** How long the deletion of this object may be held up by whoever runs it (microseconds); 0 when nobody does. */
export function deletionGraceUs({ kind, spec, status }: Resource): Micros {
  const type = types[kind] as ResourceType<Spec<ResourceKind>, Status<ResourceKind>>;
  return type.deletionGraceUs?.(spec, status) ?? 0;
}

export function initialStatus<K extends ResourceKind>(kind: K): Status<K> {
  return types[kind].initialStatus;
}

/** Key of an object in the store. */
export const objectKey = (kind: ResourceKind, name: string): string => `/registry/${kind}/${name}`;
export const observationKey = (kind: OutsideKind, name: string): string => `/registry/${kind}/${name}`;
export const kindPrefix = (kind: ResourceKind): string => `/registry/${kind}/`;
/**
 * Beside each Lease stands its fence: put in the same txn as a change of holder and at no other time, so that its
 * modification revision is the token, and any action can be guarded by one compare.
 */
export const fenceKey = (role: string): string => `/registry/fence/${role}`;
