/** What the store answers and tells of: plain values shaped after etcd's v3 `rpc.proto` and `kv.proto`. */
import type { StoreError } from './errors.ts';
import type { MemberAlarm } from './requests.ts';

/** A key at one revision. The value of an immutable record: the store shares it with readers and never changes it. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Revision of the put that began the current generation of the key. */
  readonly createRevision: number;
  readonly modRevision: number;
  /** Puts in this generation, from 1; a delete ends the generation. */
  readonly version: number;
  /** Lease the key hangs on; 0 for none. */
  readonly lease: number;
}

/** One change of one key. A delete carries the key and its revision only: value '', the other numbers 0, as in etcd. */
export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly kv: KeyValue;
  /** The pair as it was before the revision, for watches that asked for it; null when there was none, or it is compacted. */
  readonly prevKv: KeyValue | null;
}

/** In every response `revision` is the store's revision when it was answered, not the one asked for (etcd's header). */
export interface RangeResponse {
  readonly kind: 'range';
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** Whether the limit cut keys off. */
  readonly more: boolean;
  /** Keys in the range, limit or not. */
  readonly count: number;
}

export interface PutResponse {
  readonly kind: 'put';
  readonly revision: number;
  readonly prevKv: KeyValue | null;
}

export interface DeleteRangeResponse {
  readonly kind: 'deleteRange';
  readonly revision: number;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

/** What a part of a txn is answered; a part that is a txn itself carries revision 0, as etcd's empty header. */
export type TxnOperationResponse = RangeResponse | PutResponse | DeleteRangeResponse | TxnResponse;

export interface TxnResponse {
  readonly kind: 'txn';
  readonly revision: number;
  readonly succeeded: boolean;
  readonly responses: readonly TxnOperationResponse[];
}

export interface CompactResponse {
  readonly kind: 'compact';
  readonly revision: number;
}

export interface LeaseGrantResponse {
  readonly kind: 'leaseGrant';
  readonly revision: number;
  readonly id: number;
  /** The TTL granted: at least the store's minimum. */
  readonly ttlUs: number;
}

export interface LeaseRevokeResponse {
  readonly kind: 'leaseRevoke';
  readonly revision: number;
}

export interface LeaseCheckpointResponse {
  readonly kind: 'leaseCheckpoint';
  readonly revision: number;
}

/** What is left of a lease; `ttlUs` −1 when there is none of that id. */
export interface LeaseTimeToLiveResponse {
  readonly kind: 'leaseTimeToLive';
  readonly revision: number;
  readonly id: number;
  readonly ttlUs: number;
  readonly grantedTtlUs: number;
  /** The keys on it in order, when they were asked for. */
  readonly keys: readonly string[];
}

export interface LeaseLeasesResponse {
  readonly kind: 'leaseLeases';
  readonly revision: number;
  /** As the primary has them, those that expire first stand first. */
  readonly ids: readonly number[];
}

export interface AlarmResponse {
  readonly kind: 'alarm';
  readonly revision: number;
  readonly alarms: readonly MemberAlarm[];
}

export interface RegisterClientResponse {
  readonly kind: 'registerClient';
  readonly revision: number;
  readonly client: number;
}

export type StoreResponse =
  | RangeResponse
  | PutResponse
  | DeleteRangeResponse
  | TxnResponse
  | CompactResponse
  | LeaseGrantResponse
  | LeaseRevokeResponse
  | LeaseCheckpointResponse
  | AlarmResponse
  | RegisterClientResponse
  | StoreError;
