import { describe, expect, test } from 'vitest';
import { createConfiguration } from './configuration.ts';
import { Durability } from './durability.ts';
import type { Entry } from './entry.ts';
import { RaftLog, unknownTerm } from './log.ts';
import type { Snapshot } from './snapshot.ts';

const entry = (index: number, term: number): Entry => ({ index, term, data: null, bytes: 100, hash: index, change: null });
const entriesOf = (...terms: number[]): Entry[] => terms.map((term, at) => entry(at + 1, term));
const logOf = (...terms: number[]): RaftLog => new RaftLog(null, entriesOf(...terms), 0, 0);
const termsOf = (log: RaftLog): number[] => log.between(log.firstIndex, log.lastIndex).map(({ term }) => term);
const snapshotAt = (index: number, term: number): Snapshot => ({
  index,
  term,
  configuration: createConfiguration([1]),
  members: [],
  state: null,
  bytes: 10,
  hash: 0,
});

describe('merging an append', () => {
  test('adds what is new', () => {
    const log = logOf(1, 1);
    log.merge([entry(2, 1), entry(3, 2)]);
    expect(termsOf(log)).toEqual([1, 1, 2]);
  });

  test('keeps what follows a shorter append that agrees', () => {
    const log = logOf(1, 1, 1, 1);
    log.merge([entry(2, 1)]);
    expect(termsOf(log)).toEqual([1, 1, 1, 1]);
  });

  test('drops everything from the first conflict on', () => {
    const log = logOf(1, 1, 1, 1);
    log.merge([entry(2, 1), entry(3, 2)]);
    expect(termsOf(log)).toEqual([1, 1, 2]);
  });

  test('refuses to drop what is committed', () => {
    const log = logOf(1, 1, 1);
    log.commitTo(2);
    expect(() => {
      log.merge([entry(2, 2)]);
    }).toThrow('entry 2 is committed');
  });

  test('never changes an array that was given away', () => {
    const log = logOf(1, 1, 1);
    const given = log.between(2, 3);
    log.merge([entry(3, 2), entry(4, 2)]);
    expect(given.map(({ term }) => term)).toEqual([1, 1]);
    expect(log.between(2, 3).map(({ term }) => term)).toEqual([1, 2]);
  });
});

describe('a compacted log', () => {
  const compacted = (): RaftLog => {
    const log = logOf(1, 1, 2, 2, 3);
    log.commitTo(5);
    log.applied = 4;
    log.snapshot = snapshotAt(4, 2);
    log.compact(3);
    return log;
  };

  test('still knows the term of the last entry it dropped, and of none before', () => {
    const log = compacted();
    expect([log.firstIndex, log.lastIndex]).toEqual([4, 5]);
    expect([2, 3, 4, 5, 6].map((index) => log.termAt(index))).toEqual([unknownTerm, 2, 2, 3, unknownTerm]);
  });

  test('is never compacted beyond its snapshot', () => {
    expect(() => {
      compacted().compact(5);
    }).toThrow('no snapshot covers index 5');
  });

  test('compacted to its end knows its last term', () => {
    const log = compacted();
    log.compact(4);
    log.snapshot = snapshotAt(5, 3);
    log.compact(5);
    expect([log.lastIndex, log.lastTerm]).toEqual([5, 3]);
  });
});

test('a search for the conflict skips whole terms and stops at the compacted prefix', () => {
  const log = logOf(1, 1, 2, 2, 5, 5);
  expect([5, 4, 2, 1].map((term) => log.findConflictByTerm(6, term))).toEqual([6, 4, 4, 2]);
  expect(log.findConflictByTerm(6, 0)).toBe(0);
});

test('an append is cut at its size but never empty', () => {
  const log = logOf(1, 1, 1, 1);
  expect([1, 100, 250, 10_000].map((bytes) => log.limit(2, 4, bytes))).toEqual([2, 2, 3, 4]);
});

describe('recovery', () => {
  test('skips entries that the snapshot covers', () => {
    const log = new RaftLog(snapshotAt(2, 1), entriesOf(1, 1, 2), 0, 2);
    expect([log.firstIndex, log.lastIndex, log.committed]).toEqual([3, 3, 2]);
  });

  test('takes what was applied for committed, since the commit index is not synced', () => {
    expect(new RaftLog(null, entriesOf(1, 1, 1), 1, 3).committed).toBe(3);
  });

  test('panics when the commit index lies beyond the log', () => {
    expect(() => new RaftLog(null, entriesOf(1), 2, 0)).toThrow('commit 2 is out of range');
  });

  test('panics on a gap', () => {
    expect(() => new RaftLog(null, [entry(2, 1)], 0, 0)).toThrow('recovered entry 2 follows 0');
  });
});

describe('durability', () => {
  test('reaches as far as the last write that completed', () => {
    const durability = new Durability(0);
    durability.begin(3);
    durability.begin(5);
    durability.complete(1);
    expect([durability.durable, durability.handedOut]).toEqual([3, 5]);
    durability.complete(2);
    expect(durability.durable).toBe(5);
  });

  test('does not vouch for entries replaced while their write was under way', () => {
    const durability = new Durability(0);
    durability.begin(5);
    durability.truncated(2);
    durability.begin(4);
    durability.complete(1);
    expect(durability.durable).toBe(2);
    durability.complete(2);
    expect(durability.durable).toBe(4);
  });

  test('cannot be claimed for a write that was never handed out', () => {
    expect(() => {
      new Durability(0).complete(1);
    }).toThrow('only 0 were handed out');
  });
});
