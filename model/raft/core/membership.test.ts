import { describe, expect, test } from 'vitest';
import { createConfiguration, describeConfiguration } from './configuration.ts';
import type { Entry } from './entry.ts';
import { createMessage, MessageType } from './message.ts';
import { TestGroup, type GroupOptions } from '../testing/group.ts';

function ledByOne(options: GroupOptions = {}): TestGroup {
  const group = new TestGroup({ preVote: true, checkQuorum: true, spares: 2, ...options });
  group.elect(1);
  return group;
}

const configurations = (group: TestGroup, ids: readonly number[]): string[] =>
  ids.map((id) => describeConfiguration(group.raft(id).configuration));

function round(group: TestGroup, among: readonly number[] = group.ids): void {
  for (const id of group.ids) if (group.isUp(id)) group.tick(id);
  group.settle(among);
}

function rounds(group: TestGroup, count: number, among: readonly number[] = group.ids): void {
  for (let at = 0; at < count; at++) round(group, among);
}

test('a change counts at each member from when it is applied there, not when it is appended', () => {
  const group = ledByOne();
  expect(group.change(1, 'add-voter 4')).toMatchObject({ index: 2 });
  expect(configurations(group, [1, 2])).toEqual(['{1 2 3}', '{1 2 3}']);
  group.deliverAll({ to: 2 });
  group.deliverAll({ to: 1 });
  expect(configurations(group, [1, 2])).toEqual(['{1 2 3 4}', '{1 2 3}']);
  group.settle();
  rounds(group, 2);
  expect(configurations(group, [1, 2, 3, 4])).toEqual(Array.from({ length: 4 }, () => '{1 2 3 4}'));
});

test('a new voter gets the whole log, and from then on its acknowledgement is needed', () => {
  const group = ledByOne({ members: 1, spares: 1 });
  group.change(1, 'add-voter 2');
  expect(group.raft(1).commit).toBe(2);
  expect(group.propose(1)).not.toBeNull();
  expect(group.raft(1).commit).toBe(2);
  rounds(group, 2);
  expect([group.raft(1).commit, group.raft(2).commit]).toEqual([3, 3]);
});

describe('a change is refused', () => {
  const refused = (prepare: (group: TestGroup) => void, changes: string, options: GroupOptions = {}): unknown => {
    const group = new TestGroup({ spares: 2, ...options });
    prepare(group);
    const last = group.raft(1).lastIndex;
    const answer = group.change(1, changes);
    expect(group.raft(1).lastIndex).toBe(last);
    return answer;
  };

  test('by a follower', () => {
    expect(
      refused((group) => {
        group.elect(2);
      }, 'remove 3'),
    ).toBe('not leading');
  });

  test('by a leader that hands over', () => {
    expect(
      refused((group) => {
        group.elect(1);
        group.on(1, (raft) => raft.transferLeadership(2));
      }, 'remove 3'),
    ).toBe('handing over');
  });

  test('by a leader that has committed nothing of its own term', () => {
    expect(
      refused((group) => {
        group.vote(1);
      }, 'remove 3'),
    ).toBe('term not begun');
  });

  test('while another one is not applied', () => {
    expect(
      refused((group) => {
        group.elect(1);
        group.change(1, 'remove 3');
      }, 'add-voter 4'),
    ).toBe('another change is pending');
  });

  test('by a new leader whose log holds one that is committed and not applied', () => {
    const group = new TestGroup({ spares: 1, autoSync: false });
    for (const id of [1, 2, 3]) group.sync(id);
    group.autoSync = true;
    group.elect(1);
    group.autoSync = false;
    group.change(1, 'add-voter 4');
    group.sync(1);
    group.deliverAll({ to: 2, type: MessageType.append });
    group.sync(2);
    group.network = [];
    group.on(2, (raft) => {
      raft.campaign();
    });
    group.sync(2);
    group.deliverAll({ to: 3 });
    group.sync(3);
    group.deliverAll({ to: 2 });
    expect(group.raft(2).isLeader).toBe(true);
    expect(group.change(2, 'remove 3')).toBe('term not begun');
  });

  test.each([
    ['', 'nothing to leave'],
    ['remove 1, remove 2, remove 3', 'nobody left'],
  ])('that cannot be made: %j, %s', (changes) => {
    expect(
      refused((group) => {
        group.elect(1);
      }, changes),
    ).toBe('impossible');
  });

  test('in a joint configuration, except to leave it', () => {
    const group = ledByOne();
    group.change(1, 'add-voter 4', 'joint-explicit');
    group.settle();
    expect(configurations(group, [1])).toEqual(['{1 2 3 4}&{1 2 3}']);
    expect(group.change(1, 'add-voter 5')).toBe('impossible');
    expect(group.change(1, '')).toMatchObject({ index: 3 });
    rounds(group, 2);
    expect(configurations(group, [1, 4])).toEqual(['{1 2 3 4}', '{1 2 3 4}']);
  });
});

describe('a joint configuration', () => {
  /** {4, 5} replace {2, 3}; nobody has heard of it but the leader, who has applied it. */
  function joint(transition: 'auto' | 'joint-explicit' = 'joint-explicit', options: GroupOptions = {}): TestGroup {
    const group = ledByOne(options);
    group.change(1, 'add-voter 4, add-voter 5, remove 2, remove 3', transition);
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    expect(configurations(group, [1])).toEqual(['{1 4 5}&{1 2 3}']);
    group.settle();
    return group;
  }

  test('commits what a majority of both halves holds', () => {
    const group = joint();
    for (const [ids, committed] of [
      [[1, 2, 3], false],
      [[1, 4, 5], false],
      [[1, 2, 4], true],
    ] as const) {
      const index = (group.propose(1) as Entry).index;
      group.settle(ids);
      expect([ids, group.raft(1).commit >= index]).toEqual([ids, committed]);
      rounds(group, 3);
    }
  });

  test('elects who has a majority of both halves', () => {
    for (const [ids, leads] of [
      [[2, 3, 1], false],
      [[2, 4, 5], false],
      [[2, 3, 4, 5], true],
      [[2, 1, 4], true],
    ] as const) {
      const group = joint('joint-explicit', { preVote: false, checkQuorum: false });
      rounds(group, 3);
      group.on(2, (raft) => {
        raft.campaign();
      });
      group.settle(ids);
      expect([ids, group.raft(2).isLeader]).toEqual([ids, leads]);
    }
  });

  test('confirms reads by a majority of both halves', () => {
    const group = joint();
    rounds(group, 3);
    group.read(1);
    group.settle([1, 2, 3]);
    expect(group.reads(1)).toEqual([]);
    group.tick(1);
    group.settle([1, 4]);
    expect(group.reads(1)).toHaveLength(1);
  });

  test('has a leader only as long as a majority of both halves answers', () => {
    const group = joint();
    rounds(group, 3);
    rounds(group, 25, [1, 2, 3]);
    expect(group.raft(1).isLeader).toBe(false);
  });

  test('is left by its leader as soon as it is applied', () => {
    const group = joint('auto');
    rounds(group, 3);
    expect(configurations(group, [1, 4, 5])).toEqual(['{1 4 5}', '{1 4 5}', '{1 4 5}']);
    const changes = group.applied(1).filter(({ change }) => change !== null);
    expect(changes).toMatchObject([
      { index: 2, data: 'change 1' },
      { index: 3, data: null, change: { changes: [] } },
    ]);
  });

  test('is left by the next leader if the first one fails', () => {
    const group = ledByOne();
    group.change(1, 'add-voter 4, remove 3');
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    group.network = [];
    group.tick(1);
    group.deliverAll({ to: 2, type: MessageType.heartbeat });
    expect([configurations(group, [2]), group.raft(2).lastIndex]).toEqual([['{1 2 4}&{1 2 3}'], 2]);
    group.crash(1);
    group.network = [];
    rounds(group, 40, [2, 3, 4]);
    expect(configurations(group, [2, 4])).toEqual(['{1 2 4}', '{1 2 4}']);
  });
});

describe('who was removed', () => {
  test('leads no longer once that is applied', () => {
    const group = ledByOne();
    group.change(1, 'remove 1');
    group.settle();
    expect([group.raft(1).role, configurations(group, [1])]).toEqual(['follower', ['{2 3}']]);
    rounds(group, 40);
    expect(group.raft(1).role).toBe('follower');
    expect([2, 3].filter((id) => group.raft(id).isLeader)).toHaveLength(1);
  });

  test('disturbs nobody, even if it never heard of it', () => {
    const group = ledByOne();
    group.change(1, 'remove 3');
    group.settle([1, 2]);
    const { term } = group.raft(1);
    rounds(group, 100);
    expect([group.raft(1).isLeader, group.raft(1).term]).toEqual([true, term]);
    expect(configurations(group, [1, 3])).toEqual(['{1 2}', '{1 2 3}']);
  });

  test('is not handed leadership any more', () => {
    const group = ledByOne();
    group.change(1, 'remove 3');
    group.settle([1, 2]);
    group.on(1, (raft) => raft.transferLeadership(3));
    expect(group.raft(1).transferee).toBe(0);
  });

  test('ends a transfer to it', () => {
    const group = ledByOne();
    group.change(1, 'remove 3');
    group.on(1, (raft) => raft.transferLeadership(3));
    expect(group.raft(1).transferee).toBe(3);
    group.settle([1, 2]);
    expect(group.raft(1).transferee).toBe(0);
  });
});

test('a leader counts itself after a change as before', () => {
  const group = ledByOne();
  group.change(1, 'add-learner 4');
  group.propose(1);
  const [change, command] = group.take({ to: 2 });
  group.deliver(change!);
  group.deliverAll({ to: 1 });
  expect(configurations(group, [1])).toEqual(['{1 2 3} learners {4}']);
  group.deliver(command!);
  group.deliverAll({ to: 1 });
  expect(group.raft(1).commit).toBe(3);
});

test('a smaller group commits what waited for the larger one', () => {
  const group = ledByOne({ members: 2, spares: 0 });
  group.change(1, 'remove 2');
  group.settle();
  expect(configurations(group, [1])).toEqual(['{1}']);
  group.propose(1);
  expect(group.raft(1).commit).toBe(3);
});

describe('a learner', () => {
  function withLearner(): TestGroup {
    const group = ledByOne();
    group.change(1, 'add-learner 4');
    group.settle();
    rounds(group, 3);
    return group;
  }

  test('gets the log and counts for nothing', () => {
    const group = withLearner();
    group.propose(1);
    group.settle([1, 4]);
    expect([group.raft(1).commit, group.raft(4).lastIndex]).toEqual([2, 3]);
    rounds(group, 25, [1, 4]);
    expect(group.raft(1).isLeader).toBe(false);
  });

  test('never campaigns', () => {
    const group = withLearner();
    group.tick(4, 100);
    group.on(4, (raft) => {
      raft.campaign();
    });
    expect(group.raft(4).role).toBe('follower');
    group.deliver(createMessage(MessageType.timeoutNow, 1, 4, 1));
    expect(group.raft(4).role).toBe('follower');
  });

  // The candidate may know that it is a voter by now (etcd).
  test('grants its vote when asked', () => {
    const group = withLearner();
    group.tick(4, 10);
    group.deliver(createMessage(MessageType.vote, 2, 4, 9, 100, 9));
    expect(group.take({ from: 4 })).toMatchObject([{ type: MessageType.voteResponse, reject: false }]);
  });

  test('is no target of a transfer', () => {
    const group = withLearner();
    group.on(1, (raft) => raft.transferLeadership(4));
    expect(group.raft(1).transferee).toBe(0);
  });

  test('shows its leader how far it is, until it is made a voter', () => {
    const group = withLearner();
    expect(group.raft(1).progressOf(4)).toMatchObject({ match: 2, learner: true, state: 'replicate' });
    expect([group.raft(2).progressOf(4), group.raft(1).progressOf(5)]).toEqual([null, null]);
    group.change(1, 'add-voter 4');
    group.settle();
    expect(group.raft(1).progressOf(4)).toMatchObject({ learner: false, match: 3 });
    expect(configurations(group, [1, 4])).toEqual(['{1 2 3 4}', '{1 2 3 4}']);
  });
});

test('nobody campaigns while a change is known to be committed and not applied', () => {
  const group = ledByOne({ autoSync: true });
  group.autoSync = false;
  group.change(1, 'remove 3');
  group.sync(1);
  const [append] = group.take({ to: 2 });
  group.deliver(append!);
  group.deliver(createMessage(MessageType.heartbeat, 1, 2, 1, 0, 0, 2));
  expect([group.raft(2).commit, group.raft(2).applied]).toEqual([2, 1]);
  group.on(2, (raft) => {
    raft.campaign();
  });
  expect(group.raft(2).role).toBe('follower');
  group.sync(2);
  group.on(2, (raft) => {
    raft.campaign();
  });
  expect(group.raft(2).role).toBe('pre-candidate');
});

describe('the configuration', () => {
  test('is in a snapshot as of its index', () => {
    const group = ledByOne();
    group.propose(1);
    group.settle();
    group.change(1, 'add-learner 4');
    group.settle();
    const at = (index: number): string => describeConfiguration(group.raft(1).createSnapshot(index, null, 0, 0).configuration);
    expect([at(2), at(3)]).toEqual(['{1 2 3}', '{1 2 3} learners {4}']);
    group.compact(1);
    group.change(1, 'add-voter 4');
    group.settle();
    expect([at(4), at(3)]).toEqual(['{1 2 3 4}', '{1 2 3} learners {4}']);
  });

  test('comes with a received snapshot', () => {
    const group = ledByOne();
    group.change(1, 'add-voter 4, remove 2');
    group.settle([1, 2, 3]);
    rounds(group, 1, [1, 2, 3]);
    group.compact(1);
    rounds(group, 4, [1, 3, 4]);
    expect(configurations(group, [1, 4])).toEqual(['{1 3 4}', '{1 3 4}']);
    expect(group.raft(4).snapshot?.configuration).toEqual(group.raft(1).snapshot?.configuration);
  });

  test("is found again after a restart: the snapshot's, and what was applied since", () => {
    const group = ledByOne();
    group.change(1, 'add-voter 4');
    group.settle();
    group.compact(1);
    group.change(1, 'add-learner 5');
    group.settle();
    rounds(group, 2);
    group.crash(1);
    group.start(1);
    expect(configurations(group, [1])).toEqual(['{1 2 3 4} learners {5}']);
  });

  test('counts the changes that the host had applied on its own disk', () => {
    const group = ledByOne();
    group.change(1, 'add-voter 4');
    group.settle();
    const recovered = { ...group.disk(1).recover(), applied: 2 };
    const raft = group.restartFrom(1, recovered);
    expect([describeConfiguration(raft.configuration), raft.takeReady().committed]).toEqual(['{1 2 3 4}', []]);
  });
});

test('a spare waits in silence', () => {
  const group = ledByOne();
  group.tick(4, 50);
  expect([group.raft(4).role, group.raft(4).configuration]).toEqual(['follower', createConfiguration([1, 2, 3])]);
});
