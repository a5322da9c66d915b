/** The classes of state, told apart by the damage that disagreement about them does, and where each of them stands. */
import type { Design } from '../design.ts';
import type { OutsideKind } from './resources/index.ts';

export type StateClassId =
  | 'desired-state'
  | 'leadership'
  | 'membership'
  | 'endpoint-intent'
  | 'request-logs'
  | 'metrics-and-traces'
  | 'workload-events'
  | 'images-and-manifests'
  | 'status-blobs'
  | 'controller-cache';

/**
 * `outside`: of resources, a store of each region that is replicated asynchronously; of all else, the
 * pipelines and stores of the region.
 */
export type Side = 'consensus' | 'outside';

export interface StateClass {
  readonly id: StateClassId;
  /** Where it stands unless the design says otherwise. */
  readonly placement: Side;
  /** Kinds of it that are no resources of the API. A resource's kind says of which class it is itself. */
  readonly kinds: readonly OutsideKind[];
  /** Why it stands there. */
  readonly reason: string;
  /** Where a client should go with it when it stands outside. */
  readonly place: string;
  /**
   * Of decisions: where that goes which comes more often than they do, which is what somebody observes. Else the place itself.
   */
  readonly observations?: string;
  /** Writes a second that one client may make at the API, and how many of them at once. */
  readonly writesPerSecond: number;
  readonly burst: number;
}

/**
 * Rates are far above what the platform does in health: they are for clients that run wild (Kubernetes:
 * the EventRateLimit admission plugin).
 */
export const stateClasses: readonly StateClass[] = [
  {
    id: 'desired-state',
    placement: 'consensus',
    kinds: [],
    reason: 'controllers need one authoritative target',
    place: 'the replicated store of the region',
    observations: 'the status store of the region',
    writesPerSecond: 100,
    burst: 300,
  },
  {
    id: 'leadership',
    placement: 'consensus',
    kinds: [],
    reason: 'split ownership can create conflicting actions',
    place: 'the replicated store of the region',
    observations: 'the event store of the region',
    writesPerSecond: 20,
    burst: 60,
  },
  {
    id: 'membership',
    placement: 'consensus',
    kinds: [],
    reason: 'placement and failover depend on one coordinated view',
    place: 'the replicated store of the region',
    observations: 'the status store of the region',
    writesPerSecond: 20,
    burst: 60,
  },
  {
    id: 'endpoint-intent',
    placement: 'consensus',
    kinds: [],
    reason: 'discovery decisions can become unsafe when they diverge',
    place: 'the replicated store of the region',
    observations: 'the status store of the region',
    writesPerSecond: 50,
    burst: 150,
  },
  {
    id: 'request-logs',
    placement: 'outside',
    kinds: ['RequestLog'],
    reason: 'logs need durable storage, not serialized decisions',
    place: 'the log pipeline of the region',
    writesPerSecond: 10,
    burst: 30,
  },
  {
    id: 'metrics-and-traces',
    placement: 'outside',
    kinds: ['Metric', 'Trace'],
    reason: 'high-volume observation does not belong on the consensus path',
    place: 'the telemetry pipeline of the region',
    writesPerSecond: 10,
    burst: 30,
  },
  {
    id: 'workload-events',
    placement: 'outside',
    kinds: ['WorkloadEvent'],
    reason: 'events come by the thousand and decide nothing',
    place: 'the event store of the region',
    writesPerSecond: 10,
    burst: 30,
  },
  {
    id: 'images-and-manifests',
    placement: 'outside',
    kinds: ['ImageArtifact', 'ImageMetadata', 'Manifest'],
    reason: 'a reference with its digest is enough to agree on',
    place: 'the artifact registry, with a reference and digest in the spec',
    writesPerSecond: 1,
    burst: 3,
  },
  {
    id: 'status-blobs',
    placement: 'outside',
    kinds: ['StatusBlob', 'StatusSample'],
    reason: 'observations can be made again',
    place: 'the status store of the region',
    writesPerSecond: 10,
    burst: 30,
  },
  {
    id: 'controller-cache',
    placement: 'outside',
    kinds: ['ControllerCache'],
    reason: 'it can be rebuilt from authoritative metadata',
    place: "the controller's own memory",
    writesPerSecond: 1,
    burst: 3,
  },
];

const byId: ReadonlyMap<string, StateClass> = new Map(stateClasses.map((stateClass) => [stateClass.id, stateClass]));
const byOutsideKind: ReadonlyMap<string, StateClass> = new Map(
  stateClasses.flatMap((stateClass) => stateClass.kinds.map((kind) => [kind, stateClass])),
);

export function stateClass(id: StateClassId): StateClass {
  return byId.get(id) as StateClass;
}

/** The class of a kind that is no resource; undefined when there is no such kind. */
export function classOfOutsideKind(kind: string): StateClass | undefined {
  return byOutsideKind.get(kind);
}

export function placementOf(id: StateClassId, { placements }: Design): Side {
  return placements[id] ?? stateClass(id).placement;
}

/** All of them are placed there. */
export function isInConsensus(design: Design, ...ids: readonly StateClassId[]): boolean {
  return ids.every((id) => placementOf(id, design) === 'consensus');
}
