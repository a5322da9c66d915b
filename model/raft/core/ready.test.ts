import { expect, test } from 'vitest';
import { createConfiguration } from './configuration.ts';
import { createMessage, MessageType } from './message.ts';
import { defaultTuning, type Recovered } from './options.ts';
import { Raft } from './raft.ts';

const start = (voters: number[], recovered: Recovered | null = null): Raft =>
  new Raft({
    id: 1,
    configuration: createConfiguration(voters),
    ...defaultTuning,
    random: () => 0,
    nowUs: () => 0,
    recovered,
    defects: new Set(),
  });

test('an idle member has nothing to do', () => {
  expect(start([1, 2, 3]).hasReady()).toBe(false);
});

test('a candidate asks to write its vote, and to send its requests afterwards', () => {
  const raft = start([1, 2, 3]);
  raft.campaign();
  expect(raft.takeReady()).toMatchObject({
    sequence: 0,
    mustSync: false,
    messages: [{ to: 2 }, { to: 3 }],
    messagesAfterSync: [],
  });
  for (const from of [2, 3]) raft.step(createMessage(MessageType.preVoteResponse, from, 1, 1));
  expect(raft.takeReady()).toMatchObject({
    sequence: 1,
    mustSync: true,
    hardState: { term: 1, vote: 1, commit: 0 },
    messages: [],
    messagesAfterSync: [{ to: 2 }, { to: 3 }],
  });
  expect(raft.hasReady()).toBe(false);
});

test('several Readys may be under way; one that needs no sync repeats the number of the last that does', () => {
  const raft = start([1]);
  raft.campaign();
  raft.stable(raft.takeReady().sequence);
  raft.propose('a', 1, 1);
  const first = raft.takeReady();
  raft.propose('b', 1, 2);
  const second = raft.takeReady();
  expect([first.sequence, second.sequence]).toEqual([2, 3]);
  expect(raft.hasReady()).toBe(false);
  raft.stable(2);
  const third = raft.takeReady();
  expect(third).toMatchObject({ sequence: 3, mustSync: false, hardState: { commit: 2 } });
  expect(third.committed.map(({ data }) => data)).toEqual([null, 'a']);
  raft.stable(3);
  expect(raft.takeReady().committed.map(({ data }) => data)).toEqual(['b']);
});

test('after a restart the commit index that was written leads to what is not applied yet', () => {
  const entries = [1, 2, 3].map((index) => ({ index, term: 1, data: index, bytes: 1, hash: index, change: null }));
  const raft = start([1, 2, 3], { hardState: { term: 4, vote: 2, commit: 3 }, snapshot: null, entries, applied: 1 });
  expect([raft.term, raft.vote, raft.commit]).toEqual([4, 2, 3]);
  expect(raft.takeReady()).toMatchObject({ hardState: null, mustSync: false, committed: [{ index: 2 }, { index: 3 }] });
});

test('entries of a term whose hard state was torn off raise the term', () => {
  const entries = [{ index: 1, term: 5, data: null, bytes: 0, hash: 0, change: null }];
  const raft = start([1, 2, 3], { hardState: { term: 4, vote: 2, commit: 0 }, snapshot: null, entries, applied: 0 });
  expect([raft.term, raft.vote]).toEqual([5, 0]);
});

test('senseless options are refused', () => {
  expect(
    () =>
      new Raft({
        id: 0,
        configuration: createConfiguration([1]),
        ...defaultTuning,
        random: () => 0,
        nowUs: () => 0,
        recovered: null,
        defects: new Set(),
      }),
  ).toThrow(RangeError);
});
