// What a client may ask of the store and what it is answered: plain values shaped after etcd's v3 `rpc.proto`.
// Keys and values are byte strings; revisions, versions and lease ids are integers; 0 is "none", as in etcd.

import type { StoreError } from './errors.ts';

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
}

/** Reads `key`, or `[key, rangeEnd)`, or with `rangeEnd` `\0` every key ≥ `key`. */
export interface RangeRequest {
  readonly kind: 'range';
  readonly key: string;
  readonly rangeEnd: string;
  /** ≤ 0 reads the current revision. */
  readonly revision: number;
  /** 0 is no limit. */
  readonly limit: number;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  /** For the host: answer from the local applied state, without a ReadIndex round. */
  readonly serializable: boolean;
}

export interface PutRequest {
  readonly kind: 'put';
  readonly key: string;
  readonly value: string;
  readonly lease: number;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export interface DeleteRangeRequest {
  readonly kind: 'deleteRange';
  readonly key: string;
  readonly rangeEnd: string;
  readonly prevKv: boolean;
}

export type CompareOperator = '=' | '!=' | '<' | '>';

/** A missing key compares as 0, except that a comparison of its value is false whatever the operator. */
export type Compare =
  | {
      readonly target: 'version' | 'create' | 'mod' | 'lease';
      readonly key: string;
      /** With a range end the comparison must hold for every key of the range. */
      readonly rangeEnd: string;
      readonly operator: CompareOperator;
      readonly operand: number;
    }
  | {
      readonly target: 'value';
      readonly key: string;
      readonly rangeEnd: string;
      readonly operator: CompareOperator;
      readonly operand: string;
    };

/** What a branch of a txn may hold. */
export type TxnOperation = RangeRequest | PutRequest | DeleteRangeRequest;

export interface TxnRequest {
  readonly kind: 'txn';
  readonly compare: readonly Compare[];
  readonly success: readonly TxnOperation[];
  readonly failure: readonly TxnOperation[];
}

export interface CompactRequest {
  readonly kind: 'compact';
  readonly revision: number;
}

/** The id must be chosen before the request is replicated (etcd: by the member that takes it, when the client gave 0). */
export interface LeaseGrantRequest {
  readonly kind: 'leaseGrant';
  readonly id: number;
  readonly ttlUs: number;
}

export interface LeaseRevokeRequest {
  readonly kind: 'leaseRevoke';
  readonly id: number;
}

/** The primary lessor's note of how much of each lease is left, so that a new primary need not start from the full TTL. */
export interface LeaseCheckpointRequest {
  readonly kind: 'leaseCheckpoint';
  readonly checkpoints: readonly { readonly id: number; readonly remainingTtlUs: number }[];
}

/** What goes through the replicated log. A read-only txn does not: see {@link isReadOnly}. */
export type MutatingRequest =
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | CompactRequest
  | LeaseGrantRequest
  | LeaseRevokeRequest
  | LeaseCheckpointRequest;

export type StoreRequest = MutatingRequest | RangeRequest;

/** An entry of the replicated log. The request id is for tracing alone: etcd has no deduplication. */
export interface Command {
  readonly requestId: string;
  readonly request: MutatingRequest;
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

export type TxnOperationResponse = RangeResponse | PutResponse | DeleteRangeResponse;

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

export type StoreResponse =
  | RangeResponse
  | PutResponse
  | DeleteRangeResponse
  | TxnResponse
  | CompactResponse
  | LeaseGrantResponse
  | LeaseRevokeResponse
  | LeaseCheckpointResponse
  | StoreError;

/** A range request with etcd's defaults for what is left out. */
export function range(key: string, options: Partial<Omit<RangeRequest, 'kind' | 'key'>> = {}): RangeRequest {
  return {
    kind: 'range',
    key,
    rangeEnd: options.rangeEnd ?? '',
    revision: options.revision ?? 0,
    limit: options.limit ?? 0,
    keysOnly: options.keysOnly ?? false,
    countOnly: options.countOnly ?? false,
    serializable: options.serializable ?? false,
  };
}

/** A put request with etcd's defaults for what is left out. */
export function put(key: string, value: string, options: Partial<Omit<PutRequest, 'kind' | 'key' | 'value'>> = {}): PutRequest {
  return {
    kind: 'put',
    key,
    value,
    lease: options.lease ?? 0,
    prevKv: options.prevKv ?? false,
    ignoreValue: options.ignoreValue ?? false,
    ignoreLease: options.ignoreLease ?? false,
  };
}

/** A delete of one key, or of a range when `rangeEnd` is given. */
export function deleteRange(key: string, options: Partial<Omit<DeleteRangeRequest, 'kind' | 'key'>> = {}): DeleteRangeRequest {
  return { kind: 'deleteRange', key, rangeEnd: options.rangeEnd ?? '', prevKv: options.prevKv ?? false };
}

/** `If (compare) Then (success) Else (failure)`; no comparison holds at once. */
export function txn(
  compare: readonly Compare[],
  success: readonly TxnOperation[],
  failure: readonly TxnOperation[] = [],
): TxnRequest {
  return { kind: 'txn', compare, success, failure };
}

/** A comparison of one of a key's numbers; `compareNumber(key, 'create', '=', 0)` is "the key does not exist". */
export function compareNumber(
  key: string,
  target: 'version' | 'create' | 'mod' | 'lease',
  operator: CompareOperator,
  operand: number,
  rangeEnd = '',
): Compare {
  return { target, key, rangeEnd, operator, operand };
}

/** A comparison of a key's value, by code unit. */
export function compareValue(key: string, operator: CompareOperator, operand: string, rangeEnd = ''): Compare {
  return { target: 'value', key, rangeEnd, operator, operand };
}

/** Whether neither branch can write: such a txn is answered as a read and never proposed (etcd's `IsTxnReadonly`). */
export function isReadOnly(request: TxnRequest): boolean {
  return request.success.every((op) => op.kind === 'range') && request.failure.every((op) => op.kind === 'range');
}
