/** The port between Raft and what it replicates: commands in, committed entries and snapshots out. */
import { boundary, type Boundary } from '../../../sim/index.ts';
import { describeChange } from '../core/conf-change.ts';
import type { MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { Snapshot } from '../core/snapshot.ts';

/**
 * What a host replicates. Either it lives in memory, and a new incarnation gets it back from a snapshot and the entries after it;
 * or it keeps itself on disk as etcd's store does (its backend), and then Raft's own snapshots say no more than where it stands.
 */
export interface StateMachine {
  /**
   * Called once in an incarnation and before anything else: reads back what the machine keeps, and calls `done` with the last
   * index it then holds, which is at least `snapshot.index`. `snapshot` is the newest durable one, made here or received.
   */
  recover(snapshot: Snapshot | null, done: (applied: number) => void): void;
  /**
   * Committed, and durable at this member; in order of the index without gaps, once per incarnation. `entry.data` is what was
   * proposed, null for a new leader's empty entry. `isOrigin`: it was proposed at this member, in this incarnation.
   */
  apply(entry: AppliedEntry, isOrigin: boolean): void;
  /** For a local snapshot: what Raft has to keep so that the log up to here may be forgotten once `persist` has called back. */
  snapshot(): MachineSnapshot;
  /** Makes what was applied until now durable, unless `snapshot` has all of it, and calls `done`, at once or later. */
  persist(done: () => void): void;
  /** For a member that lags, when `snapshot` gave no state: the whole state as applied until now. */
  image(): MachineSnapshot;
  /** Replaces the whole state by that of a snapshot which was received and is durable. */
  restore(snapshot: Snapshot): void;
}

export interface MachineSnapshot {
  /** The whole state as an immutable value; null where the machine keeps it itself. */
  readonly state: unknown;
  /** What the snapshot takes on a disk or on the wire. */
  readonly bytes: number;
  /** Any 32-bit number of the state. */
  readonly hash: number;
}

/** A state machine that lives in memory and keeps nothing itself. */
export interface MemoryMachine {
  apply(entry: AppliedEntry, isOrigin: boolean): void;
  /** The whole state. */
  snapshot(): MachineSnapshot;
  /** Replaces the whole state by one that `snapshot` made, here or at another member. */
  restore(state: unknown): void;
}

export function inMemory(machine: MemoryMachine): StateMachine {
  return {
    recover: (snapshot, done) => {
      if (snapshot !== null) machine.restore(snapshot.state);
      done(snapshot?.index ?? 0);
    },
    apply: (entry, isOrigin) => machine.apply(entry, isOrigin),
    snapshot: () => machine.snapshot(),
    persist: (done) => done(),
    image: () => machine.snapshot(),
    restore: ({ state }) => machine.restore(state),
  };
}

/** The file of a state machine that keeps itself on disk. */
export const machineFile = 'backend';

/** What every record of that file says: the last entry whose effect is durable with this record (etcd's consistent index). */
export interface MachineRecord {
  readonly index: number;
}

/** What stands in `Entry.data` of the replicated log: a proposal and where it was made. */
export interface Command {
  readonly origin: MemberId;
  /** Incarnation of the proposer: a proposal of an earlier life is nobody's any more. */
  readonly incarnation: number;
  /** Given by the proposer, to know its proposal again. */
  readonly tag: string;
  readonly data: unknown;
}

/** An entry as a state machine gets it: `data` is the proposer's. */
export interface AppliedEntry extends Entry {
  /** The member that applies it. */
  readonly member: MemberId;
  /** As given by the proposer; empty for a new leader's entry. */
  readonly tag: string;
}

/** A state machine applies an entry. Crossed at the port, before the machine is called. */
export const appliedBoundary = boundary<AppliedEntry>('raft/applied', (entry) => {
  const what =
    entry.change !== null
      ? `it changes the members, ${describeChange(entry.change)}`
      : entry.data === null
        ? 'the first entry of its term'
        : entry.tag === ''
          ? 'a command'
          : entry.tag;
  return `member ${entry.member} applies entry ${entry.index} (term ${entry.term}): ${what}`;
});

/** For observers that watch nothing else. */
export function isApplied(what: Boundary): boolean {
  return what === (appliedBoundary as Boundary);
}
