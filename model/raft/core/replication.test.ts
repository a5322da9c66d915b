import { describe, expect, test } from 'vitest';
import { MessageType } from './message.ts';
import type { Raft } from './raft.ts';
import { TestGroup } from '../testing/group.ts';

const termsOf = (raft: Raft): number[] => {
  const terms: number[] = [];
  for (let index = raft.firstIndex; index <= raft.lastIndex; index++) terms.push(raft.termAt(index));
  return terms;
};

test('a proposal is applied everywhere, in the order of proposals', () => {
  const group = new TestGroup();
  group.elect(1);
  for (let command = 0; command < 20; command++) group.propose(1);
  group.settle();
  const commands = group.applied(1).map(({ data }) => data);
  expect(commands).toEqual([null, ...Array.from({ length: 20 }, (_, at) => `command ${at + 1}`)]);
  for (const id of group.ids) expect(group.applied(id)).toEqual(group.applied(1));
});

// Raft figure 7: a leader of term 8 and every way in which followers can differ from it.
test('a new leader brings every log of figure 7 into line, with at most one refusal per term', () => {
  const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const group = new TestGroup({
    members: 7,
    maxAppendBytes: 10_000,
    logs: [
      leader,
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ],
  });
  group.vote(1);
  const refusals: Record<number, number> = {};
  while (group.network.length > 0) {
    const message = group.network.shift()!;
    if (message.type === MessageType.appendResponse && message.reject) refusals[message.from] = (refusals[message.from] ?? 0) + 1;
    group.deliver(message);
  }
  for (const id of group.ids) expect(termsOf(group.raft(id))).toEqual([...leader, 8]);
  expect(refusals).toEqual({ 2: 1, 3: 1, 6: 1, 7: 1 });
});

test('a leader counts its own log only once it is durable', () => {
  const group = new TestGroup();
  group.elect(1);
  group.autoSync = false;
  group.propose(1);
  group.deliverAll({ to: 2 });
  group.sync(2);
  group.deliverAll({ to: 1 });
  expect(group.raft(1).commit).toBe(1);
  group.sync(1);
  expect(group.raft(1).commit).toBe(2);
});

test('followers can commit without the disk of the leader, which applies nothing before it has it', () => {
  const group = new TestGroup();
  group.elect(1);
  group.autoSync = false;
  group.propose(1);
  for (const id of [2, 3]) {
    group.deliverAll({ to: id });
    group.sync(id);
  }
  group.deliverAll({ to: 1 });
  expect([group.raft(1).commit, group.raft(1).applied]).toEqual([2, 1]);
  group.sync(1);
  expect(group.raft(1).applied).toBe(2);
});

test('an acknowledgement, and a refusal, waits for the disk; a repeated append waits for the first', () => {
  const group = new TestGroup();
  group.elect(1);
  group.autoSync = false;
  group.propose(1);
  const [append] = group.take({ to: 2 });
  group.deliver(append!);
  group.deliver(append!);
  expect(group.take({ from: 2 })).toEqual([]);
  group.sync(2);
  expect(group.take({ from: 2 })).toMatchObject([
    { index: 2, reject: false },
    { index: 2, reject: false },
  ]);
});

test('proposals made before the host fetches share one append', () => {
  const group = new TestGroup();
  group.elect(1);
  group.on(1, (raft) => {
    for (let command = 1; command <= 3; command++) raft.propose(command, 1, command);
  });
  expect(group.take({ to: 2 }).map(({ entries }) => entries.length)).toEqual([3]);
});

describe('flow control', () => {
  test('sends no more appends than may be in flight, and goes on when they are answered', () => {
    const group = new TestGroup({ maxInflight: 2 });
    group.elect(1);
    for (let command = 0; command < 5; command++) group.propose(1);
    const sent = group.take({ to: 2, type: MessageType.append });
    expect(sent.map(({ index }) => index)).toEqual([1, 2]);
    group.deliver(sent[0]!);
    group.deliverAll({ to: 1, from: 2 });
    expect(group.take({ to: 2 }).map(({ index, entries }) => [index, entries.length])).toEqual([[3, 3]]);
  });

  test('sends no more bytes than may be in flight', () => {
    const group = new TestGroup({ maxInflightBytes: 150, maxInflight: 10 });
    group.elect(1);
    for (let command = 0; command < 5; command++) group.propose(1);
    const sent = group.take({ to: 2, type: MessageType.append });
    expect(sent.map(({ index }) => index)).toEqual([1, 2]);
    group.deliver(sent[0]!);
    group.deliverAll({ to: 1, from: 2 });
    expect(group.take({ to: 2 }).map(({ index, entries }) => [index, entries.length])).toEqual([[3, 3]]);
  });

  test('hands out so many bytes of committed entries at once', () => {
    const group = new TestGroup({ members: 1, maxCommittedBytes: 250 });
    group.elect(1);
    group.autoSync = false;
    for (let command = 0; command < 5; command++) group.propose(1);
    const { ready, raft } = { ready: [] as number[], raft: group.raft(1) };
    raft.stable(7);
    while (raft.hasReady()) ready.push(raft.takeReady().committed.length);
    expect(ready).toEqual([2, 2, 1]);
  });

  test('takes no proposal when too many bytes are not applied yet, but always the first', () => {
    const group = new TestGroup({ maxUncommittedBytes: 250 });
    group.elect(1);
    group.on(1, (raft) => expect(raft.propose('large', 1_000, 1)).not.toBeNull());
    expect(group.propose(1)).toBeNull();
    group.settle();
    expect([1, 2, 3].map(() => group.propose(1) === null)).toEqual([false, false, true]);
  });

  test('a probe is one append at a time', () => {
    const group = new TestGroup();
    group.vote(1);
    group.propose(1);
    group.propose(1);
    expect(group.take({ to: 3, type: MessageType.append })).toHaveLength(1);
  });

  test('losing every append in flight is noticed by way of a heartbeat', () => {
    const group = new TestGroup({ maxInflight: 2 });
    group.elect(1);
    for (let command = 0; command < 5; command++) group.propose(1);
    group.network = [];
    group.tick(1);
    group.settle();
    for (const id of group.ids) expect(group.raft(id).commit).toBe(6);
  });
});

test('an append that starts before the commit index is answered with the commit index', () => {
  const group = new TestGroup();
  group.elect(1);
  group.propose(1);
  const [append] = group.take({ to: 2, type: MessageType.append });
  group.deliver(append!);
  group.settle();
  group.propose(1);
  group.settle();
  group.deliver(append!);
  expect(group.take({ from: 2 })).toMatchObject([{ type: MessageType.appendResponse, index: 3, reject: false }]);
});

test('a follower is never told a commit index beyond its own log', () => {
  const group = new TestGroup();
  group.elect(1);
  group.propose(1);
  group.settle([1, 2]);
  group.tick(1);
  expect(group.take({ type: MessageType.heartbeat }).map(({ to, commit }) => [to, commit])).toEqual([
    [2, 2],
    [3, 1],
  ]);
});

// Raft figure 8, (e): the entry of term 2 is safe as soon as one of term 4 lies behind it on a majority.
test('an entry of an older term is committed by one of the own term', () => {
  const group = new TestGroup({ members: 5, logs: [[1, 2], [1, 2], [1], [1], [1, 3]] });
  group.vote(1);
  group.settle([1, 2, 3]);
  expect(group.raft(1).commit).toBe(3);
  group.on(5, (raft) => {
    raft.campaign();
  });
  group.settle();
  expect(group.raft(5).isLeader).toBe(false);
});

test('who lost its unsynced tail gets it again', () => {
  const group = new TestGroup();
  group.elect(1);
  group.autoSync = false;
  for (let command = 0; command < 3; command++) group.propose(1);
  group.sync(1);
  group.deliverAll({ to: 3 });
  group.crash(3);
  group.network = [];
  group.autoSync = true;
  group.start(3);
  expect(group.raft(3).lastIndex).toBe(1);
  group.tick(1);
  group.settle();
  expect(group.raft(3).commit).toBe(4);
});
