/** What the store's members serve: the calls of etcd's KV, Lease and Watch services. */
import { boundary, method } from '../../../sim/index.ts';
import type { MemberId } from '../../raft/core/configuration.ts';
import { digestRange, digestRangeResponse, digestTxnResponse, digestWatchItem } from './digests.ts';
import type {
  AlarmRequest,
  AlarmResponse,
  Command,
  CommandSession,
  Compare,
  CompactRequest,
  CompactResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  MutatingRequest,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RegisterClientRequest,
  RegisterClientResponse,
  StoreEvent,
  TxnOperation,
  TxnOperationResponse,
  TxnRequest,
  TxnResponse,
} from '../machine/requests.ts';
import type { WatchRequest, WatchStreamRequest } from '../watch/watch-requests.ts';
import type { WatchResponse } from '../watch/watch-stream.ts';

/** A request that goes through the replicated log, with the id that traces it there. No two requests of a run may share one. */
export interface Mutation<Request> {
  readonly id: string;
  readonly request: Request;
  /** Where it may be repeated, with the same id: absent where a design has no sessions. */
  readonly session?: CommandSession;
}

export interface KeepAliveRequest {
  readonly id: number;
}

/** `ttlUs` 0: the lease is gone (etcd answers so instead of with an error). */
export interface KeepAliveResponse {
  readonly revision: number;
  readonly id: number;
  readonly ttlUs: number;
}

/** What the server has made of a watch request; all items of one watch share it. */
export interface WatchCreated {
  /** Unique in the run. */
  readonly id: string;
  readonly key: string;
  readonly rangeEnd: string;
  /** No matching change from this revision on will be left out. */
  readonly firstRevision: number;
  readonly prevKv: boolean;
  readonly noPut: boolean;
  readonly noDelete: boolean;
}

/**
 * First, that the watch was created, and at which revision of the store. Then events of whole revisions, in order, `revision`
 * being the last one's, unless `fragment` says that the item goes on in the next one; or a note that all up to `revision` were
 * sent. Or the end: what it still had to see is compacted away. A watch is resumed from `revision + 1`.
 */
export type WatchItem =
  | { readonly type: 'created'; readonly watch: WatchCreated; readonly revision: number }
  | {
      readonly type: 'events';
      readonly watch: WatchCreated;
      readonly revision: number;
      readonly events: readonly StoreEvent[];
      readonly fragment: boolean;
    }
  | { readonly type: 'progress'; readonly watch: WatchCreated; readonly revision: number }
  | { readonly type: 'compacted'; readonly watch: WatchCreated; readonly compactRevision: number };

/**
 * Asks on the connection of a watch how far it has come. The answer comes among its items, or
 * not at all (etcd's progress request).
 */
export interface WatchProgressRequest {
  /** {@link WatchCreated.id} */
  readonly watch: string;
}

export interface PeerHashRequest {
  readonly revision: number;
}

export interface PeerHashResponse {
  /** Who answers, as etcd's header has it: a process may be another member than it was. */
  readonly member: MemberId;
  readonly currentRevision: number;
  readonly compactRevision: number;
  readonly hash: number;
}

const PAIR_BYTES = 40;

const valueBytes = (kvs: readonly { readonly key: string; readonly value: string }[]): number =>
  kvs.reduce((sum, { key, value }) => sum + key.length + value.length + PAIR_BYTES, 0);

function eventCount({ length }: readonly StoreEvent[]): string {
  return length === 1 ? '1 event' : `${length} events`;
}

function eventsBytes(events: readonly StoreEvent[]): number {
  let bytes = 0;
  for (let at = 0; at < events.length; at++) {
    const { kv, prevKv } = events[at]!;
    bytes += kv.key.length + kv.value.length + PAIR_BYTES;
    if (prevKv !== null) bytes += prevKv.key.length + prevKv.value.length + PAIR_BYTES;
  }
  return bytes;
}

function operationBytes(operation: TxnOperation): number {
  if (operation.kind === 'txn') return txnBytes(operation);
  return operation.key.length + PAIR_BYTES + (operation.kind === 'put' ? operation.value.length : operation.rangeEnd.length);
}

function txnBytes(request: TxnRequest): number {
  let bytes = request.compare.length * PAIR_BYTES;
  for (const operation of request.success) bytes += operationBytes(operation);
  for (const operation of request.failure) bytes += operationBytes(operation);
  return bytes;
}

/** Size of a mutating request on the wire, in the log and on disk. */
export function mutationBytes(request: Command['request']): number {
  switch (request.kind) {
    case 'put':
    case 'deleteRange':
      return operationBytes(request);
    case 'txn':
      return txnBytes(request);
    case 'leaseCheckpoint':
      return request.checkpoints.length * 16;
    default:
      return 16;
  }
}

function txnResponseBytes({ responses }: TxnResponse): number {
  return responses.reduce((sum, response) => sum + partBytes(response), 16);
}

function partBytes(response: TxnOperationResponse): number {
  if (response.kind === 'txn') return txnResponseBytes(response);
  return 16 + (response.kind === 'range' ? valueBytes(response.kvs) : 0);
}

function describeOperation(operation: TxnOperation): string {
  return operation.kind === 'txn' ? `a txn (${describeTxn(operation)})` : `${operation.kind} ${operation.key}`;
}

function describeTxn({ success, compare }: TxnRequest): string {
  return `${success.map(describeOperation).join(', ')}${compare.length === 0 ? '' : ` if ${compare.map(describeCompare).join(' and ')}`}`;
}

/** In the words of etcdctl's transactions. */
function describeCompare({ target, key, operator, operand }: Compare): string {
  return `${target} of ${key} ${operator} ${target === 'value' ? 'what was seen' : operand}`;
}

/** Of more, a line says how many there are: it is about none of them. */
const KEYS_SHOWN = 4;

function describePairs(kvs: readonly KeyValue[]): string {
  const [first] = kvs;
  if (first === undefined) return 'nothing there';
  if (kvs.length === 1) return `${first.key} of revision ${first.modRevision}`;
  const folder = first.key.slice(0, first.key.lastIndexOf('/') + 1);
  const names = kvs.map(({ key }) => (key.startsWith(folder) ? key.slice(folder.length) : key));
  return `${folder}${folder === '' ? '' : ': '}${names.length > KEYS_SHOWN ? `${names.length} keys` : names.join(', ')}`;
}

const requestBytes = ({ request }: Mutation<MutatingRequest>): number => mutationBytes(request);

export const rangeMethod = method<RangeRequest, RangeResponse>('store/range', {
  serviceUs: 20,
  responseBytes: ({ kvs }) => valueBytes(kvs),
  digestRequest: digestRange,
  digestResponse: digestRangeResponse,
  describeRequest: ({ key, rangeEnd, revision, serializable }) =>
    `range ${key}${rangeEnd === '' ? '' : ' …'}${revision > 0 ? ` at revision ${revision}` : ''}${serializable ? ', as the member itself has it' : ''}`,
  describeResponse: ({ revision, kvs }) => `store/range: answered at revision ${revision}: ${describePairs(kvs)}`,
});
export const putMethod = method<Mutation<PutRequest>, PutResponse>('store/put', {
  serviceUs: 30,
  requestBytes,
  describeRequest: ({ request }) => `put ${request.key}`,
  describeResponse: ({ revision }) => `store/put: answered at revision ${revision}`,
});
export const deleteMethod = method<Mutation<DeleteRangeRequest>, DeleteRangeResponse>('store/delete', {
  serviceUs: 30,
  requestBytes,
  responseBytes: ({ prevKvs }) => 16 + valueBytes(prevKvs),
  describeRequest: ({ request }) => `delete ${request.key}${request.rangeEnd === '' ? '' : ' …'}`,
  describeResponse: ({ revision, deleted }) => `store/delete: answered at revision ${revision}: ${deleted} deleted`,
});
export const txnMethod = method<Mutation<TxnRequest>, TxnResponse>('store/txn', {
  serviceUs: 40,
  requestBytes,
  responseBytes: txnResponseBytes,
  digestResponse: digestTxnResponse,
  describeRequest: ({ request }) => `txn: ${describeTxn(request)}`,
  describeResponse: ({ revision, succeeded }) =>
    `store/txn: answered at revision ${revision}: ${succeeded ? 'done' : 'not as it was to be'}`,
});
export const compactMethod = method<Mutation<CompactRequest>, CompactResponse>('store/compact', {
  describeRequest: ({ request }) => `compact to revision ${request.revision}`,
});
export const alarmMethod = method<Mutation<AlarmRequest>, AlarmResponse>('store/alarm', {
  describeRequest: ({ request }) => `${request.action} alarm ${request.alarm} of member ${request.member}`,
});
/** A lease id of 0 lets the member choose one. */
export const leaseGrantMethod = method<Mutation<LeaseGrantRequest>, LeaseGrantResponse>('store/lease-grant', {
  describeRequest: ({ request }) => `grant lease ${request.id}`,
});
export const leaseRevokeMethod = method<Mutation<LeaseRevokeRequest>, LeaseRevokeResponse>('store/lease-revoke', {
  describeRequest: ({ request }) => `revoke lease ${request.id}`,
});
/** Begins a session for the client, where a design has sessions. */
export const registerClientMethod = method<Mutation<RegisterClientRequest>, RegisterClientResponse>('store/register-client', {
  describeRequest: () => 'register a client',
});
export const keepAliveMethod = method<KeepAliveRequest, KeepAliveResponse>('store/keep-alive', {
  describeRequest: ({ id }) => `keep lease ${id} alive`,
  describeResponse: ({ id, ttlUs }) => (ttlUs === 0 ? `lease ${id} is gone` : `lease ${id} lives on`),
});
/** Between members: a keepalive that came to one that does not lead (etcd's `/leases` handler). */
export const forwardedKeepAliveMethod = method<KeepAliveRequest, KeepAliveResponse>('store/forwarded-keep-alive', {
  describeRequest: ({ id }) => `keep lease ${id} alive (forwarded)`,
});
/** Between members: the hash of the keys at a revision (etcd's `PeerHashKV`). */
export const peerHashMethod = method<PeerHashRequest, PeerHashResponse>('store/peer-hash', {
  serviceUs: 50,
  describeRequest: ({ revision }) => `asks for the hash at revision ${revision}`,
});
export const leaseTimeToLiveMethod = method<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>('store/lease-time-to-live', {
  describeRequest: ({ id }) => `asks what is left of lease ${id}`,
});
/** Between members, as a keepalive. */
export const forwardedTimeToLiveMethod = method<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>('store/forwarded-time-to-live', {
  describeRequest: ({ id }) => `asks what is left of lease ${id} (forwarded)`,
});
export const leaseLeasesMethod = method<LeaseLeasesRequest, LeaseLeasesResponse>('store/leases', {
  describeRequest: () => 'asks which leases there are',
});
/** Says no more than that the question has come: it may be dropped like etcd's, when the watch is behind. */
export const watchProgressMethod = method<WatchProgressRequest, null>('store/watch-progress', {
  describeRequest: ({ watch }) => `asks how far watch ${watch} has come`,
});
/** A stream: each item is one {@link WatchItem}. */
export const watchMethod = method<WatchRequest, WatchItem>('store/watch', {
  responseBytes: (item) => (item.type === 'events' ? eventsBytes(item.events) : 16),
  digestResponse: digestWatchItem,
  describeRequest: ({ key, startRevision }) => `watch ${key} from ${startRevision}`,
  describeResponse: (item) =>
    `watch ${item.watch.key}: ${
      item.type === 'events' ? `${eventCount(item.events)} to` : `${item.type} at`
    } revision ${item.type === 'compacted' ? item.compactRevision : item.revision}`,
});
/** A stream of etcd's watch RPC, under a name of the client's: each item is one {@link WatchResponse}. */
export const watchStreamMethod = method<{ readonly stream: string }, WatchResponse>('store/watch-stream', {
  responseBytes: ({ events }) => 16 + eventsBytes(events),
  describeRequest: ({ stream }) => `opens watch stream ${stream}`,
  describeResponse: ({ watchId, events }) => `watch ${watchId}: ${eventCount(events)}`,
});
/** What is asked on it, over the same connection; what comes of it comes as items of the stream. */
export const watchStreamRequestMethod = method<{ readonly stream: string; readonly request: WatchStreamRequest }, null>(
  'store/watch-request',
  {
    describeRequest: ({ stream, request }) => `${request.type} on watch stream ${stream}`,
  },
);

/** A watch cannot be told its events, for its consumer has no room: they wait (etcd's victims). Crossed at every attempt. */
export const heldBackBoundary = boundary<WatchCreated>(
  'store/watch-held-back',
  ({ id }) => `the consumer of watch ${id} has no room`,
);
