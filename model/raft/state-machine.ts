/** The port between Raft and what it replicates: commands in, committed entries and snapshots out. */
import { boundary, type Boundary } from '../../sim/index.ts';
import type { MemberId } from './configuration.ts';
import type { Entry } from './entry.ts';

/** What a host replicates. It lives in memory: a new incarnation gets it back from a snapshot and the entries after it. */
export interface StateMachine {
  /**
   * Committed, and durable at this member; in order of the index without gaps, once per incarnation. `entry.data` is what was
   * proposed, null for a new leader's empty entry. `isOrigin`: it was proposed at this member, in this incarnation.
   */
  apply(entry: AppliedEntry, isOrigin: boolean): void;
  /** The whole state as an immutable value, its size in bytes and a 32-bit hash of it. */
  snapshot(): MachineSnapshot;
  /** Replaces the whole state by one that `snapshot` made, here or at another member. */
  restore(state: unknown): void;
}

export interface MachineSnapshot {
  readonly state: unknown;
  readonly bytes: number;
  readonly hash: number;
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
  const what = entry.data === null ? 'the first entry of its term' : entry.tag === '' ? 'a command' : entry.tag;
  return `member ${entry.member} applies entry ${entry.index} (term ${entry.term}): ${what}`;
});

/** For observers that watch nothing else. */
export function isApplied(what: Boundary): boolean {
  return what === (appliedBoundary as Boundary);
}
