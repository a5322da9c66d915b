/** The replicated state machine: etcd's v3 store as a pure function of the commands applied to it. No time, chance or I/O. */
import { Alarms } from './alarms.ts';
import { noChanges, type StoreChanges } from './changes.ts';
import { storeErrors, type StoreError } from './errors.ts';
import { leaseRecordBytes, LeaseTable, type LeaseRecord } from './lease-table.ts';
import type { StoreHash, StoreInspection, StoreListener, StoreMachineOptions, StoreSnapshot } from './machine-types.ts';
import { Mvcc } from './mvcc.ts';
import { storeProfile } from './profile.ts';
import { growthBytes } from './quota.ts';
import {
  isReadOnly,
  range,
  type AlarmRequest,
  type Command,
  type CommandSession,
  type CompactRequest,
  type DeleteRangeRequest,
  type KeyValue,
  type LeaseCheckpointRequest,
  type LeaseGrantRequest,
  type LeaseRevokeRequest,
  type PutRequest,
  type RangeRequest,
  type RangeResponse,
  type RegisterClientRequest,
  type StoreEvent,
  type StoreResponse,
  type TxnRequest,
  type TxnResponse,
} from './requests.ts';
import { SessionTable, type SessionChange } from './sessions.ts';
import { hashLeases } from './state-hash.ts';
import { Transactions } from './transactions.ts';

/** etcd's `MaxLeaseTTL`, 9,000,000,000 s: one more would not be a safe integer of microseconds. */
const maxLeaseTtlUs = 9_000_000_000_000_000;

export class StoreMachine {
  private readonly snapshotForgetsLeases: boolean;
  private readonly snapshotForgetsSessions: boolean;
  private readonly minLeaseTtlUs: number;
  private readonly mvcc: Mvcc;
  private readonly transactions: Transactions;
  private readonly changes: StoreChanges;
  private listener: StoreListener | null = null;

  /** The lease table; only the machine changes it. */
  readonly leases: LeaseTable;
  /** The alarms that stand; only the machine changes them. */
  readonly alarms = new Alarms();
  /** Sessions of clients, where a design has them; only the machine changes them. */
  readonly sessions: SessionTable;
  /** The last command had no effect, because its session has had it before, or is over. */
  refrained = false;
  /** Index of the last command applied or restored; 0 before any. */
  appliedIndex = 0;

  constructor(options: StoreMachineOptions = {}) {
    const defects: ReadonlySet<string> = options.defects ?? new Set();
    this.snapshotForgetsLeases = defects.has('snapshot-forgets-leases');
    this.snapshotForgetsSessions = defects.has('snapshot-forgets-sessions');
    this.sessions = new SessionTable(defects);
    this.minLeaseTtlUs = options.minLeaseTtlUs ?? 0;
    this.changes = options.changes ?? noChanges;
    const profile = storeProfile(options.compat);
    this.leases = new LeaseTable(this.snapshotForgetsLeases || defects.has('negative-leases-not-recovered'));
    this.mvcc = new Mvcc(profile, defects, this.changes);
    this.transactions = new Transactions(this.mvcc, this.leases, profile, defects);
  }

  get revision(): number {
    return this.mvcc.revision;
  }

  get compactRevision(): number {
    return this.mvcc.compactRevision;
  }

  /** Bytes a snapshot taken now would have. */
  get sizeBytes(): number {
    return this.mvcc.sizeBytes + this.leases.size * leaseRecordBytes + this.sessions.sizeBytes;
  }

  /** A compaction drops a delete made exactly at its revision. */
  get dropsTombstone(): boolean {
    return this.mvcc.dropsTombstone;
  }

  /** The kept changes with a revision ≥ compactRevision, in order; replaced by a compaction or a restore. */
  get log(): readonly StoreEvent[] {
    return this.mvcc.log;
  }

  /** Position in {@link log} of the first change at or after a revision. */
  logPosition(revision: number): number {
    return this.mvcc.logPosition(revision);
  }

  /** The pair as it was before an event; null when there was none, when it is compacted, or when the event created the key. */
  previous({ type, kv }: StoreEvent): KeyValue | null {
    if (type === 'put' && kv.createRevision === kv.modRevision) return null;
    return this.mvcc.before(kv.key, kv.modRevision);
  }

  /** Names the one listener (a WatchHub); the state machine works without any. */
  listen(listener: StoreListener): void {
    if (this.listener !== null) throw new Error('store: the machine has a listener already');
    this.listener = listener;
  }

  /**
   * Applies a committed command that passed `validateRequest` when it was proposed.
   * `index` is its place in the replicated log; there is no protection against applying one twice, as in etcd, where the
   * host's consistent index gives it. `isOrigin` says whether this member took the request from the client: a healthy
   * machine ignores it.
   */
  apply(index: number, command: Command, isOrigin = true): StoreResponse {
    this.appliedIndex = index;
    const { request, session } = command;
    this.refrained = false;
    if (session !== undefined && session !== null) return this.applyOnce(request, session, isOrigin);
    return this.carryOut(request, isOrigin);
  }

  private carryOut(request: Command['request'], isOrigin: boolean): StoreResponse {
    if (this.alarms.isCorrupt || this.alarms.outOfSpace) {
      const refused = this.refusedByAlarm(request);
      if (refused !== null) return refused;
    }
    switch (request.kind) {
      case 'put':
        return this.applyPut(request);
      case 'deleteRange':
        return this.applyDeleteRange(request);
      case 'txn':
        return this.applyTxn(request, isOrigin);
      case 'compact':
        return this.applyCompact(request);
      case 'leaseGrant':
        return this.applyLeaseGrant(request);
      case 'leaseRevoke':
        return this.applyLeaseRevoke(request);
      case 'leaseCheckpoint':
        return this.applyLeaseCheckpoint(request);
      case 'alarm':
        return this.applyAlarm(request);
      case 'registerClient':
        return this.applyRegisterClient(request);
    }
  }

  /** A repetition is answered as the first time, and one that cannot be told from a repetition is refused. */
  private applyOnce(request: Command['request'], session: CommandSession, isOrigin: boolean): StoreResponse {
    const known = this.sessions.answer(session);
    if (known !== null) {
      this.refrained = true;
      this.changeSessions({ type: 'used', client: session.client });
      return known;
    }
    const response = this.carryOut(request, isOrigin);
    this.changeSessions({ type: 'answered', session, response });
    return response;
  }

  /** What alarms keep out (etcd `applierV3Corrupt`, `applierV3Capped`). */
  private refusedByAlarm(request: Command['request']): StoreError | null {
    if (request.kind === 'alarm' || request.kind === 'leaseCheckpoint' || request.kind === 'registerClient') return null;
    if (this.alarms.isCorrupt) return storeErrors.ErrCorrupt;
    return growthBytes(request) > 0 ? storeErrors.ErrNoSpace : null;
  }

  /** Reads the applied state, or an older revision that is not compacted. Changes nothing. */
  range(request: RangeRequest): RangeResponse | StoreError {
    return this.mvcc.range(request);
  }

  /** Answers a txn that cannot write. Changes nothing. */
  readTxn(request: TxnRequest): TxnResponse | StoreError {
    if (!isReadOnly(request)) throw new Error('store: a txn that may write must be applied');
    return this.transactions.run(request, true);
  }

  private applyPut(request: PutRequest): StoreResponse {
    const response = this.transactions.putAlone(request);
    this.commit();
    return response;
  }

  private applyDeleteRange(request: DeleteRangeRequest): StoreResponse {
    const response = this.transactions.deleteRange(request);
    this.commit();
    return response;
  }

  private applyTxn(request: TxnRequest, isOrigin: boolean): TxnResponse | StoreError {
    const response = this.transactions.run(request, isOrigin);
    this.commit();
    return response;
  }

  private applyCompact(request: CompactRequest): StoreResponse {
    return this.mvcc.compact(request.revision) ?? { kind: 'compact', revision: this.revision };
  }

  private applyLeaseGrant({ id, ttlUs }: LeaseGrantRequest): StoreResponse {
    if (id === 0) return storeErrors.ErrLeaseNotFound;
    if (ttlUs > maxLeaseTtlUs) return storeErrors.ErrLeaseTTLTooLarge;
    if (this.leases.has(id)) return storeErrors.ErrLeaseExists;
    const granted = Math.max(ttlUs, this.minLeaseTtlUs);
    this.leases.grant(id, granted);
    this.changes.leaseKept({ id, ttlUs: granted, remainingTtlUs: 0 });
    return { kind: 'leaseGrant', revision: this.revision, id, ttlUs: granted };
  }

  /** The attached keys go in key order and in one revision, together with the lease. */
  private applyLeaseRevoke({ id }: LeaseRevokeRequest): StoreResponse {
    if (!this.leases.has(id)) return storeErrors.ErrLeaseNotFound;
    for (const key of this.leases.sortedKeys(id)) {
      if (this.mvcc.get(key) !== null) this.mvcc.delete(key);
    }
    this.leases.remove(id);
    this.changes.leaseGone(id);
    this.commit();
    return { kind: 'leaseRevoke', revision: this.revision };
  }

  private applyLeaseCheckpoint(request: LeaseCheckpointRequest): StoreResponse {
    for (const { id, remainingTtlUs } of request.checkpoints) {
      this.leases.checkpoint(id, remainingTtlUs);
      const lease = this.leases.get(id);
      if (lease !== undefined) this.changes.leaseKept({ id, ttlUs: lease.ttlUs, remainingTtlUs });
    }
    return { kind: 'leaseCheckpoint', revision: this.revision };
  }

  /** Raises or takes back alarms; answers with those concerned, or with all that stand (etcd `alarmStore`). */
  private applyAlarm(request: AlarmRequest): StoreResponse {
    const alarms = this.alarms.apply(request);
    if (request.action !== 'get') this.changes.alarmsKept(this.alarms.records());
    return { kind: 'alarm', revision: this.revision, alarms };
  }

  /** The index of the entry is an id that no other session ever has. */
  private applyRegisterClient({ sessionsMax }: RegisterClientRequest): StoreResponse {
    const client = this.appliedIndex;
    this.changeSessions({ type: 'registered', client, sessionsMax });
    return { kind: 'registerClient', revision: this.revision, client };
  }

  private changeSessions(change: SessionChange): void {
    this.sessions.apply(change);
    this.changes.sessionChanged(change);
  }

  private commit(): void {
    const start = this.mvcc.commit();
    if (this.listener !== null && start < this.mvcc.log.length) {
      this.listener.committed(this.mvcc.revision, this.mvcc.log, start);
    }
  }

  /** The state as a value that later commands do not touch. Costs a pass over keys and log. */
  snapshot(): StoreSnapshot {
    const { revision, compactRevision, base, log } = this.mvcc.snapshot();
    const leases = this.leases.records();
    const alarms = this.alarms.records();
    const sessions = this.sessions.records();
    return {
      index: this.appliedIndex,
      revision,
      compactRevision,
      base,
      log,
      leases,
      alarms,
      sessions,
      sizeBytes: this.sizeBytes,
    };
  }

  /** Takes the place of all state; the snapshot itself stays untouched. */
  restore(snapshot: StoreSnapshot): void {
    this.appliedIndex = snapshot.index;
    this.mvcc.restore(snapshot);
    if (!this.snapshotForgetsLeases) this.restoreLeases(snapshot.leases);
    this.alarms.restore(snapshot.alarms);
    this.sessions.restore(this.snapshotForgetsSessions ? [] : snapshot.sessions);
    this.listener?.restored();
  }

  private restoreLeases(records: readonly LeaseRecord[]): void {
    this.leases.clear();
    for (const { id, ttlUs, remainingTtlUs } of records) this.leases.grant(id, ttlUs, remainingTtlUs);
    for (const { key, live } of this.mvcc.index.all) {
      if (live !== null && live.lease !== 0) this.leases.attach(live.lease, key);
    }
  }

  /** Hash of keys and leases now: members at the same applied index must have the same. */
  get stateHash(): number {
    return (this.mvcc.stateHash + this.leases.stateHash) | 0;
  }

  /** Hash of the keys as known at a revision (0: the current one), etcd's HashKV. */
  hash(revision = 0): StoreHash | StoreError {
    const at = revision <= 0 ? this.revision : revision;
    if (at > this.revision) return storeErrors.ErrFutureRev;
    if (at < this.compactRevision) return storeErrors.ErrCompacted;
    return { kind: 'hash', revision: at, compactRevision: this.compactRevision, hash: this.mvcc.hashAt(at) };
  }

  /** Hash of the lease table now: members at the same applied index must have the same. */
  leaseHash(): string {
    return hashLeases(this.leases);
  }

  /** A plain view for people: never taken on the hot path. `keysMax` bounds the listing, not the counts. */
  inspect(keysMax = 100): StoreInspection {
    const listing = this.range(range('\0', { rangeEnd: '\0', limit: keysMax }));
    const { kvs, count } = listing.kind === 'range' ? listing : { kvs: [], count: 0 };
    const leases = [...this.leases.all()].map(({ id, ttlUs, remainingTtlUs, keys }) => {
      return { id, ttlUs, remainingTtlUs, keys: [...keys] };
    });
    const { appliedIndex, revision, compactRevision, sizeBytes } = this;
    return {
      appliedIndex,
      revision,
      compactRevision,
      sizeBytes,
      keyCount: count,
      changesKept: this.log.length,
      keys: kvs,
      leases,
    };
  }
}
