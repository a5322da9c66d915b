import { expect, test } from 'vitest';
import type { ReadRecord } from '../../sim/index.ts';
import { createConfiguration } from './configuration.ts';
import type { Entry } from './entry.ts';
import type { HardState } from './ready.ts';
import type { Snapshot } from './snapshot.ts';
import { recoverWal, walRecordBytes, type WalRecord } from './wal-record.ts';

const torn: ReadRecord = { ok: false, torn: true };
const rotten: ReadRecord = { ok: false, torn: false };

function entry(index: number, term: number): Entry {
  return { index, term, data: null, bytes: 10, hash: index * 100 + term };
}

function good(value: unknown): ReadRecord {
  return { ok: true, value };
}

function record(entries: readonly Entry[], hardState: HardState | null = null): ReadRecord {
  return good({ base: null, entries, hardState } satisfies WalRecord);
}

function start(index = 0, term = 0, entries: readonly Entry[] = [], hardState: HardState | null = null): ReadRecord {
  return good({ base: { member: 1, voters: [1, 2, 3], index, term }, entries, hardState } satisfies WalRecord);
}

function snapshot(index: number, term: number): ReadRecord[] {
  return [good({ index, term, configuration: createConfiguration([1, 2, 3]), state: null, bytes: 100, hash: 7 } satisfies Snapshot)];
}

const hardState = (term: number, vote: number, commit: number): HardState => ({ term, vote, commit });

test('an empty disk is a first start: nothing is recovered, and the file is to be made', () => {
  const { recovered, rewrite, intactRecords } = recoverWal([], []);
  expect(recovered).toEqual({ hardState: null, snapshot: null, entries: [], applied: 0 });
  expect([rewrite, intactRecords]).toEqual([true, 0]);
});

test('a later record replaces what an earlier one holds from its first index on', () => {
  const { recovered, log } = recoverWal(
    [start(), record([entry(1, 1), entry(2, 1), entry(3, 1)], hardState(1, 1, 1)), record([entry(2, 2)], hardState(2, 3, 1))], [],
  );
  expect(recovered.entries).toEqual([entry(1, 1), entry(2, 2)]);
  expect(recovered.hardState).toEqual(hardState(2, 3, 1));
  expect([log.lastIndex, log.termAt(2), log.termAt(3)]).toEqual([2, 2, -1]);
});

test('a torn record at the very end promised nothing: the log ends before it', () => {
  const { recovered, intactRecords, rewrite } = recoverWal([start(), record([entry(1, 1)]), torn], []);
  expect(recovered.entries).toEqual([entry(1, 1)]);
  expect([intactRecords, rewrite]).toEqual([2, false]);
});

test('a bad record anywhere else is corruption', () => {
  expect(() => recoverWal([start(), rotten, record([entry(2, 1)])], [])).toThrow('corrupt write-ahead log');
  expect(() => recoverWal([start(), record([entry(1, 1)]), rotten], [])).toThrow('corrupt write-ahead log');
  expect(() => recoverWal([torn], [])).toThrow('corrupt write-ahead log');
  expect(() => recoverWal([start()], [rotten])).toThrow('corrupt snapshot');
});

test('a snapshot without the log that goes with it, or the other way round, is corruption', () => {
  expect(() => recoverWal([], snapshot(5, 1))).toThrow('it is gone');
  expect(() => recoverWal([start(5, 1)], [])).toThrow('the snapshot at 5 is gone');
  expect(() => recoverWal([start(5, 1)], snapshot(4, 1))).toThrow('the snapshot at 5 is gone');
  expect(() => recoverWal([start(), record([entry(2, 1)])], [])).toThrow('entries are missing');
});

test('entries behind a snapshot of the own log are kept', () => {
  const { recovered, rewrite, log } = recoverWal([start(2, 1, [entry(3, 1), entry(4, 2), entry(5, 2)], hardState(2, 0, 5))], snapshot(4, 2));
  expect(recovered.entries).toEqual([entry(3, 1), entry(4, 2), entry(5, 2)]);
  expect([recovered.applied, rewrite, log.baseIndex]).toEqual([4, false, 2]);
});

test.each([
  ['does not reach it', [entry(1, 1), entry(2, 1)]],
  ['has another entry there', [entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)]],
])('a received snapshot that was durable before the log heard of it voids a log that %s', (_what, entries) => {
  const { recovered, rewrite, log } = recoverWal([start(), record(entries, hardState(3, 2, 1))], snapshot(3, 2));
  expect(recovered.entries).toEqual([]);
  expect(recovered.hardState).toEqual(hardState(3, 2, 1));
  expect([recovered.applied, rewrite, log.baseIndex, log.baseTerm]).toEqual([3, true, 3, 2]);
});

test('a record weighs its entries and a header for each', () => {
  expect(walRecordBytes({ base: null, entries: [entry(1, 1), entry(2, 1)], hardState: null })).toBe(32 + 2 * (24 + 10));
});
