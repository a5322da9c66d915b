/** What an explanation says, as plain data: it can be printed, drawn, kept in a file and shown in a page. */
import type { Fault, Micros, Violation } from '../../sim/index.ts';

/**
 * What became of the failure without it. `needed`: it vanished. `nothing`: it came all the same.
 * `untried`: there was no run left to find out.
 */
export type Part = 'needed' | 'nothing' | 'untried';

export interface ExplainedFault {
  /** Position in the plan. */
  readonly index: number;
  readonly fault: Fault;
  readonly text: string;
  /** Whom it struck; empty when it had not begun. */
  readonly struck: readonly string[];
  readonly part: Part;
}

/** Of a client, drawn before the run. */
export interface ExplainedOperation {
  /** Position in the workload. */
  readonly index: number;
  readonly operation: object;
  readonly text: string;
  readonly part: Part;
}

export interface ExplainedMessage {
  /** The step in which it was taken in. */
  readonly step: number;
  readonly timeUs: Micros;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly text: string;
  readonly part: Part;
}

/**
 * What an entry of the story is about. `message`: one is taken in. `event`: a timer, the disk, a connection.
 * `crossing`: something crosses a boundary of the system, such as an entry that is applied. `change`: what a process
 * holds to be true is another thing from now on.
 */
export type EntryType =
  | 'fault'
  | 'heal'
  | 'operation'
  | 'start'
  | 'end'
  | 'message'
  | 'event'
  | 'crossing'
  | 'change'
  | 'violation';

export interface StoryEntry {
  readonly type: EntryType;
  readonly step: number;
  readonly timeUs: Micros;
  /** Where it happens; null: in the world, or at several processes. */
  readonly process: string | null;
  /** Who sent it, for a message. */
  readonly from: string | null;
  /** The name of the kind of event, boundary or fault. */
  readonly kind: string;
  /** One sentence, with the names of those who take part. */
  readonly text: string;
  /** The same in few words, without names: what stands at an arrow or a mark. */
  readonly words: string;
  /** What those who take part know or do not know then. */
  readonly notes: readonly string[];
  /** Without it the failure does not come, or it is the failure. */
  readonly essential: boolean;
}

/** How a process stood, for its lifeline; it runs otherwise. */
export interface Standstill {
  readonly process: string;
  readonly how: 'down' | 'paused' | 'cut off';
  readonly fromUs: Micros;
  readonly toUs: Micros;
}

export interface Explanation {
  /** What failed: of a program that threw, `property` says whose. */
  readonly violation: Violation;
  readonly essential: {
    readonly faults: readonly ExplainedFault[];
    readonly operations: readonly ExplainedOperation[];
    readonly messages: readonly ExplainedMessage[];
  };
  /** Everything that was drawn before the run, with its part in it. */
  readonly faults: readonly ExplainedFault[];
  readonly operations: readonly ExplainedOperation[];
  /** In order of time; the last entry is the violation. */
  readonly story: readonly StoryEntry[];
  readonly standstills: readonly Standstill[];
  /** Runs tried with something left out. */
  readonly runs: number;
  /** False when there was more to try than runs allowed. */
  readonly complete: boolean;
}
