/** Who is told of every change of what must not be forgotten, as etcd's write transaction on its backend is (`batchTx`). */
import type { LeaseRecord } from './lease-table.ts';
import type { MemberAlarm, StoreEvent } from './requests.ts';
import type { SessionChange } from './sessions.ts';

/** Called in the course of a command, in the order in which things change. What is given is never mutated afterwards. */
export interface StoreChanges {
  event(event: StoreEvent): void;
  /** A lease was granted or checkpointed. */
  leaseKept(record: LeaseRecord): void;
  leaseGone(id: number): void;
  /** All alarms that stand now. */
  alarmsKept(alarms: readonly MemberAlarm[]): void;
  /** A session began, was used, or has an answer to keep. */
  sessionChanged(change: SessionChange): void;
  /**
   * The history up to `revision` is compacted: nobody reads `garbage`, oldest first, any more, and it still takes space on disk.
   */
  compacted(revision: number, garbage: readonly StoreEvent[]): void;
}

/** Of a store that lives in memory only. */
export const noChanges: StoreChanges = Object.freeze({
  event: () => undefined,
  leaseKept: () => undefined,
  leaseGone: () => undefined,
  alarmsKept: () => undefined,
  sessionChanged: () => undefined,
  compacted: () => undefined,
});
