import { describe, expect, test } from 'vitest';
import { createMessage, MessageType } from './message.ts';
import { TestGroup, type GroupOptions } from '../testing/group.ts';

function ledByOne(options: GroupOptions = {}): TestGroup {
  const group = new TestGroup({ preVote: true, checkQuorum: true, ...options });
  group.elect(1);
  return group;
}

const transfer = (group: TestGroup, asked: number, target: number): boolean =>
  group.on(asked, (raft) => raft.transferLeadership(target));
const leaders = (group: TestGroup): number[] => group.ids.map((id) => group.raft(id).leader);

test('a follower with the whole log is told to campaign at once, and wins against stickiness, without a pre-vote', () => {
  const group = ledByOne();
  transfer(group, 1, 3);
  expect(group.network).toMatchObject([{ type: MessageType.timeoutNow, to: 3 }]);
  group.deliverAll();
  expect(group.network).toMatchObject([
    { type: MessageType.vote, round: 1 },
    { type: MessageType.vote, round: 1 },
  ]);
  group.settle();
  expect(leaders(group)).toEqual([3, 3, 3]);
  expect(group.raft(3).term).toBe(2);
});

test('asked of a follower, it is forwarded to the leader', () => {
  const group = ledByOne();
  expect(transfer(group, 2, 2)).toBe(true);
  group.settle();
  expect(leaders(group)).toEqual([2, 2, 2]);
});

test('a follower asks in a term only once that is durable', () => {
  const group = new TestGroup({ autoSync: false });
  group.deliver(createMessage(MessageType.heartbeat, 1, 2, 5));
  transfer(group, 2, 2);
  expect(group.network).toEqual([]);
  group.sync(2);
  expect(group.take({ type: MessageType.transferLeader })).toMatchObject([{ from: 2, to: 1, term: 5, hintIndex: 2 }]);
});

test('nobody who knows no leader can ask for another', () => {
  expect(transfer(new TestGroup(), 1, 2)).toBe(false);
});

test('a follower that lags is caught up first, and proposals wait until it leads', () => {
  const group = ledByOne();
  for (let command = 0; command < 6; command++) group.propose(1);
  group.settle([1, 2]);
  transfer(group, 1, 3);
  expect(group.propose(1)).toBeNull();
  group.tick(1);
  group.settle();
  expect(leaders(group)).toEqual([3, 3, 3]);
  expect(group.raft(3).commit).toBe(8);
  expect(group.propose(3)).not.toBeNull();
});

test('a transfer that takes longer than an election timeout is given up', () => {
  const group = ledByOne();
  transfer(group, 1, 3);
  group.network = [];
  for (let at = 0; at < 9; at++) {
    group.tick(1);
    group.settle([1, 2]);
  }
  expect([group.raft(1).transferee, group.propose(1)]).toEqual([3, null]);
  group.tick(1);
  group.settle([1, 2]);
  expect([group.raft(1).transferee, group.raft(1).role]).toEqual([0, 'leader']);
  expect(group.propose(1)).not.toBeNull();
});

describe('a transfer', () => {
  test('to the leader itself ends another one', () => {
    const group = ledByOne();
    group.crash(3);
    transfer(group, 1, 3);
    transfer(group, 1, 1);
    expect([group.raft(1).transferee, group.network.length]).toEqual([0, 1]);
    expect(group.propose(1)).not.toBeNull();
  });

  test('to another member replaces one that is under way', () => {
    const group = ledByOne();
    group.crash(3);
    transfer(group, 1, 3);
    transfer(group, 1, 2);
    group.settle();
    expect(group.raft(2).isLeader).toBe(true);
  });

  test('asked for twice orders one election', () => {
    const group = ledByOne();
    transfer(group, 1, 3);
    transfer(group, 1, 3);
    expect(group.network).toHaveLength(1);
  });

  test('to a stranger is ignored', () => {
    const group = ledByOne();
    transfer(group, 1, 9);
    expect([group.raft(1).transferee, group.network]).toEqual([0, []]);
  });
});

test('a late order to campaign does not stir a member of a newer term', () => {
  const group = ledByOne();
  transfer(group, 1, 3);
  const [order] = group.take();
  transfer(group, 1, 2);
  group.settle();
  group.deliver(order!);
  group.settle();
  expect(leaders(group)).toEqual([2, 2, 2]);
});

describe('a leader that resigns', () => {
  test('hands over to the most caught-up member that answers', () => {
    const group = ledByOne({ members: 5 });
    group.propose(1);
    group.settle([1, 2, 4]);
    group.tick(1);
    group.settle([1, 3, 4, 5]);
    group.propose(1);
    group.settle([1, 4]);
    group.on(1, (raft) => {
      raft.resign();
    });
    group.settle();
    expect(leaders(group)).toEqual([4, 4, 4, 4, 4]);
  });

  test('steps down at once if nobody answers', () => {
    const group = ledByOne();
    for (let at = 0; at < 19; at++) {
      group.tick(1);
      group.settle(at < 9 ? group.ids : [1]);
    }
    expect(group.raft(1).role).toBe('leader');
    group.on(1, (raft) => {
      raft.resign();
    });
    expect([group.raft(1).role, group.raft(1).leader]).toEqual(['follower', 0]);
  });

  test('steps down after an election timeout if the other did not take over', () => {
    const group = ledByOne();
    group.on(1, (raft) => {
      raft.resign();
    });
    group.take({ type: MessageType.timeoutNow });
    for (let at = 0; at < 10; at++) {
      expect(group.raft(1).role).toBe('leader');
      group.tick(1);
      group.settle();
    }
    expect(group.raft(1).role).toBe('follower');
  });
});

test('a leader that was asked to stay after it had resigned takes proposals again when a later transfer comes to nothing', () => {
  const group = ledByOne();
  group.on(1, (raft) => {
    raft.resign();
  });
  group.take({ type: MessageType.timeoutNow });
  transfer(group, 1, 1);
  transfer(group, 1, 3);
  group.take({ type: MessageType.timeoutNow });
  for (let at = 0; at < 10; at++) {
    group.tick(1);
    group.settle();
  }
  expect([group.raft(1).role, group.raft(1).transferee]).toEqual(['leader', 0]);
});

test('who does not lead forwards no wish of another term, and resigns from nothing', () => {
  const group = ledByOne();
  group.deliver(createMessage(MessageType.transferLeader, 3, 2, 0, 0, 0, 0, false, 3));
  group.on(2, (raft) => {
    raft.resign();
  });
  expect(group.network).toEqual([]);
});
