/** What surrounds the state machine: its options, its snapshots, who listens to it and what people see of it. */
import type { StoreChanges } from './changes.ts';
import type { LeaseRecord } from './lease-table.ts';
import type { MvccSnapshot } from './mvcc.ts';
import type { StoreCompat } from './profile.ts';
import type { KeyValue, MemberAlarm, StoreEvent } from './requests.ts';
import type { SessionRecord } from './sessions.ts';

export interface StoreMachineOptions {
  readonly defects?: ReadonlySet<string>;
  /** The version of etcd to be like; 3.6 when absent. */
  readonly compat?: StoreCompat;
  /** Shortest TTL granted; the same on all members. etcd: 1.5 × the election timeout, rounded up to a second. */
  readonly minLeaseTtlUs?: number;
  /** Who keeps what changes; nobody when absent. */
  readonly changes?: StoreChanges;
}

/** The whole state as an immutable value; `sizeBytes` is what sending or writing it costs. */
export interface StoreSnapshot extends MvccSnapshot {
  /** Index of the last command in it. */
  readonly index: number;
  readonly leases: readonly LeaseRecord[];
  readonly alarms: readonly MemberAlarm[];
  /** In the order of their last use. */
  readonly sessions: readonly SessionRecord[];
  readonly sizeBytes: number;
}

/** Who is told of changes, at once and in the same step, as etcd notifies its watchers at the end of a txn. */
export interface StoreListener {
  /** The changes of `revision` are `log[start]` to the log's end; the log must not be kept. */
  committed(revision: number, log: readonly StoreEvent[], start: number): void;
  /** All state was replaced by a snapshot's. */
  restored(): void;
}

/** What the hash of a store at a revision is comparable by: equal revision and equal compactRevision. */
export interface StoreHash {
  readonly kind: 'hash';
  readonly revision: number;
  readonly compactRevision: number;
  readonly hash: number;
}

export interface StoreInspection {
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly sizeBytes: number;
  readonly keyCount: number;
  /** Changes still in the log that watches read from. */
  readonly changesKept: number;
  readonly keys: readonly KeyValue[];
  readonly leases: readonly (LeaseRecord & { readonly keys: readonly string[] })[];
}
