import { expect, test } from 'vitest';
import { MessageType } from './message.ts';
import { TestGroup } from '../testing/group.ts';

test('a leader answers a read at its commit index once a quorum has confirmed that it leads', () => {
  const group = new TestGroup();
  group.elect(1);
  const requestId = group.read(1);
  expect(group.reads(1)).toEqual([]);
  group.deliverAll({ to: 2 });
  group.deliverAll({ to: 1 });
  expect(group.reads(1)).toEqual([{ requestId, index: 1 }]);
});

test('a follower forwards to its leader', () => {
  const group = new TestGroup();
  group.elect(1);
  const requestId = group.read(3);
  group.settle();
  expect(group.reads(3)).toEqual([{ requestId, index: 1 }]);
});

test('a member that knows no leader refuses', () => {
  expect(new TestGroup().read(2)).toBe(0);
});

test('a leader alone in its group confirms itself', () => {
  const group = new TestGroup({ members: 1 });
  group.elect(1);
  expect(group.read(1)).toBe(1);
  expect(group.reads(1)).toHaveLength(1);
});

test('a new leader postpones reads until it has committed an entry of its own term', () => {
  const group = new TestGroup();
  group.vote(1);
  const appends = group.take();
  const requestId = group.read(1);
  group.tick(1);
  group.settle([1, 2]);
  expect(group.raft(1).inspect().pendingReads + group.reads(1).length).toBe(1);
  for (const message of appends) group.deliver(message);
  group.settle();
  expect(group.reads(1)).toEqual([{ requestId, index: 1 }]);
});

test('an answer to an earlier round confirms no later read (etcd #20418)', () => {
  const group = new TestGroup();
  group.elect(1);
  const first = group.read(1);
  const earlyRound = group.take({ to: 2 });
  const second = group.read(1);
  group.network = [];
  for (const message of earlyRound) group.deliver(message);
  group.deliverAll({ to: 1 });
  expect(group.reads(1).map(({ requestId }) => requestId)).toEqual([first]);
  group.tick(1);
  group.settle();
  expect(group.reads(1).map(({ requestId }) => requestId)).toEqual([first, second]);
});

test('every read has a round of its own, and one heartbeat carries the newest', () => {
  const group = new TestGroup();
  group.elect(1);
  group.on(1, (raft) => [7, 8, 9].map((requestId) => raft.readIndex(requestId)));
  expect(group.take({ to: 2 })).toMatchObject([{ type: MessageType.heartbeat, round: 3 }]);
});

test('a heartbeat that was lost is made good by the next tick', () => {
  const group = new TestGroup();
  group.elect(1);
  group.read(1);
  group.network = [];
  group.tick(1);
  group.settle();
  expect(group.reads(1)).toHaveLength(1);
});

test('a deposed leader answers nothing any more', () => {
  const group = new TestGroup();
  group.elect(1);
  group.read(1);
  group.network = [];
  group.on(2, (raft) => {
    raft.campaign();
  });
  group.settle();
  group.tick(2, 3);
  group.settle();
  expect(group.reads(1)).toEqual([]);
  expect(group.raft(1).inspect().pendingReads).toBe(0);
});

test('a heartbeat is answered at once, though the disk stalls, when its term is durable', () => {
  const group = new TestGroup();
  group.elect(1);
  group.autoSync = false;
  group.propose(1);
  group.deliverAll({ to: 2 });
  group.tick(1);
  group.deliverAll({ to: 2 });
  expect(group.take({ from: 2 }).map(({ type }) => type)).toEqual([MessageType.heartbeatResponse]);
});
