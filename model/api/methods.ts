/**
 * What an API server serves. Refusal codes: `not-found`, `already-exists`, `conflict`, `fenced`, `invalid`, `too-large`,
 * `misplaced`, `gone`, `too-large-version`, `too-many-requests`, `too-frequent`, `no-such-kind`, `unavailable`. A write whose
 * outcome the server does not know is not answered at all.
 */
import { method, type Micros } from '../../sim/index.ts';
import { digestList, digestObject, digestResourceEvent } from './digests.ts';
import type {
  Declared,
  Fence,
  OutsideContent,
  OutsideKind,
  OwnMetadata,
  Resource,
  ResourceKind,
  Status,
} from './resources/index.ts';

/**
 * How fresh an answer must be. `linearizable`: as the store is now, by its majority (Kubernetes: no resourceVersion). `any`: as
 * this server's watch cache is, which may go back in time from one server to the next (resourceVersion "0"). `not-older`: at
 * `resourceVersion` or later; `too-large-version` when this server does not get there in time. `exact`: as it was at
 * `resourceVersion`; `gone` when that is compacted.
 */
export type ListConsistency = 'linearizable' | 'any' | 'not-older' | 'exact';
export type GetConsistency = Exclude<ListConsistency, 'exact'>;

export interface GetRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  /** `linearizable` when absent. */
  readonly consistency?: GetConsistency;
  /** For `not-older`. */
  readonly resourceVersion?: number;
}

export interface ListRequest {
  readonly kind: ResourceKind;
  /** `linearizable` when absent. */
  readonly consistency?: ListConsistency;
  /** For `not-older` and `exact`. */
  readonly resourceVersion?: number;
  /** Objects at once; 0 or none: all. A watch cache answers whole lists whatever the limit. */
  readonly limit?: number;
  /** {@link ListResponse.continueFrom} of the page before: the next one of that very state, or `gone` when it is compacted. */
  readonly continueFrom?: string;
}

/** All objects of the kind at `resourceVersion`, where a watch may go on; or a page of them. */
export interface ListResponse {
  readonly resourceVersion: number;
  readonly items: readonly Resource[];
  /** For the next page; empty when there is nothing more. */
  readonly continueFrom: string;
}

/** A client may try to write what belongs outside; it is told where. */
export interface CreateRequest {
  readonly kind: ResourceKind | OutsideKind;
  readonly name: string;
  readonly spec: Declared<ResourceKind> | OutsideContent;
  readonly metadata: OwnMetadata;
  readonly fence: Fence | null;
}

/**
 * Writes an observation where a design places its class in consensus, whatever stood there, unless that says more (see
 * record-order.ts). It is gone again after a while.
 */
export interface RecordRequest {
  readonly kind: OutsideKind;
  readonly name: string;
  readonly spec: OutsideContent;
}

/**
 * Replaces parts of an object (null leaves one as it is). With `resourceVersion` 0 it is unconditional, else
 * `conflict` when stale. A list of the metadata is replaced whole, as by a JSON merge patch. The status is no
 * part of it: see {@link StatusRequest}.
 */
export interface UpdateRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly resourceVersion: number;
  readonly spec: Declared<ResourceKind> | null;
  readonly metadata: OwnMetadata | null;
  readonly fence: Fence | null;
}

/** Replaces the status and nothing else (Kubernetes' subresource). */
export interface StatusRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  /** 0: whatever version. */
  readonly resourceVersion: number;
  readonly status: Status<ResourceKind>;
  readonly fence: Fence | null;
}

/**
 * What becomes of the objects that belong to a deleted one. `background`: it goes, and they after it. `foreground`: it stays,
 * marked, until those are gone that block it. `orphan`: they stay, and belong to nobody.
 */
export type Propagation = 'background' | 'foreground' | 'orphan';

export interface DeleteRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Empty: whatever object bears the name. */
  readonly uid: string;
  /** 0: whatever version. */
  readonly resourceVersion: number;
  /** Null: what an earlier request asked for, or else `background`. */
  readonly propagation: Propagation | null;
  /** How long whoever runs it may take; 0 asks nobody. Null: as is usual for the kind. */
  readonly graceUs: Micros | null;
  readonly fence: Fence | null;
}

export interface DeleteResponse {
  /** At which it went, or stands marked. */
  readonly resourceVersion: number;
  /** False: it stands, marked as deleted, until its finalizers are taken off and whoever runs it has ended it. */
  readonly gone: boolean;
}

export interface WatchResourcesRequest {
  readonly kind: ResourceKind;
  /**
   * Changes after this version; `gone` when they are not in the server's window any more: list again. 0: the state of the watch
   * cache, as if all of it had just been added, and what changes from then on.
   */
  readonly resourceVersion: number;
}

/** One change. A deleted object comes as it was last, with the version of its deletion beside it. */
export interface ObjectEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: Resource;
  readonly resourceVersion: number;
}

/** One change, or a bookmark: nothing up to `resourceVersion` is missing. Nobody promises one. */
export type ResourceEvent = ObjectEvent | { readonly type: 'bookmark'; readonly resourceVersion: number };

const OBJECT_BYTES = 400;

export const getMethod = method<GetRequest, Resource>('api/get', {
  serviceUs: 40,
  responseBytes: () => OBJECT_BYTES,
  digestResponse: digestObject,
  describeRequest: ({ kind, name, ...fresh }) => `get ${kind} ${name}${sayFreshness(fresh)}`,
  describeResponse: sayObject,
});
export const listMethod = method<ListRequest, ListResponse>('api/list', {
  serviceUs: 80,
  responseBytes: ({ items }) => items.length * OBJECT_BYTES,
  digestResponse: digestList,
  describeRequest: ({ kind, ...fresh }) => `list ${kind}${sayFreshness(fresh)}`,
  describeResponse: ({ resourceVersion, items }) =>
    `answered at version ${resourceVersion}: ${sayNames(items.map(({ metadata }) => metadata.name))}`,
});
export const createMethod = method<CreateRequest, Resource>('api/create', {
  serviceUs: 60,
  requestBytes: ({ spec }) => ('data' in spec ? spec.data.length : OBJECT_BYTES),
  digestResponse: digestObject,
  describeRequest: ({ kind, name }) => `create ${kind} ${name}`,
  describeResponse: sayObject,
});
/** Reads one that stands in consensus. */
export const readRecordMethod = method<{ readonly kind: OutsideKind; readonly name: string }, OutsideContent>('api/read-record', {
  serviceUs: 40,
  responseBytes: ({ data }) => data.length,
  describeRequest: ({ kind, name }) => `read ${kind} ${name}`,
});
export const recordMethod = method<RecordRequest, { readonly resourceVersion: number }>('api/record', {
  serviceUs: 60,
  requestBytes: ({ spec }) => spec.data.length,
  describeRequest: ({ kind, name }) => `record ${kind} ${name}`,
});
export const updateMethod = method<UpdateRequest, Resource>('api/update', {
  serviceUs: 60,
  requestBytes: () => OBJECT_BYTES,
  digestResponse: digestObject,
  describeRequest: ({ kind, name, resourceVersion, metadata }) =>
    `update ${kind} ${name}${sayVersion(resourceVersion)}${metadata?.finalizers === undefined ? '' : `, finalizers: ${sayNames(metadata.finalizers)}`}`,
  describeResponse: sayObject,
});
export const statusMethod = method<StatusRequest, Resource>('api/status', {
  serviceUs: 60,
  requestBytes: () => OBJECT_BYTES,
  digestResponse: digestObject,
  describeRequest: ({ kind, name, resourceVersion }) => `update the status of ${kind} ${name}${sayVersion(resourceVersion)}`,
  describeResponse: sayObject,
});
/** Lease renewals and takeovers: an update of their own kind, so that a fault can single them out. */
export const leaseMethod = method<UpdateRequest, Resource>('api/lease', {
  serviceUs: 60,
  digestResponse: digestObject,
  describeRequest: ({ name, resourceVersion }) => `claim Lease ${name}${sayVersion(resourceVersion)}`,
  describeResponse: sayObject,
});
export const deleteMethod = method<DeleteRequest, DeleteResponse>('api/delete', {
  serviceUs: 60,
  describeRequest: ({ kind, name, uid, resourceVersion }) =>
    `delete ${kind} ${name}${uid === '' ? '' : ` of uid ${uid}`}${sayVersion(resourceVersion)}`,
  describeResponse: ({ resourceVersion, gone }) =>
    `answered: ${gone ? 'gone' : 'marked as deleted'} at version ${resourceVersion}`,
});
/** A stream of {@link ResourceEvent}. */
export const watchResourcesMethod = method<WatchResourcesRequest, ResourceEvent>('api/watch', {
  serviceUs: 40,
  responseBytes: (event) => (event.type === 'bookmark' ? 16 : OBJECT_BYTES),
  digestResponse: digestResourceEvent,
  describeRequest: ({ kind, resourceVersion }) => `watch ${kind} from ${resourceVersion}`,
  describeResponse: (event) =>
    event.type === 'bookmark'
      ? `bookmark ${event.resourceVersion}`
      : `${event.type} ${event.object.kind} ${event.object.metadata.name} at version ${event.resourceVersion}`,
});

// ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function sayObject({ kind, metadata }: Resource): string {
  return `answered: ${kind} ${metadata.name} at version ${metadata.resourceVersion}`;
}

function sayVersion(resourceVersion: number): string {
  return resourceVersion === 0 ? '' : ` at version ${resourceVersion}`;
}

function sayFreshness({ consistency, resourceVersion = 0 }: Pick<ListRequest, 'consistency' | 'resourceVersion'>): string {
  switch (consistency) {
    case 'any':
      return ', however old';
    case 'not-older':
      return `, not older than version ${resourceVersion}`;
    case 'exact':
      return `, as it was at version ${resourceVersion}`;
    default:
      return '';
  }
}

/** Of more, a line says how many there are: it is about none of them. */
const NAMES_SHOWN = 4;

function sayNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return names.length > NAMES_SHOWN ? `${names.length} names` : names.join(', ');
}
