/**
 * What a member asks of its host: write this, send that, apply these (etcd-io/raft `Ready`, with asynchronous storage writes).
 *
 * The host's duty, per Ready, in this order:
 * 1. send `messages`;
 * 2. append to the write-ahead log, in this order: `snapshot`, `entries`, `hardState` (a torn tail then never has a commit
 *    index beyond its log, etcd #10219); ask for an fsync if `mustSync`;
 * 3. apply `committed`, in order; answer `readStates` whose `index` has been applied;
 * 4. when every write up to and including `sequence` is durable: install `snapshot` in the state machine, send
 *    `messagesAfterSync`, call `raft.stable(sequence)` if `mustSync`, and look at `hasReady()` again.
 *
 * Step 4 may come much later: other Readys may be taken meanwhile (group commit), but writes become durable in order. A Ready
 * without `mustSync` reaches step 4 as soon as the last one before it with `mustSync` has; often that is at once.
 */

import type { Entry } from './entry.ts';
import type { Message } from './message.ts';
import type { Snapshot } from './snapshot.ts';

/** What a member must not forget (Raft figure 2, "persistent state"); `commit` is a hint that spares work at restart. */
export interface HardState {
  readonly term: number;
  /** Whom this member voted for in `term`; 0: nobody. */
  readonly vote: number;
  readonly commit: number;
}

/** A read that may be served from local state as soon as `index` has been applied. */
export interface ReadState {
  /** The number given to `readIndex`. */
  readonly requestId: number;
  readonly index: number;
}

export interface Ready {
  /**
   * Counts the Readys with `mustSync`. One without repeats the number of the last one before it: what its
   * `messagesAfterSync` wait for. Never decreases.
   */
  readonly sequence: number;
  /** The new hard state, or null when term, vote and commit are as in the last one handed out. */
  readonly hardState: HardState | null;
  /**
   * Received from a leader: it replaces the *whole* log, entries in the write-ahead log before it are void. `entries` follow it.
   * (A local snapshot, made by `createSnapshot`, keeps the entries behind it and never appears here.)
   */
  readonly snapshot: Snapshot | null;
  /**
   * To be appended. Contiguous; each index is handed out again only after a truncation, and then everything persisted at or
   * after `entries[0].index` is void.
   */
  readonly entries: readonly Entry[];
  /** True if term or vote changed or there are `entries` or a `snapshot`. A commit index alone needs no fsync. */
  readonly mustSync: boolean;
  /**
   * Promise nothing that a crash could take back, so they may leave at once: a leader's appends and heartbeats (it does not
   * count itself until durable), heartbeat responses, reads. The term they carry is durable: a member never speaks in a term
   * lower than one it has spoken in.
   */
  readonly messages: readonly Message[];
  /** Promises: vote responses, append responses (rejections too), a candidate's vote requests (its own vote is one). */
  readonly messagesAfterSync: readonly Message[];
  /** To be applied. Contiguous over all Readys of an incarnation; committed *and* durable here (raft 169f4c3cc). */
  readonly committed: readonly Entry[];
  /** Confirmed reads, asked for here. Not in every case after the entries they wait for. */
  readonly readStates: readonly ReadState[];
}

export const noReadStates: readonly ReadState[] = Object.freeze([]);
