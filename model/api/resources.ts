/** The typed resources of the control plane, after the Kubernetes API conventions. */
import type { Micros } from '../../sim/index.ts';

export type ResourceKind = 'Deployment' | 'Workload' | 'Node' | 'Lease';

export interface Metadata {
  readonly name: string;
  /** Unique over all time: a deleted and recreated object has another. Given by the API server. */
  readonly uid: string;
  /** The store's revision of the last change; clients hold it against lost updates. */
  readonly resourceVersion: number;
  /** Counts changes of the spec, from 1. */
  readonly generation: number;
  /** Who wrote the object last, with the fencing token it acted under; null for writers that need none. */
  readonly writtenBy: Fence | null;
}

/** The authority that a leader-only action travels under. */
export interface Fence {
  /** Name of the Lease, or of the election: the name of the role. */
  readonly role: string;
  /**
   * A revision of the store, strictly increasing over grants: of the grant, or by the recipe of an election that at which the leader's
   * key was made.
   */
  readonly token: number;
  /** By the recipe of an election: the store's lease on which the leader's key hangs. */
  readonly session?: number;
}

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

export interface NodeSpec {
  readonly region: string;
  readonly capacity: number;
}

export interface NodeStatus {
  readonly ready: boolean;
}

export interface LeaseSpec {
  /** Empty: nobody. */
  readonly holder: string;
  readonly durationUs: Micros;
  /** Counts renewals, so that every renewal is a change that others can see. */
  readonly renewals: number;
}

export interface LeaseStatus {
  /** Fencing token of the current holder: given by the API server whenever the holder changes; 0 before the first. */
  readonly token: number;
}

interface Specs {
  Deployment: DeploymentSpec;
  Workload: WorkloadSpec;
  Node: NodeSpec;
  Lease: LeaseSpec;
}

interface Statuses {
  Deployment: DeploymentStatus;
  Workload: WorkloadStatus;
  Node: NodeStatus;
  Lease: LeaseStatus;
}

export interface Resource<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly metadata: Metadata;
  readonly spec: Specs[K];
  readonly status: Statuses[K];
}

/** Kinds of state that a control plane produces and that have their place outside consensus (see admission.ts). */
export type OutsideKind = 'RequestLog' | 'Metric' | 'Trace' | 'WorkloadEvent' | 'ImageArtifact' | 'Manifest' | 'StatusBlob' | 'ControllerCache';

/** Whatever such a thing holds. */
export interface OutsideContent {
  readonly data: string;
}

export type Deployment = Resource<'Deployment'>;
export type Workload = Resource<'Workload'>;
export type Node = Resource<'Node'>;
export type Lease = Resource<'Lease'>;
export type Spec<K extends ResourceKind> = Specs[K];
export type Status<K extends ResourceKind> = Statuses[K];

const NODE_LEASE_PREFIX = 'node.';

/** The Lease that the agent of a node renews; that it changes is the sign that the node lives. */
export const nodeLeaseName = (node: string): string => NODE_LEASE_PREFIX + node;
export const isNodeLease = (name: string): boolean => name.startsWith(NODE_LEASE_PREFIX);

/** Key of an object in the store. */
export const objectKey = (kind: ResourceKind, name: string): string => `/registry/${kind}/${name}`;
export const kindPrefix = (kind: ResourceKind): string => `/registry/${kind}/`;
/**
 * Beside each Lease stands its fence: put in the same txn as a change of holder and at no other time, so that its
 * modification revision is the token, and any action can be guarded by one compare.
 */
export const fenceKey = (role: string): string => `/registry/fence/${role}`;
