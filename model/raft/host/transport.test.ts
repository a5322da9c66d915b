import { expect, test } from 'vitest';
import { Digest, type Kind } from '../../../sim/index.ts';
import { createConfiguration } from '../core/configuration.ts';
import { createMessage, MessageType, type Message } from '../core/message.ts';
import { appendKind, isLeaderKind, isMessageKind, kindOf, proposeKind, raftKinds, type ForwardedProposal } from './transport.ts';

const entry = { index: 42, term: 3, data: null, bytes: 100, hash: 77, change: null };
const snapshot = {
  index: 40,
  term: 2,
  configuration: createConfiguration([1, 2, 3]),
  members: [],
  state: null,
  bytes: 900,
  hash: 5,
};
const messages: readonly Message[] = [
  createMessage(MessageType.vote, 1, 2, 3, 41, 2),
  createMessage(MessageType.voteResponse, 2, 1, 3),
  createMessage(MessageType.append, 1, 2, 3, 41, 2, 40, false, 0, 0, 0, [entry]),
  createMessage(MessageType.appendResponse, 2, 1, 3, 42),
  createMessage(MessageType.appendResponse, 2, 1, 3, 42, 0, 0, true, 38, 1),
  createMessage(MessageType.heartbeat, 1, 2, 3, 0, 0, 40, false, 0, 0, 9),
  createMessage(MessageType.heartbeatResponse, 2, 1, 3, 0, 0, 0, false, 0, 0, 9),
  createMessage(MessageType.snapshot, 1, 2, 3, 0, 0, 0, false, 0, 0, 0, [], snapshot),
  createMessage(MessageType.readIndex, 2, 1, 0, 0, 0, 0, false, 0, 0, 16_777_217),
  createMessage(MessageType.readIndexResponse, 1, 2, 3, 40, 0, 0, false, 0, 0, 16_777_217),
  createMessage(MessageType.vote, 1, 2, 3, 41, 2, 0, false, 0, 0, 1),
  createMessage(MessageType.preVote, 1, 2, 4, 41, 2),
  createMessage(MessageType.preVoteResponse, 2, 1, 4),
  createMessage(MessageType.preVoteResponse, 2, 1, 3, 0, 0, 0, true),
  createMessage(MessageType.timeoutNow, 1, 2, 3),
  createMessage(MessageType.transferLeader, 2, 1, 3, 0, 0, 0, false, 3),
];

test('messages read like sentences', () => {
  expect(messages.map((message) => `${kindOf(message).name}: ${kindOf(message).describe(message)}`)).toEqual([
    'raft/vote: ask for a vote in term 3, log ends at 41 (term 2)',
    'raft/vote-response: grant the vote in term 3',
    'raft/append: append entry 42 after 41 (term 2), commit 40',
    'raft/append-response: hold everything up to entry 42 (term 3)',
    'raft/append-response: refuse the append after 42, may agree at 38 (term 1)',
    'raft/heartbeat: heartbeat of term 3, commit 40, round 9 of reads',
    'raft/heartbeat-response: answer the heartbeat of term 3, round 9 of reads',
    'raft/snapshot: install the snapshot at 40 (term 2), 900 bytes',
    'raft/read-index: ask from which index read 16777217 may be answered',
    'raft/read-index-response: read 16777217 may be answered from 40 on',
    'raft/vote: ask for a vote in term 3, log ends at 41 (term 2), by order of the leader',
    'raft/pre-vote: ask whether there would be a vote in term 4, log ends at 41 (term 2)',
    'raft/pre-vote-response: promise a vote in term 4',
    'raft/pre-vote-response: promise no vote, being in term 3',
    'raft/timeout-now: tell it to campaign after term 3',
    'raft/transfer-leader: ask that member 3 lead',
  ]);
});

test('each type has its kind, and only the proposal is no message of the core', () => {
  expect(raftKinds.filter((kind) => !isMessageKind(kind))).toEqual([proposeKind]);
  expect(raftKinds.filter(isLeaderKind).map(({ name }) => name)).toEqual(['raft/append', 'raft/heartbeat', 'raft/snapshot']);
  expect(new Set(raftKinds.map(({ code }) => code)).size).toBe(raftKinds.length);
});

test('a message weighs its entries and its snapshot', () => {
  expect(messages.map((message) => kindOf(message).sizeBytes(message))).toEqual([
    40, 40, 180, 40, 40, 40, 40, 940, 40, 40, 40, 40, 40, 40, 40, 40,
  ]);
});

function digestOf<B>(kind: Kind<B>, body: B): string {
  const digest = new Digest();
  kind.digest(body, digest);
  return digest.hex();
}

test('the digest sees what a message says', () => {
  const [, , append] = messages as [Message, Message, Message];
  const changes: Partial<Message>[] = [
    { from: 3 },
    { term: 4 },
    { index: 40 },
    { logTerm: 1 },
    { commit: 39 },
    { entries: [] },
    { entries: [{ ...entry, hash: 78 }] },
  ];
  const digests = [append, ...changes.map((change) => ({ ...append, ...change }))].map((message) =>
    digestOf(appendKind, message),
  );
  expect(new Set(digests).size).toBe(digests.length);
  const forwarded: ForwardedProposal = {
    term: 1,
    sequence: 2,
    command: { origin: 2, incarnation: 1, tag: 'put', data: null },
    bytes: 10,
    hash: 3,
  };
  expect(digestOf(proposeKind, forwarded)).not.toBe(digestOf(proposeKind, { ...forwarded, sequence: 3 }));
  expect(proposeKind.describe(forwarded)).toBe('forward put to the leader of term 1');
});
