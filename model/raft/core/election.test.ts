import { describe, expect, test } from 'vitest';
import { createMessage, MessageType } from './message.ts';
import { TestGroup } from '../testing/group.ts';

const roles = (group: TestGroup): string[] => group.ids.map((id) => group.raft(id).role);

test('a member that hears nobody campaigns within 2T−1 ticks, wins, and appends an empty entry', () => {
  const group = new TestGroup();
  group.tick(2, 19);
  group.settle();
  expect(roles(group)).toEqual(['follower', 'leader', 'follower']);
  expect(group.ids.map((id) => group.raft(id).leader)).toEqual([2, 2, 2]);
  expect(group.applied(1)).toEqual([{ index: 1, term: 1, data: null, bytes: 0, hash: 0, change: null }]);
});

test('no member campaigns before T ticks', () => {
  for (let seed = 0; seed < 50; seed++) {
    const group = new TestGroup({ seed });
    group.tick(1, 9);
    expect(group.raft(1).role).toBe('follower');
  }
});

test('heartbeats keep followers from campaigning', () => {
  const group = new TestGroup();
  group.elect(1);
  for (let round = 0; round < 100; round++) {
    for (const id of group.ids) group.tick(id);
    group.settle();
  }
  expect(roles(group)).toEqual(['leader', 'follower', 'follower']);
  expect(group.raft(1).term).toBe(1);
});

describe('a vote', () => {
  test('goes to one candidate per term, and again to the same', () => {
    const group = new TestGroup();
    const ask = (from: number): boolean => {
      group.deliver(createMessage(MessageType.vote, from, 2, 5));
      return !group.take({ type: MessageType.voteResponse })[0]!.reject;
    };
    expect([ask(1), ask(3), ask(1)]).toEqual([true, false, true]);
  });

  test.each([
    { candidate: [1, 1], voter: [1, 1], granted: true },
    { candidate: [1, 2], voter: [1, 1, 1], granted: true },
    { candidate: [1, 1, 1], voter: [1, 2], granted: false },
    { candidate: [1], voter: [1, 1], granted: false },
  ])('of $voter for $candidate is granted: $granted', ({ candidate, voter, granted }) => {
    const group = new TestGroup({ logs: [candidate, voter, []] });
    group.on(1, (raft) => {
      raft.campaign();
    });
    group.deliverAll({ to: 2 });
    expect(group.take({ to: 1 }).map(({ reject }) => !reject)).toEqual([granted]);
  });

  test('leaves only when it is durable, and so does the request for it', () => {
    const group = new TestGroup({ autoSync: false });
    group.on(1, (raft) => {
      raft.campaign();
    });
    expect(group.network).toEqual([]);
    group.sync(1);
    group.deliverAll({ to: 2 });
    expect(group.take({ to: 1 })).toEqual([]);
    group.sync(2);
    expect(group.take({ to: 1 })).toMatchObject([{ type: MessageType.voteResponse, reject: false }]);
  });

  test('survives a restart', () => {
    const group = new TestGroup();
    group.vote(1);
    group.crash(2);
    group.start(2);
    expect([group.raft(2).term, group.raft(2).vote]).toEqual([1, 1]);
  });
});

test('a candidate that a majority refuses follows', () => {
  const group = new TestGroup({ logs: [[1], [1, 1], [1, 1]] });
  group.elect(1);
  expect(roles(group)).toEqual(['follower', 'follower', 'follower']);
});

test('a leader alone in its group leads and commits as soon as its own writes are durable, not before', () => {
  const group = new TestGroup({ members: 1, autoSync: false });
  group.on(1, (raft) => {
    raft.campaign();
  });
  expect(group.raft(1).role).toBe('candidate');
  group.sync(1);
  expect(group.raft(1).role).toBe('leader');
  expect(group.applied(1)).toEqual([]);
  group.sync(1);
  expect(group.applied(1)).toHaveLength(1);
});

test('a leader that hears from no quorum for T ticks steps down', () => {
  const group = new TestGroup({ checkQuorum: true });
  group.elect(1);
  group.tick(1, 10);
  expect(group.raft(1).role).toBe('leader');
  group.tick(1, 10);
  expect(group.raft(1).role).toBe('follower');
  expect(group.propose(1)).toBeNull();
});

test('without check-quorum a leader leads on alone', () => {
  const group = new TestGroup();
  group.elect(1);
  group.tick(1, 50);
  expect(group.raft(1).role).toBe('leader');
});

test('a deposed leader that speaks up is told of the newer term', () => {
  const group = new TestGroup({ checkQuorum: true });
  group.elect(1);
  group.tick(3, 10);
  group.on(2, (raft) => {
    raft.campaign();
  });
  group.settle([2, 3]);
  group.tick(1);
  group.settle();
  expect(group.raft(1).term).toBe(2);
  expect(group.raft(1).role).toBe('follower');
});

test('a candidate of an older term hears of the newer one from whom it is unknown to, who will never ask it, and from no other', () => {
  const group = new TestGroup({ spares: 1 });
  group.deliver(createMessage(MessageType.heartbeatResponse, 3, 2, 7));
  for (const from of [3, 4]) group.deliver(createMessage(MessageType.vote, from, 2, 5, 100, 5));
  expect(group.take({ from: 2 })).toMatchObject([{ type: MessageType.voteResponse, to: 4, term: 7, reject: true }]);
});
