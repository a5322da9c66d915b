/** What the store's members serve: the calls of etcd's KV, Lease and Watch services. */
import { method } from '../../sim/index.ts';
import type {
  CompactRequest,
  CompactResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  StoreEvent,
  TxnRequest,
  TxnResponse,
} from './requests.ts';

export interface KeepAliveRequest {
  readonly id: number;
}

/** `ttlUs` 0: the lease is gone (etcd answers so instead of with an error). */
export interface KeepAliveResponse {
  readonly id: number;
  readonly ttlUs: number;
}

export interface WatchRequest {
  readonly key: string;
  readonly rangeEnd: string;
  /** First revision wanted; 0 for the next one. */
  readonly startRevision: number;
}

/** Events of whole revisions, in order; or a note that all up to `revision` were sent; or the end. */
export type WatchItem =
  | { readonly type: 'events'; readonly revision: number; readonly events: readonly StoreEvent[] }
  | { readonly type: 'progress'; readonly revision: number }
  | { readonly type: 'compacted'; readonly compactRevision: number };

const valueBytes = (kvs: readonly { readonly key: string; readonly value: string }[]): number =>
  kvs.reduce((sum, { key, value }) => sum + key.length + value.length + 40, 0);

export const rangeMethod = method<RangeRequest, RangeResponse>('store/range', {
  serviceUs: 20,
  responseBytes: ({ kvs }) => valueBytes(kvs),
  describeRequest: ({ key, rangeEnd }) => `range ${key}${rangeEnd === '' ? '' : ' …'}`,
});
export const putMethod = method<PutRequest, PutResponse>('store/put', {
  serviceUs: 30,
  requestBytes: ({ key, value }) => key.length + value.length,
  describeRequest: ({ key }) => `put ${key}`,
});
export const deleteMethod = method<DeleteRangeRequest, DeleteRangeResponse>('store/delete', {
  serviceUs: 30,
  describeRequest: ({ key }) => `delete ${key}`,
});
export const txnMethod = method<TxnRequest, TxnResponse>('store/txn', {
  serviceUs: 40,
  requestBytes: ({ success, failure }) =>
    [...success, ...failure].reduce((sum, operation) => sum + operation.key.length + (operation.kind === 'put' ? operation.value.length : 16), 64),
  describeRequest: ({ success }) => `txn: ${success.map(({ kind, key }) => `${kind} ${key}`).join(', ')}`,
});
export const compactMethod = method<CompactRequest, CompactResponse>('store/compact', {
  describeRequest: ({ revision }) => `compact to ${revision}`,
});
export const leaseGrantMethod = method<LeaseGrantRequest, LeaseGrantResponse>('store/lease-grant');
export const leaseRevokeMethod = method<LeaseRevokeRequest, LeaseRevokeResponse>('store/lease-revoke');
export const keepAliveMethod = method<KeepAliveRequest, KeepAliveResponse>('store/keep-alive');
/** A stream: each item is one {@link WatchItem}. */
export const watchMethod = method<WatchRequest, WatchItem>('store/watch', {
  responseBytes: (item) => (item.type === 'events' ? valueBytes(item.events.map(({ kv }) => kv)) : 16),
  describeRequest: ({ key, startRevision }) => `watch ${key} from ${startRevision}`,
  describeResponse: (item) =>
    item.type === 'events' ? `watch: ${item.events.length} events to revision ${item.revision}` : `watch: ${item.type}`,
});
