/** What stands in a member's backend file, and how its state is read back from it: the place of etcd's bbolt pages. */
import { Panic, type ReadRecord } from '../../../sim/index.ts';
import type { MachineRecord } from '../../raft/host/state-machine.ts';
import { KeyHistory } from '../machine/key-index.ts';
import { compareKeys } from '../machine/keys.ts';
import { leaseRecordBytes, type LeaseRecord } from '../machine/lease-table.ts';
import type { StoreSnapshot } from '../machine/machine-types.ts';
import { eventBytes, forgottenVersions } from '../machine/mvcc.ts';
import type { MemberAlarm, StoreEvent } from '../machine/requests.ts';
import { sessionChangeBytes, SessionTable, type SessionChange } from '../machine/sessions.ts';

/** All that a member keeps: what can be read, and what a compaction has not got round to deleting. Immutable. */
export interface BackendState extends StoreSnapshot {
  /** The last compaction that was carried out to its end (etcd `finishedCompactRev`); `compactRevision` is the last scheduled. */
  readonly finishedCompact: number;
  /** Compacted changes that still take space, oldest first. */
  readonly garbage: readonly StoreEvent[];
  /** What its file takes: the most that was in it at once since it was defragmented (bbolt uses free pages again, and keeps them). */
  readonly allocatedBytes: number;
}

/** How far a compaction has got in deleting: of what it makes superfluous, all changes up to revision `to`. */
export interface Deletion {
  readonly revision: number;
  readonly to: number;
}

/** `record` null: the lease is gone. */
export interface LeaseChange {
  readonly id: number;
  readonly record: LeaseRecord | null;
}

/** One commit: all of it survives a crash, or nothing. */
export interface BackendBatch extends MachineRecord {
  readonly type: 'batch';
  readonly term: number;
  readonly events: readonly StoreEvent[];
  readonly leases: readonly LeaseChange[];
  /** All that stand, where some were raised or taken back. */
  readonly alarms: readonly MemberAlarm[] | null;
  readonly sessions: readonly SessionChange[];
  readonly scheduledCompact: number;
  readonly finishedCompact: number;
  readonly deletion: Deletion | null;
  readonly allocatedBytes: number;
}

/** The whole state; what stood before it is void. Always the first record, where there is one. */
export interface BackendImage extends MachineRecord {
  readonly type: 'image';
  readonly term: number;
  readonly state: BackendState;
}

export type BackendRecord = BackendBatch | BackendImage;

const RECORD_HEADER_BYTES = 64;

export function batchBytes({ events, leases, sessions }: BackendBatch): number {
  let bytes = RECORD_HEADER_BYTES + leases.length * leaseRecordBytes + sessions.length * sessionChangeBytes;
  for (let at = 0; at < events.length; at++) bytes += eventBytes(events[at]!);
  return bytes;
}

export function imageBytes(state: BackendState): number {
  return RECORD_HEADER_BYTES + usedBytes(state);
}

/** What a file takes that holds the state and no free page. */
export function usedBytes({ sizeBytes, garbage }: Pick<BackendState, 'sizeBytes' | 'garbage'>): number {
  return sizeBytes + garbageBytes(garbage);
}

export function garbageBytes(garbage: readonly StoreEvent[]): number {
  let bytes = 0;
  for (let at = 0; at < garbage.length; at++) bytes += eventBytes(garbage[at]!);
  return bytes;
}

export function recordBytes(record: BackendRecord): number {
  return record.type === 'batch' ? batchBytes(record) : imageBytes(record.state);
}

export interface BackendRecovery {
  /** Null for a file that was never written. */
  readonly last: BackendRecord | null;
  readonly records: readonly BackendRecord[];
  /** Records that may stay in the file; behind them is a torn one. */
  readonly intactRecords: number;
}

/** A commit that a power loss has torn never was. Throws Panic when durable data is gone: this member must not go on. */
export function readBackend(read: readonly ReadRecord[]): BackendRecovery {
  const records: BackendRecord[] = [];
  for (const record of read) {
    if (!record.ok) {
      if (!record.torn || records.length < read.length - 1) throw new Panic('corrupt backend');
      break;
    }
    records.push(record.value as BackendRecord);
  }
  return { last: records.at(-1) ?? null, records, intactRecords: records.length };
}

export interface FoldOptions {
  /** A compaction drops a delete made exactly at its revision (etcd before 3.5.16). */
  readonly dropsTombstone: boolean;
  /** The revision is taken from the changes that are left, and from no compaction that was only scheduled (E21). */
  readonly ignoresScheduledCompact: boolean;
  /** Leases are looked for from id 0 on (E07). */
  readonly skipsNegativeLeases: boolean;
}

/** The state that the records leave. Costs a pass over all that they hold: done once, at a restart. */
export function foldBackend(records: readonly BackendRecord[], options: FoldOptions): BackendState {
  const fold = new Fold();
  for (const record of records) {
    if (record.type === 'image') fold.begin(record.state);
    else fold.take(record);
  }
  return fold.end(records.at(-1)?.index ?? 0, options);
}

class Fold {
  private readonly histories = new Map<string, KeyHistory>();
  private readonly leases = new Map<number, LeaseRecord>();
  private alarms: readonly MemberAlarm[] = [];
  private readonly sessions = new SessionTable(new Set());
  private log: StoreEvent[] = [];
  private scheduledCompact = -1;
  private finishedCompact = -1;
  private deletions: Deletion[] = [];
  private allocatedBytes = 0;

  begin(state: BackendState): void {
    const { garbage, base, log, leases, alarms, sessions, compactRevision, finishedCompact } = state;
    for (const event of garbage) this.load(event);
    for (const event of base) this.load(event);
    // The base has those of the compacted revision itself.
    for (const event of log) if (event.kv.modRevision > compactRevision) this.load(event);
    this.log = log.slice();
    for (const lease of leases) this.leases.set(lease.id, lease);
    this.alarms = alarms;
    this.sessions.restore(sessions);
    this.scheduledCompact = compactRevision;
    this.finishedCompact = finishedCompact;
    this.allocatedBytes = state.allocatedBytes;
  }

  take({ events, leases, alarms, sessions, scheduledCompact, finishedCompact, deletion, allocatedBytes }: BackendBatch): void {
    this.allocatedBytes = allocatedBytes;
    for (const event of events) {
      this.load(event);
      this.log.push(event);
    }
    for (const { id, record } of leases) {
      if (record === null) this.leases.delete(id);
      else this.leases.set(id, record);
    }
    if (alarms !== null) this.alarms = alarms;
    for (const change of sessions) this.sessions.apply(change);
    this.scheduledCompact = scheduledCompact;
    this.finishedCompact = finishedCompact;
    if (deletion === null) return;
    this.deletions = this.deletions.filter(({ revision }) => revision !== deletion.revision);
    this.deletions.push(deletion);
  }

  private load(event: StoreEvent): void {
    const { key } = event.kv;
    let history = this.histories.get(key);
    if (history === undefined) {
      history = new KeyHistory(key);
      this.histories.set(key, history);
    }
    history.push(event);
  }

  end(index: number, { dropsTombstone, ignoresScheduledCompact, skipsNegativeLeases }: FoldOptions): BackendState {
    const { finishedCompact } = this;
    const compactRevision = Math.max(this.scheduledCompact, finishedCompact);
    const garbage: StoreEvent[] = [];
    const base: StoreEvent[] = [];
    /** Changes at the compacted revision itself that no watch from there sees. */
    const hidden = new Set<StoreEvent>();
    let sizeBytes = 0;
    let lastRevision = 1;
    for (const history of [...this.histories.values()].sort((a, b) => compareKeys(a.key, b.key))) {
      const { versions } = history;
      const forgotten = forgottenVersions(history, compactRevision, dropsTombstone);
      for (let at = this.deleted(history, dropsTombstone); at < versions.length; at++) {
        const event = versions[at]!;
        if (event.kv.modRevision > lastRevision) lastRevision = event.kv.modRevision;
        if (at < forgotten) garbage.push(event);
        else sizeBytes += eventBytes(event);
      }
      for (let at = forgotten - 1; at >= 0 && versions[at]!.kv.modRevision === compactRevision; at--) hidden.add(versions[at]!);
      const oldest = versions[forgotten];
      if (oldest !== undefined && oldest.kv.modRevision <= compactRevision) base.push(oldest);
    }
    garbage.sort((a, b) => a.kv.modRevision - b.kv.modRevision);
    const leases = [...this.leases.values()].filter(({ id }) => id >= 0 || !skipsNegativeLeases).sort((a, b) => a.id - b.id);
    return {
      index,
      revision: Math.max(lastRevision, finishedCompact, ignoresScheduledCompact ? -1 : this.scheduledCompact),
      compactRevision,
      base,
      log: this.log.filter((event) => event.kv.modRevision >= compactRevision && !hidden.has(event)),
      leases,
      alarms: this.alarms,
      sessions: this.sessions.records(),
      sizeBytes: sizeBytes + leases.length * leaseRecordBytes + this.sessions.sizeBytes,
      finishedCompact,
      garbage,
      allocatedBytes: this.allocatedBytes,
    };
  }

  /** How many of a key's versions, from the oldest on, compactions have deleted. */
  private deleted(history: KeyHistory, dropsTombstone: boolean): number {
    let count = forgottenVersions(history, this.finishedCompact, dropsTombstone);
    for (const { revision, to } of this.deletions) {
      const forgotten = forgottenVersions(history, revision, dropsTombstone);
      while (count < forgotten && history.versions[count]!.kv.modRevision <= to) count++;
    }
    return count;
  }
}
