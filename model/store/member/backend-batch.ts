/** What was applied since the last commit of a backend and is to go into the next (etcd `batchTx`). */
import type { BackendBatch, Deletion, LeaseChange } from './backend-record.ts';
import type { StoreChanges } from '../machine/changes.ts';
import type { LeaseRecord } from '../machine/lease-table.ts';
import type { MemberAlarm, StoreEvent } from '../machine/requests.ts';
import type { SessionChange } from '../machine/sessions.ts';

/** What an entry has compacted. */
export interface Compacted {
  readonly revision: number;
  readonly garbage: readonly StoreEvent[];
}

export class RunningBatch implements StoreChanges {
  /** Changes of keys. */
  events: StoreEvent[] = [];
  /** Marks of compactions, which every commit repeats. */
  scheduledCompact = -1;
  finishedCompact = -1;
  private leases: LeaseChange[] = [];
  private alarms: readonly MemberAlarm[] | null = null;
  private sessions: SessionChange[] = [];
  private deletion: Deletion | null = null;
  private compaction: Compacted | null = null;
  /** Something other than keys, leases and sessions has changed. */
  private marked = false;

  begin(scheduledCompact: number, finishedCompact: number): void {
    this.scheduledCompact = scheduledCompact;
    this.finishedCompact = finishedCompact;
  }

  /** How much there is to commit. */
  get changes(): number {
    return this.events.length + this.leases.length + this.sessions.length + (this.marked ? 1 : 0);
  }

  event(event: StoreEvent): void {
    this.events.push(event);
  }

  leaseKept(record: LeaseRecord): void {
    this.leases.push({ id: record.id, record });
  }

  leaseGone(id: number): void {
    this.leases.push({ id, record: null });
  }

  alarmsKept(alarms: readonly MemberAlarm[]): void {
    this.alarms = alarms;
    this.marked = true;
  }

  sessionChanged(change: SessionChange): void {
    this.sessions.push(change);
  }

  compacted(revision: number, garbage: readonly StoreEvent[]): void {
    this.scheduledCompact = revision;
    this.marked = true;
    this.compaction = { revision, garbage };
  }

  /** What the entry just applied has compacted, once. */
  takeCompaction(): Compacted | null {
    const { compaction } = this;
    this.compaction = null;
    return compaction;
  }

  /**
   * What the compaction to `revision` makes superfluous is deleted up to revision `to`; with `finished` there is nothing else.
   */
  deleted(revision: number, to: number, finished: boolean): void {
    this.deletion = { revision, to };
    if (finished) this.finishedCompact = revision;
    this.marked = true;
  }

  /** All of it, to be committed; what comes now is for the next one. */
  take(index: number, term: number, allocatedBytes: number): BackendBatch {
    const { events, leases, alarms, sessions, scheduledCompact, finishedCompact, deletion } = this;
    this.clear();
    return {
      type: 'batch',
      index,
      term,
      events,
      leases,
      alarms,
      sessions,
      scheduledCompact,
      finishedCompact,
      deletion,
      allocatedBytes,
    };
  }

  clear(): void {
    this.events = [];
    this.leases = [];
    this.alarms = null;
    this.sessions = [];
    this.deletion = null;
    this.marked = false;
  }
}
