/** Boundary admission: what may stand in consensus, by class of state and by size, and the place of what may not (design §4). */
import type { Refusal } from '../../sim/index.ts';
import type { OutsideKind, ResourceKind } from './resources/index.ts';

export type StateClassId =
  | 'desired-state'
  | 'leadership'
  | 'membership'
  | 'request-logs'
  | 'metrics-and-traces'
  | 'workload-events'
  | 'images-and-manifests'
  | 'status-blobs'
  | 'controller-cache';

/** A class of state, told apart by the damage that disagreement about it does. */
export interface StateClass {
  readonly id: StateClassId;
  readonly placement: 'consensus' | 'outside';
  readonly kinds: readonly (ResourceKind | OutsideKind)[];
  /** Why it stands there. */
  readonly reason: string;
  /** Where a client should go with it. */
  readonly place: string;
}

export const stateClasses: readonly StateClass[] = [
  {
    id: 'desired-state',
    placement: 'consensus',
    kinds: ['Deployment', 'Workload'],
    reason: 'controllers need one authoritative target',
    place: 'the API',
  },
  {
    id: 'leadership',
    placement: 'consensus',
    kinds: ['Lease'],
    reason: 'split ownership can create conflicting actions',
    place: 'the API',
  },
  {
    id: 'membership',
    placement: 'consensus',
    kinds: ['Node'],
    reason: 'placement and failover depend on one coordinated view',
    place: 'the API',
  },
  {
    id: 'request-logs',
    placement: 'outside',
    kinds: ['RequestLog'],
    reason: 'logs need durable storage, not serialized decisions',
    place: 'the log pipeline of the region',
  },
  {
    id: 'metrics-and-traces',
    placement: 'outside',
    kinds: ['Metric', 'Trace'],
    reason: 'high-volume observation does not belong on the consensus path',
    place: 'the telemetry pipeline of the region',
  },
  {
    id: 'workload-events',
    placement: 'outside',
    kinds: ['WorkloadEvent'],
    reason: 'events come by the thousand and decide nothing',
    place: 'the event store of the region',
  },
  {
    id: 'images-and-manifests',
    placement: 'outside',
    kinds: ['ImageArtifact', 'Manifest'],
    reason: 'a reference with its digest is enough to agree on',
    place: 'the artifact registry, with a reference and digest in the spec',
  },
  {
    id: 'status-blobs',
    placement: 'outside',
    kinds: ['StatusBlob'],
    reason: 'observations can be made again',
    place: 'the status store of the region',
  },
  {
    id: 'controller-cache',
    placement: 'outside',
    kinds: ['ControllerCache'],
    reason: 'it can be rebuilt from authoritative metadata',
    place: "the controller's own memory",
  },
];

/** Longest reference to an image; what is longer is no reference. */
const REFERENCE_CHARS_MAX = 512;

/** Refuses a write by what it is; null admits it. */
export function admitClass(kind: string, content: object): Refusal | null {
  const stateClass = stateClasses.find(({ kinds }) => (kinds as readonly string[]).includes(kind));
  if (stateClass === undefined) return { code: 'invalid', message: `kind: "${kind}" is not served here` };
  if (stateClass.placement === 'outside') return misplaced(kind, stateClass);
  const image = 'image' in content ? content.image : undefined;
  if (typeof image === 'string' && image.length > REFERENCE_CHARS_MAX) return misplaced('spec.image', classOf('images-and-manifests'));
  return null;
}

/** Refuses an object by its size in the store; null admits it. */
export function admitSize(sizeBytes: number, maxBytes: number): Refusal | null {
  if (sizeBytes <= maxBytes) return null;
  const { place } = classOf('images-and-manifests');
  return { code: 'too-large', message: `${sizeBytes} bytes are more than the ${maxBytes} that may stand in consensus: payloads go to ${place}` };
}

function classOf(id: StateClassId): StateClass {
  return stateClasses.find((stateClass) => stateClass.id === id) as StateClass;
}

function misplaced(what: string, { placement, reason, place }: StateClass): Refusal {
  return { code: 'misplaced', message: `${what} stands ${placement} of consensus, because ${reason}: write it to ${place}` };
}
