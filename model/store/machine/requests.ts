/**
 * What a client may ask of the store: plain values shaped after etcd's v3 `rpc.proto`.
 * Keys and values are byte strings; revisions, versions and lease ids are integers; 0 is "none", as in etcd.
 */
export type * from './responses.ts';

export type SortOrder = 'none' | 'ascend' | 'descend';
export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

/** Reads `key`, or `[key, rangeEnd)`, or with `rangeEnd` `\0` every key ≥ `key`. */
export interface RangeRequest {
  readonly kind: 'range';
  readonly key: string;
  readonly rangeEnd: string;
  /** ≤ 0 reads the current revision. */
  readonly revision: number;
  /** 0 is no limit. */
  readonly limit: number;
  /** With a target other than the key, `none` sorts ascending all the same, but after the limit has cut (etcd's quirk). */
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  /** Bounds on the revisions of the pairs shown, 0 for none. The count does not know them. */
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  /** For the host: answer from the local applied state, without a ReadIndex round. */
  readonly serializable: boolean;
}

export interface PutRequest {
  readonly kind: 'put';
  readonly key: string;
  readonly value: string;
  /** 0 takes the key off its lease. */
  readonly lease: number;
  /** Answer with the pair as it was before. */
  readonly prevKv: boolean;
  /** Keep the value the key has. The key must exist, and no value be given. */
  readonly ignoreValue: boolean;
  /** Keep the lease the key has. The key must exist, and no lease be given. */
  readonly ignoreLease: boolean;
}

export interface DeleteRangeRequest {
  readonly kind: 'deleteRange';
  readonly key: string;
  readonly rangeEnd: string;
  /** Answer with the pairs that were deleted, in key order. */
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

/** What a branch of a txn may hold: another txn too, whose comparisons are made on the state before the outermost one. */
export type TxnOperation = RangeRequest | PutRequest | DeleteRangeRequest | TxnRequest;

export interface TxnRequest {
  readonly kind: 'txn';
  readonly compare: readonly Compare[];
  readonly success: readonly TxnOperation[];
  readonly failure: readonly TxnOperation[];
}

export interface CompactRequest {
  readonly kind: 'compact';
  readonly revision: number;
  /** For the host: answer when the forgotten changes are gone from disk, not as soon as nobody can read them. */
  readonly physical: boolean;
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

/** What is left of a lease; 0 takes an earlier note back. */
export interface LeaseCheckpoint {
  readonly id: number;
  readonly remainingTtlUs: number;
}

/** The primary lessor's note of how much of each lease is left, so that a new primary need not start from the full TTL. */
export interface LeaseCheckpointRequest {
  readonly kind: 'leaseCheckpoint';
  readonly checkpoints: readonly LeaseCheckpoint[];
}

export type AlarmKind = 'nospace' | 'corrupt';

/** An alarm that a member has raised. While `nospace` stands, whatever would make the store grow is refused. */
export interface MemberAlarm {
  readonly member: number;
  readonly alarm: AlarmKind;
}

/** Raises or takes back a member's alarm; `get` lists them. Alarm `none` means any, and so does member 0. */
export interface AlarmRequest {
  readonly kind: 'alarm';
  readonly action: 'get' | 'activate' | 'deactivate';
  readonly member: number;
  readonly alarm: AlarmKind | 'none';
}

/** Begins a session of a client (dissertation §6.3; not of etcd), whose id is the index of this entry. */
export interface RegisterClientRequest {
  readonly kind: 'registerClient';
  /** Sessions that may stand: filled in by the member that takes the request, so that all keep and end the same ones. */
  readonly sessionsMax: number;
}

/** Names a command of a session, in all its repetitions. */
export interface CommandSession {
  readonly client: number;
  /** From 1, in the order in which the client began. */
  readonly sequence: number;
  /** The client asks for none of its commands below this again. */
  readonly answeredBelow: number;
}

/** What goes through the replicated log. A read-only txn does not: see {@link isReadOnly}. */
export type MutatingRequest =
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | CompactRequest
  | LeaseGrantRequest
  | LeaseRevokeRequest
  | LeaseCheckpointRequest
  | AlarmRequest;

export type StoreRequest = MutatingRequest | RangeRequest;

/** Asks the primary what is left of a lease, and with `keys` what hangs on it. */
export interface LeaseTimeToLiveRequest {
  readonly kind: 'leaseTimeToLive';
  readonly id: number;
  readonly keys: boolean;
}

/** Asks a member which leases it knows. */
export interface LeaseLeasesRequest {
  readonly kind: 'leaseLeases';
}

/** An entry of the replicated log. The request id is for tracing alone: etcd has no deduplication, and sessions do without it. */
export interface Command {
  readonly requestId: string;
  readonly request: MutatingRequest | RegisterClientRequest;
  /** Absent or null: carried out whenever it is applied, as in etcd. */
  readonly session?: CommandSession | null;
}

/** A range request with etcd's defaults for what is left out. */
export function range(key: string, options: Partial<Omit<RangeRequest, 'kind' | 'key'>> = {}): RangeRequest {
  return {
    kind: 'range',
    key,
    rangeEnd: options.rangeEnd ?? '',
    revision: options.revision ?? 0,
    limit: options.limit ?? 0,
    sortOrder: options.sortOrder ?? 'none',
    sortTarget: options.sortTarget ?? 'key',
    minModRevision: options.minModRevision ?? 0,
    maxModRevision: options.maxModRevision ?? 0,
    minCreateRevision: options.minCreateRevision ?? 0,
    maxCreateRevision: options.maxCreateRevision ?? 0,
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

/** A compaction of all that reads below `revision` alone would need. */
export function compact(revision: number, physical = false): CompactRequest {
  return { kind: 'compact', revision, physical };
}

/** A lease of at least the store's minimum TTL. */
export function leaseGrant(id: number, ttlUs: number): LeaseGrantRequest {
  return { kind: 'leaseGrant', id, ttlUs };
}

/** The end of a lease and of the keys on it. */
export function leaseRevoke(id: number): LeaseRevokeRequest {
  return { kind: 'leaseRevoke', id };
}

/**
 * Whether both branches hold nothing but ranges: such a txn is answered as a read and never proposed (etcd's `IsTxnReadonly`,
 * which does not look into nested txns).
 */
export function isReadOnly(request: TxnRequest): boolean {
  return request.success.every(({ kind }) => kind === 'range') && request.failure.every(({ kind }) => kind === 'range');
}

/** Whether every range in it may be answered from the past, as the whole txn then may (etcd's `IsTxnSerializable`). */
export function isSerializable(request: TxnRequest): boolean {
  return request.success.every(serializes) && request.failure.every(serializes);
}

function serializes(operation: TxnOperation): boolean {
  return operation.kind === 'range' && operation.serializable;
}
