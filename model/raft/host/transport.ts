/** How members speak to each other: one kind of datagram for each type of message, and one for a forwarded proposal. */
import { kind, type Digest, type Kind } from '../../../sim/index.ts';
import { describeChange } from '../core/conf-change.ts';
import { messageBytes, type Message } from '../core/message.ts';
import type { Command } from './state-machine.ts';

/** A follower passes a proposal on to its leader (etcd `MsgProp`). May be lost: whoever proposed has a deadline. */
export interface ForwardedProposal {
  /** The leader takes it in this term only. */
  readonly term: number;
  /** Counts what this incarnation of the follower forwarded: the network may deliver it twice, the leader takes it once. */
  readonly sequence: number;
  readonly command: Command;
  readonly bytes: number;
  readonly hash: number;
}

const FORWARD_HEADER_BYTES = 64;

export const proposeKind: Kind<ForwardedProposal> = kind<ForwardedProposal>('raft/propose', {
  sizeBytes: ({ bytes }) => FORWARD_HEADER_BYTES + bytes,
  digest: (body, digest) => {
    digest.int(body.term);
    digest.int(body.sequence);
    digest.int(body.command.origin);
    digest.int(body.command.incarnation);
    digest.int(body.hash | 0);
  },
  describe: ({ command, term }) => `forward ${command.tag === '' ? 'a proposal' : command.tag} to the leader of term ${term}`,
});

export const voteKind = messageKind(
  'raft/vote',
  digestOfVote,
  (m) =>
    `ask for a vote in term ${m.term}, log ends at ${m.index} (term ${m.logTerm})${m.round === 0 ? '' : ', by order of the leader'}`,
);
export const voteResponseKind = messageKind(
  'raft/vote-response',
  digestOfVoteResponse,
  (m) => `${m.reject ? 'refuse' : 'grant'} the vote in term ${m.term}`,
);
export const appendKind = messageKind('raft/append', digestOfAppend, describeAppend);
export const appendResponseKind = messageKind('raft/append-response', digestOfAppendResponse, (m) =>
  m.reject
    ? `refuse the append after ${m.index}, may agree at ${m.hintIndex} (term ${m.hintTerm})`
    : `hold everything up to entry ${m.index} (term ${m.term})`,
);
export const heartbeatKind = messageKind(
  'raft/heartbeat',
  digestOfHeartbeat,
  (m) => `heartbeat of term ${m.term}, commit ${m.commit}${inRound(m)}`,
);
export const heartbeatResponseKind = messageKind(
  'raft/heartbeat-response',
  digestOfRound,
  (m) => `answer the heartbeat of term ${m.term}${inRound(m)}`,
);
export const snapshotKind = messageKind('raft/snapshot', digestOfSnapshot, (m) =>
  m.snapshot === null
    ? 'an empty snapshot'
    : `install the snapshot at ${m.snapshot.index} (term ${m.snapshot.term}), ${m.snapshot.bytes} bytes`,
);
export const readIndexKind = messageKind(
  'raft/read-index',
  digestOfRound,
  (m) => `ask from which index read ${m.round} may be answered`,
);
export const readIndexResponseKind = messageKind(
  'raft/read-index-response',
  digestOfReadIndexResponse,
  (m) => `read ${m.round} may be answered from ${m.index} on`,
);

const preVoteKind = messageKind(
  'raft/pre-vote',
  digestOfVote,
  (m) => `ask whether there would be a vote in term ${m.term}, log ends at ${m.index} (term ${m.logTerm})`,
);
export const preVoteResponseKind = messageKind('raft/pre-vote-response', digestOfVoteResponse, (m) =>
  m.reject ? `promise no vote, being in term ${m.term}` : `promise a vote in term ${m.term}`,
);
export const timeoutNowKind = messageKind('raft/timeout-now', digestOfRound, (m) => `tell it to campaign after term ${m.term}`);
const transferLeaderKind = messageKind('raft/transfer-leader', digestOfTransfer, (m) => `ask that member ${m.hintIndex} lead`);

/** By `MessageType`; the forwarded proposal, which the core does not know, has the place 0. */
export const raftKinds: readonly Kind[] = Object.freeze([
  proposeKind as Kind,
  voteKind,
  voteResponseKind,
  appendKind,
  appendResponseKind,
  heartbeatKind,
  heartbeatResponseKind,
  snapshotKind,
  readIndexKind,
  readIndexResponseKind,
  preVoteKind,
  preVoteResponseKind,
  timeoutNowKind,
  transferLeaderKind,
] as Kind[]);

/** The body is a {@link Message}: what one member's core says to another's. */
export function isMessageKind(what: Kind): boolean {
  return (
    what === appendKind ||
    what === appendResponseKind ||
    what === heartbeatKind ||
    what === heartbeatResponseKind ||
    what === voteKind ||
    what === voteResponseKind ||
    what === readIndexKind ||
    what === readIndexResponseKind ||
    what === snapshotKind ||
    what === preVoteKind ||
    what === preVoteResponseKind ||
    what === timeoutNowKind ||
    what === transferLeaderKind
  );
}

/** Only the leader of a term sends these. */
export function isLeaderKind(what: Kind): boolean {
  return what === appendKind || what === heartbeatKind || what === snapshotKind;
}

/** The datagram kind of a message. */
export function kindOf(message: Message): Kind {
  return raftKinds[message.type] as Kind;
}

function messageKind(
  name: string,
  digest: (message: Message, digest: Digest) => void,
  describe: (message: Message) => string,
): Kind {
  return kind<Message>(name, { sizeBytes: messageBytes, digest, describe });
}

function digestOfVote(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.term);
  digest.int(m.index);
  digest.int(m.logTerm);
  digest.int(m.round);
}

function digestOfVoteResponse(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.reject ? -m.term : m.term);
}

function digestOfAppend(m: Message, digest: Digest): void {
  const { entries } = m;
  digest.int(m.from);
  digest.int(m.term);
  digest.int(m.index);
  digest.int(m.logTerm);
  digest.int(m.commit);
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    digest.int(entry.term ^ Math.imul(entry.hash, 0x9e3779b1));
  }
}

function digestOfAppendResponse(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.term);
  digest.int(m.index);
  if (!m.reject) return;
  digest.int(m.hintIndex);
  digest.int(m.hintTerm);
}

function digestOfHeartbeat(m: Message, digest: Digest): void {
  digest.int(m.commit);
  digestOfRound(m, digest);
}

function digestOfRound(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.term);
  digest.number(m.round);
}

function digestOfSnapshot(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.term);
  if (m.snapshot === null) return;
  digest.int(m.snapshot.index);
  digest.int(m.snapshot.term);
  digest.int(m.snapshot.hash | 0);
}

function digestOfTransfer(m: Message, digest: Digest): void {
  digest.int(m.from);
  digest.int(m.term);
  digest.int(m.hintIndex);
}

function digestOfReadIndexResponse(m: Message, digest: Digest): void {
  digest.int(m.index);
  digestOfRound(m, digest);
}

function describeAppend(m: Message): string {
  const { length } = m.entries;
  const what = length === 0 ? 'append nothing' : length === 1 ? `append entry ${m.index + 1}` : `append ${length} entries`;
  const changes = m.entries.flatMap(({ change }, at) =>
    change === null ? [] : [`, entry ${m.index + 1 + at} changes the members: ${describeChange(change)}`],
  );
  return `${what} after ${m.index} (term ${m.logTerm}), commit ${m.commit}${changes.join('')}`;
}

function inRound(m: Message): string {
  return m.round === 0 ? '' : `, round ${m.round} of reads`;
}
