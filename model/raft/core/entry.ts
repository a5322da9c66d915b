/** A log entry: one command at one place in the replicated log. */

import type { ConfChange } from './conf-change.ts';

export interface Entry {
  /** Position in the log, from 1, without gaps. */
  readonly index: number;
  /** Term of the leader that created the entry. Together with `index` it identifies the entry for good (log matching). */
  readonly term: number;
  /** The command, opaque to Raft and never mutated after it was proposed; null for the empty entry of a new leader. */
  readonly data: unknown;
  /** Size of the command in bytes, for flow control, network and disk. */
  readonly bytes: number;
  /**
   * 32-bit hash of the command, given by the proposer; 0 for the empty entry. Digests and
   * properties compare it instead of `data`.
   */
  readonly hash: number;
  /** The change of membership that it makes when it is applied; null for any other entry. `data` goes with it, opaque as ever. */
  readonly change: ConfChange | null;
}

export const noEntries: readonly Entry[] = Object.freeze([]);
