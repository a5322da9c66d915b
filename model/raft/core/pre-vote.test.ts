import { describe, expect, test } from 'vitest';
import { createMessage, MessageType } from './message.ts';
import { TestGroup, type GroupOptions } from '../testing/group.ts';

const terms = (group: TestGroup): number[] => group.ids.map((id) => group.raft(id).term);
const etcdLike = (options: GroupOptions = {}): TestGroup => new TestGroup({ preVote: true, checkQuorum: true, ...options });

/** Everybody ticks once and all messages among `among` arrive. */
function round(group: TestGroup, among: readonly number[] = group.ids): void {
  for (const id of group.ids) if (group.isUp(id)) group.tick(id);
  group.settle(among);
}

test('a pre-candidate keeps its term and its vote, and so do those whom it asks', () => {
  const group = etcdLike();
  group.on(1, (raft) => {
    raft.campaign();
  });
  expect(group.raft(1).role).toBe('pre-candidate');
  group.deliverAll({ to: 2 });
  expect(terms(group)).toEqual([0, 0, 0]);
  expect(group.ids.map((id) => group.raft(id).vote)).toEqual([0, 0, 0]);
  expect(group.take({ to: 1 })).toMatchObject([{ type: MessageType.preVoteResponse, term: 1, reject: false }]);
});

test('a quorum of promises makes it a candidate, and votes make it a leader', () => {
  const group = etcdLike();
  group.elect(1);
  expect([group.raft(1).role, terms(group)]).toEqual(['leader', [1, 1, 1]]);
});

test('a member alone in its group needs no promise but its own', () => {
  const group = etcdLike({ members: 1 });
  group.elect(1);
  expect(group.raft(1).isLeader).toBe(true);
});

test('a quorum of refusals makes it a follower of the same term', () => {
  const group = etcdLike({ logs: [[1], [1, 1], [1, 1]] });
  group.elect(1);
  expect([group.raft(1).role, terms(group)]).toEqual(['follower', [1, 1, 1]]);
});

test('a member that was cut off for long comes back in the old term, and its leader stays', () => {
  const group = etcdLike();
  group.elect(1);
  for (let at = 0; at < 100; at++) round(group, [1, 2]);
  expect(group.raft(3).role).toBe('pre-candidate');
  for (let at = 0; at < 5; at++) round(group);
  expect(terms(group)).toEqual([1, 1, 1]);
  expect(group.ids.map((id) => group.raft(id).leader)).toEqual([1, 1, 1]);
});

test('without pre-vote a member that was cut off comes back in a high term and unseats the leader', () => {
  const group = new TestGroup();
  group.elect(1);
  for (let at = 0; at < 100; at++) round(group, [1, 2]);
  for (let at = 0; at < 60; at++) round(group);
  expect(Math.min(...terms(group))).toBeGreaterThan(3);
});

test('a pre-vote of a lower term is refused with the higher one, not dropped', () => {
  const group = etcdLike({ logs: [[1, 1], [1], [1]] });
  group.deliver(createMessage(MessageType.heartbeatResponse, 3, 2, 7));
  group.on(1, (raft) => {
    raft.campaign();
  });
  group.deliverAll({ to: 2 });
  expect(group.take({ from: 2 })).toMatchObject([{ type: MessageType.preVoteResponse, term: 7, reject: true }]);
});

// etcd PR 8525: pre-vote is switched on member by member.
test('where one member is ahead in terms and behind in its log, somebody still leads in the end', () => {
  const group = etcdLike({ logs: [[1], [1, 1], [1, 1]] });
  group.crash(3);
  group.deliver(createMessage(MessageType.heartbeatResponse, 3, 1, 9));
  for (let at = 0; at < 100; at++) round(group, [1, 2]);
  expect(group.raft(2).isLeader).toBe(true);
});

test('a promise of an earlier pre-vote counts for no later one', () => {
  const group = etcdLike({ logs: [[1, 1, 1], [1], [1]] });
  group.on(1, (raft) => {
    raft.campaign();
  });
  const early = group.take({ to: 2 });
  for (const message of early) group.deliver(message);
  const promises = group.take({ to: 1 });
  group.network = [];
  group.deliver(createMessage(MessageType.heartbeatResponse, 3, 1, 5));
  group.on(1, (raft) => {
    raft.campaign();
  });
  for (const message of promises) group.deliver(message);
  expect(group.raft(1).role).toBe('pre-candidate');
});

describe('who hears a leader', () => {
  test.each([MessageType.vote, MessageType.preVote])('ignores candidates for an election timeout (%i)', (type) => {
    const group = etcdLike();
    group.elect(1);
    const ask = (): number => {
      group.deliver(createMessage(type, 3, 2, 9, 100, 9));
      return group.take({ from: 2 }).length;
    };
    expect([ask(), group.raft(2).term]).toEqual([0, 1]);
    group.tick(2, 9);
    expect(ask()).toBe(0);
    group.tick(2, 1);
    expect(ask()).toBe(1);
  });

  test('and who leads ignores them as long as a quorum answers', () => {
    const group = etcdLike();
    group.elect(1);
    for (let at = 0; at < 30; at++) {
      round(group, [1, 2]);
      group.deliver(createMessage(MessageType.vote, 3, 1, 9, 100, 9));
    }
    expect([group.raft(1).role, group.raft(1).term]).toEqual(['leader', 1]);
  });

  test('without check-quorum does not', () => {
    const group = new TestGroup();
    group.elect(1);
    group.deliver(createMessage(MessageType.vote, 3, 2, 9, 100, 9));
    expect(group.raft(2).term).toBe(9);
  });
});

// etcd `Step`: with check-quorum nobody hears its candidacy, and it hears no leader of a lower term.
test.each([MessageType.append, MessageType.heartbeat])(
  'a member whose term ran ahead is freed by its answer to the leader (%i)',
  (type) => {
    const group = new TestGroup({ checkQuorum: true });
    group.elect(1);
    for (let at = 0; at < 60; at++) round(group, [1, 2]);
    expect(group.raft(3).term).toBeGreaterThan(1);
    group.deliver(createMessage(type, 1, 3, 1));
    expect(group.take({ from: 3, type: MessageType.appendResponse })).toMatchObject([
      { term: group.raft(3).term, index: 0, reject: false },
    ]);
    for (let at = 0; at < 60; at++) round(group);
    expect(new Set(terms(group)).size).toBe(1);
    expect(group.ids.filter((id) => group.raft(id).isLeader)).toHaveLength(1);
  },
);

test('with neither pre-vote nor check-quorum a leader of an older term gets no answer', () => {
  const group = new TestGroup();
  group.deliver(createMessage(MessageType.heartbeatResponse, 3, 2, 7));
  group.deliver(createMessage(MessageType.heartbeat, 1, 2, 1));
  expect(group.take()).toEqual([]);
});
