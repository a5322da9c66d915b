/** What members say to each other: plain immutable values of one single shape. */

import { noEntries, type Entry } from './entry.ts';
import type { MemberId } from './configuration.ts';
import type { Snapshot } from './snapshot.ts';

/** A small integer so that dispatch is a jump; {@link messageName} puts it in words. */
export const MessageType = Object.freeze({
  /**
   * Candidate asks for a vote. `index`, `logTerm`: its last entry. `round` is 1 when its leader told it to campaign: then voters
   * that hear that leader answer too (etcd `campaignTransfer`).
   */
  vote: 1,
  /** `reject` false: granted. */
  voteResponse: 2,
  /** Leader replicates. `index`, `logTerm`: the entry before `entries`; `commit`: the leader's. */
  append: 3,
  /**
   * Accepted: `index` is the last index known to match, durable at the sender. Rejected: `index` repeats the request's,
   * (`hintIndex`, `hintTerm`) is where the logs may agree (etcd `findConflictByTerm`).
   */
  appendResponse: 4,
  /** `commit`: min(match, commit), so that it is never beyond the receiver's log. `round`: newest round of reads. */
  heartbeat: 5,
  /** `round`: repeats the request's. */
  heartbeatResponse: 6,
  /** `snapshot` replaces a prefix that the leader has compacted. Answered by an appendResponse. */
  snapshot: 7,
  /** A follower forwards a read to its leader. Carries term 0: it concerns no term. `round`: the follower's request id. */
  readIndex: 8,
  /** `index`: what must be applied before the read; `round`: the follower's request id. */
  readIndexResponse: 9,
  /**
   * Pre-candidate asks for a promise of a vote, without a term of its own (dissertation §9.6). `term`: the one it would ask in.
   */
  preVote: 10,
  /** Granted: `term` repeats the requested one. Rejected: `term` is the sender's. */
  preVoteResponse: 11,
  /** Leader tells a follower that has its whole log to campaign at once (dissertation §3.10). */
  timeoutNow: 12,
  /** A follower forwards a wish for another leader. `hintIndex`: the member that should lead. */
  transferLeader: 13,
});
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/**
 * All fields are always present, in this order, so that every message has the same hidden class. A field that a type
 * does not use holds 0, false, `noEntries` or null. `entries` may be shared between messages; nobody mutates it.
 */
export interface Message {
  readonly type: MessageType;
  readonly from: MemberId;
  readonly to: MemberId;
  /** Term of the sender when it sent; 0 only in readIndex. Of a pre-vote and a granted one it is the term to come. */
  readonly term: number;
  readonly index: number;
  readonly logTerm: number;
  readonly commit: number;
  readonly reject: boolean;
  readonly hintIndex: number;
  readonly hintTerm: number;
  readonly round: number;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
}

export const noMessages: readonly Message[] = Object.freeze([]);

/** The only place where messages are made, so that they stay of one shape. */
export function createMessage(
  type: MessageType,
  from: MemberId,
  to: MemberId,
  term: number,
  index = 0,
  logTerm = 0,
  commit = 0,
  reject = false,
  hintIndex = 0,
  hintTerm = 0,
  round = 0,
  entries: readonly Entry[] = noEntries,
  snapshot: Snapshot | null = null,
): Message {
  return { type, from, to, term, index, logTerm, commit, reject, hintIndex, hintTerm, round, entries, snapshot };
}

/** What the fields of a message take on the wire beside entries and snapshot. An entry costs as much again. */
const headerBytes = 40;

/** Size on the wire in bytes, for links and service times. */
export function messageBytes(message: Message): number {
  const entries = message.entries;
  let bytes = headerBytes + entries.length * headerBytes;
  for (let at = 0; at < entries.length; at++) bytes += entries[at]!.bytes;
  return message.snapshot === null ? bytes : bytes + message.snapshot.bytes;
}

export function messageName(type: MessageType): string {
  switch (type) {
    case MessageType.vote:
      return 'vote request';
    case MessageType.voteResponse:
      return 'vote response';
    case MessageType.append:
      return 'append';
    case MessageType.appendResponse:
      return 'append response';
    case MessageType.heartbeat:
      return 'heartbeat';
    case MessageType.heartbeatResponse:
      return 'heartbeat response';
    case MessageType.snapshot:
      return 'snapshot';
    case MessageType.readIndex:
      return 'read request';
    case MessageType.readIndexResponse:
      return 'read response';
    case MessageType.preVote:
      return 'pre-vote request';
    case MessageType.preVoteResponse:
      return 'pre-vote response';
    case MessageType.timeoutNow:
      return 'order to campaign';
    case MessageType.transferLeader:
      return 'transfer request';
  }
}
