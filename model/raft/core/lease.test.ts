import { describe, expect, test } from 'vitest';
import { createConfiguration } from './configuration.ts';
import { MessageType } from './message.ts';
import { defaultTuning } from './options.ts';
import { Raft } from './raft.ts';
import { TestGroup, type GroupOptions } from '../testing/group.ts';

/** Leases last 9 ticks less 20 %: 7,200 µs. */
function leasing(options: GroupOptions = {}): TestGroup {
  const group = new TestGroup({ preVote: true, checkQuorum: true, readMode: 'lease', ...options });
  group.elect(1);
  group.tick(1);
  group.settle();
  return group;
}

/** Is a read answered at once, without anybody being asked? */
function answersAtOnce(group: TestGroup, id = 1): boolean {
  const answered = group.reads(id).length;
  group.read(id);
  return group.reads(id).length > answered;
}

test('a leader that a quorum has answered lately answers reads at once', () => {
  const group = leasing();
  expect([answersAtOnce(group), group.network]).toEqual([true, []]);
});

test('so it does for a follower that asks', () => {
  const group = leasing();
  const requestId = group.read(3);
  group.deliverAll({ to: 1 });
  expect(group.network.map(({ type }) => type)).toEqual([MessageType.readIndexResponse]);
  group.settle();
  expect(group.reads(3)).toEqual([{ requestId, index: 1 }]);
});

test('the lease is counted from when the heartbeat was sent, and ends before anybody could be elected', () => {
  const group = new TestGroup({ preVote: true, checkQuorum: true, readMode: 'lease' });
  group.elect(1);
  group.tick(1);
  group.nowUs = 3_000;
  group.settle();
  group.nowUs = 7_199;
  expect(answersAtOnce(group)).toBe(true);
  group.nowUs = 7_200;
  expect(answersAtOnce(group)).toBe(false);
});

test('without a lease a read takes a round of heartbeats, which renews it', () => {
  const group = leasing();
  group.nowUs = 50_000;
  expect(answersAtOnce(group)).toBe(false);
  group.settle();
  expect(group.reads(1)).toHaveLength(1);
  expect(answersAtOnce(group)).toBe(true);
});

test('a new leader has none before it has committed an entry of its own term', () => {
  const group = new TestGroup({ preVote: false, checkQuorum: true, readMode: 'lease' });
  group.vote(1);
  const appends = group.take({ type: MessageType.append });
  group.tick(1);
  group.deliverAll({ type: MessageType.heartbeat });
  group.deliverAll({ type: MessageType.heartbeatResponse });
  expect(answersAtOnce(group)).toBe(false);
  for (const message of appends) group.deliver(message);
  group.settle();
  expect(group.reads(1)).toHaveLength(1);
});

test('from the beginning of a transfer there is none in this term, though the transfer fail', () => {
  const group = leasing();
  group.on(1, (raft) => raft.transferLeadership(2));
  const [order] = group.take({ type: MessageType.timeoutNow });
  expect(answersAtOnce(group)).toBe(false);
  for (let at = 0; at < 12; at++) {
    group.tick(1);
    group.settle();
  }
  expect([group.raft(1).transferee, answersAtOnce(group)]).toEqual([0, false]);
  group.settle();
  // The order was only late.
  group.deliver(order!);
  group.settle();
  group.tick(2);
  group.settle();
  expect([group.raft(2).isLeader, answersAtOnce(group, 2)]).toEqual([true, true]);
});

test('another configuration has to confirm its leader anew', () => {
  const group = leasing({ spares: 1 });
  group.change(1, 'add-voter 4');
  group.deliverAll({ to: 2 });
  group.deliverAll({ to: 1 });
  expect(answersAtOnce(group)).toBe(false);
  group.settle();
  expect(answersAtOnce(group)).toBe(true);
});

test('whoever starts again ignores candidates for an election timeout, for its last life may have answered a heartbeat', () => {
  const group = leasing();
  group.tick(3, 20);
  group.network = [];
  group.crash(2);
  group.start(2);
  group.on(3, (raft) => {
    raft.campaign();
  });
  group.settle([2, 3]);
  expect(group.raft(3).isLeader).toBe(false);
  group.tick(2, 10);
  group.on(3, (raft) => {
    raft.campaign();
  });
  group.settle([2, 3]);
  expect(group.raft(3).isLeader).toBe(true);
});

describe('leases', () => {
  test('need check-quorum', () => {
    expect(
      () =>
        new Raft({
          id: 1,
          configuration: createConfiguration([1]),
          ...defaultTuning,
          checkQuorum: false,
          readMode: 'lease',
          random: () => 0,
          nowUs: () => 0,
          recovered: null,
          defects: new Set(),
        }),
    ).toThrow('only with checkQuorum');
  });

  test('are not asked for where reads have rounds', () => {
    const group = leasing({ readMode: 'read-index' });
    expect(answersAtOnce(group)).toBe(false);
  });
});
