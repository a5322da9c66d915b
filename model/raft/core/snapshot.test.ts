import { describe, expect, test } from 'vitest';
import { createConfiguration } from './configuration.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import type { Snapshot } from './snapshot.ts';
import { TestGroup } from '../testing/group.ts';

/** Leader 1 with 6 committed entries, compacted behind them; member 3 was away and has but the first. */
function laggingGroup(): TestGroup {
  const group = new TestGroup();
  group.elect(1);
  for (let command = 0; command < 5; command++) group.propose(1);
  group.settle([1, 2]);
  group.compact(1);
  return group;
}

const install = (snapshot: Snapshot): Message =>
  createMessage(MessageType.snapshot, 1, 2, 1, 0, 0, 0, false, 0, 0, 0, [], snapshot);

const snapshotAt = (index: number, term = 1): Snapshot => ({
  index,
  term,
  configuration: createConfiguration([1, 2, 3]),
  members: [],
  state: 'state',
  bytes: 10,
  hash: 0,
});

test('a follower behind the compacted prefix gets a snapshot, then the entries after it', () => {
  const group = laggingGroup();
  group.tick(1);
  group.propose(1);
  group.settle();
  expect(group.raft(3).inspect()).toMatchObject({ firstIndex: 7, lastIndex: 7, commit: 7, applied: 7, snapshotIndex: 6 });
  expect(group.applied(3).map(({ index }) => index)).toEqual([1, 7]);
  expect(group.raft(1).inspect().progress).toMatchObject([{ member: 2 }, { member: 3, state: 'replicate', match: 7 }]);
});

test('a follower exactly at the compacted end needs no snapshot', () => {
  const group = new TestGroup();
  group.elect(1);
  group.compact(1);
  group.propose(1);
  expect(group.network.map(({ type }) => type)).toEqual([MessageType.append, MessageType.append]);
  group.settle();
  expect(group.raft(3).commit).toBe(2);
});

test('entries kept behind a snapshot spare a slow follower the snapshot', () => {
  const group = new TestGroup();
  group.elect(1);
  for (let command = 0; command < 5; command++) group.propose(1);
  group.settle([1, 2]);
  group.compact(1, 5);
  group.tick(1);
  group.settle();
  expect(group.raft(3).inspect()).toMatchObject({ commit: 6, snapshotIndex: 0 });
});

test('a lost snapshot is sent again, but only after a while', () => {
  const group = laggingGroup();
  const progress = (): string => group.raft(1).inspect().progress[1]!.state;
  const roundLosingSnapshots = (): number => {
    group.tick(1);
    let lost = 0;
    while (group.network.length > 0) {
      const message = group.network.shift()!;
      if (message.type === MessageType.snapshot) lost++;
      else group.deliver(message);
    }
    return lost;
  };
  const lost = Array.from({ length: 45 }, roundLosingSnapshots);
  expect(lost.filter((count) => count > 0)).toEqual([1, 1, 1]);
  expect(progress()).toBe('snapshot');
  for (let tick = 0; tick < 25; tick++) {
    group.tick(1);
    group.settle();
  }
  expect([progress(), group.raft(3).commit]).toEqual(['replicate', 6]);
});

describe('an arriving snapshot', () => {
  const followed = (): TestGroup => {
    const group = new TestGroup();
    group.elect(1);
    for (let command = 0; command < 3; command++) group.propose(1);
    group.deliverAll({ to: 2 });
    group.network = [];
    return group;
  };

  test('that is behind the commit index changes nothing', () => {
    const group = followed();
    group.deliver(install(snapshotAt(1)));
    expect(group.raft(2).inspect()).toMatchObject({ commit: 1, lastIndex: 4, snapshotIndex: 0 });
    expect(group.network).toMatchObject([{ type: MessageType.appendResponse, index: 1 }]);
  });

  test('whose last entry is in the log moves the commit index and keeps what follows', () => {
    const group = followed();
    group.deliver(install(snapshotAt(3)));
    expect(group.raft(2).inspect()).toMatchObject({ commit: 3, applied: 3, lastIndex: 4, snapshotIndex: 0 });
    expect(group.network).toMatchObject([{ index: 3 }]);
  });

  test.each([
    { case: 'lies beyond the log', snapshot: snapshotAt(9) },
    { case: 'conflicts with the log', snapshot: { ...snapshotAt(3), term: 7 } },
  ])('that $case replaces the whole log', ({ snapshot }) => {
    const group = followed();
    group.deliver(install(snapshot));
    const { index } = snapshot;
    expect(group.raft(2).inspect()).toMatchObject({ commit: index, firstIndex: index + 1, lastIndex: index });
  });

  test('is acknowledged only once it is durable, and nothing after it is applied before', () => {
    const group = followed();
    group.autoSync = false;
    group.deliver(install(snapshotAt(9)));
    expect(group.network).toEqual([]);
    expect(group.raft(2).durableIndex).toBe(0);
    group.sync(2);
    expect(group.network).toMatchObject([{ type: MessageType.appendResponse, index: 9 }]);
  });

  test('is there after a restart, without the entries it replaced', () => {
    const group = followed();
    group.deliver(install(snapshotAt(3, 7)));
    group.crash(2);
    group.start(2);
    expect(group.raft(2).inspect()).toMatchObject({ snapshotIndex: 3, lastIndex: 3, lastTerm: 7, commit: 3, applied: 3 });
  });
});

test('no snapshot is made of what was not applied', () => {
  const group = new TestGroup();
  expect(() => group.raft(1).createSnapshot(1, null, 0, 0)).toThrow('no snapshot can be made at 1');
});
