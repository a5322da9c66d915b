import { expect, test } from 'vitest';
import type { ReadRecord } from '../../../sim/index.ts';
import { createConfiguration } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { HardState } from '../core/ready.ts';
import type { Snapshot } from '../core/snapshot.ts';
import {
  recoverWal,
  segmentFile,
  WalEnd,
  walRecordBytes,
  type ReadSegment,
  type WalRecord,
  type WalRecovery,
} from './wal-record.ts';

const torn: ReadRecord = { ok: false, torn: true };
const rotten: ReadRecord = { ok: false, torn: false };
const configuration = createConfiguration([1, 2, 3]);

/** A log as it would be written: segments of good records. */
class Written {
  readonly segments: ReadRecord[][] = [];
  private readonly end = new WalEnd();

  constructor(index = 0, term = 0) {
    this.end.lastIndex = index;
    this.end.lastTerm = term;
    this.cut();
  }

  cut(): this {
    const { lastIndex: index, lastTerm: term, checksum, hardState } = this.end;
    this.segments.push([]);
    return this.add(
      this.end.record({ member: 1, configuration, segment: this.segments.length, index, term, checksum }, null, [], hardState),
    );
  }

  entries(list: readonly Entry[], hardState: HardState | null = null): this {
    return this.add(this.end.record(null, null, list, hardState));
  }

  snapshot(index: number, term: number, received: boolean): this {
    return this.add(this.end.record(null, { index, term, received }, [], null));
  }

  /** As files on a disk, the first `from` of which are gone. */
  files(from = 0): ReadSegment[] {
    return this.segments.map((records, at) => ({ file: segmentFile(at + 1), records })).slice(from);
  }

  private add(record: WalRecord): this {
    this.end.take(record);
    this.segments.at(-1)!.push({ ok: true, value: record });
    return this;
  }
}

function entry(index: number, term: number): Entry {
  return { index, term, data: null, bytes: 10, hash: index * 100 + term, change: null };
}

function snapshot(index: number, term: number): ReadRecord[] {
  return [{ ok: true, value: { index, term, configuration, members: [], state: null, bytes: 100, hash: 7 } satisfies Snapshot }];
}

const hardState = (term: number, vote: number, commit: number): HardState => ({ term, vote, commit });

function recover(files: readonly ReadSegment[], snapshotRecords: readonly ReadRecord[] = []): WalRecovery {
  return recoverWal(files, snapshotRecords)!;
}

test('an empty disk holds no log', () => {
  expect(recoverWal([], [])).toBeNull();
  expect(recover(new Written().files()).recovered).toEqual({ hardState: null, snapshot: null, entries: [], applied: 0 });
});

test('a later record replaces what an earlier one holds from its first index on', () => {
  const written = new Written()
    .entries([entry(1, 1), entry(2, 1), entry(3, 1)], hardState(1, 1, 1))
    .entries([entry(2, 2)], hardState(2, 3, 1));
  const { recovered, end } = recover(written.files());
  expect(recovered.entries).toEqual([entry(1, 1), entry(2, 2)]);
  expect(recovered.hardState).toEqual(hardState(2, 3, 1));
  expect([end.lastIndex, end.lastTerm]).toEqual([2, 2]);
});

test('a log goes on over its segments, of which each repeats the hard state', () => {
  const written = new Written()
    .entries([entry(1, 1)], hardState(1, 1, 0))
    .cut()
    .entries([entry(2, 1)])
    .cut();
  const { recovered, segments, intactRecords, end } = recover(written.files());
  expect(recovered.entries).toEqual([entry(1, 1), entry(2, 1)]);
  expect(recovered.hardState).toEqual(hardState(1, 1, 0));
  expect(segments).toEqual([
    { number: 1, index: 0 },
    { number: 2, index: 1 },
    { number: 3, index: 2 },
  ]);
  expect([intactRecords, end.lastIndex]).toEqual([1, 2]);
});

test('a torn record at the very end promised nothing: the log ends before it', () => {
  const written = new Written().entries([entry(1, 1)]);
  written.segments[0]!.push(torn);
  const { recovered, intactRecords } = recover(written.files());
  expect([recovered.entries, intactRecords]).toEqual([[entry(1, 1)], 2]);
});

test('a bad record anywhere else is corruption', () => {
  const spoilt = (spoil: (segments: ReadRecord[][]) => void) => () => {
    const written = new Written()
      .entries([entry(1, 1)])
      .cut()
      .entries([entry(2, 1)]);
    spoil(written.segments);
    return recoverWal(written.files(), []);
  };
  expect(spoilt(([first]) => first!.splice(1, 1, rotten))).toThrow('corrupt write-ahead log');
  expect(spoilt(([first]) => first!.push(torn))).toThrow('corrupt write-ahead log');
  expect(spoilt(([, second]) => second!.push(rotten))).toThrow('corrupt write-ahead log');
  expect(spoilt(([, second]) => second!.splice(0, 1, rotten))).toThrow('a segment is missing');
  expect(() => recoverWal([{ file: segmentFile(1), records: [torn] }], [])).toThrow('corrupt write-ahead log');
  expect(() => recoverWal(new Written().files(), [rotten])).toThrow('corrupt snapshot');
});

test('the chain of checksums finds a record or a segment that is missing or another one', () => {
  const written = new Written()
    .entries([entry(1, 1)])
    .entries([], hardState(1, 1, 0))
    .cut()
    .entries([entry(2, 1)])
    .cut();
  const [first, second, third] = written.files();
  expect(() => recover([first!, third!])).toThrow('a segment is missing');
  expect(() => recover([{ ...first!, records: [first!.records[0]!, first!.records[2]!] }, second!])).toThrow(
    'the chain of checksums',
  );
  const other = new Written()
    .entries([entry(1, 2)])
    .cut()
    .files()[1]!;
  expect(() => recover([first!, other])).toThrow('the chain of checksums');
});

test('a snapshot without the log that goes with it, or the other way round, is corruption', () => {
  expect(() => recoverWal([], snapshot(5, 1))).toThrow('it is gone');
  const released = new Written()
    .entries([1, 2, 3, 4, 5].map((index) => entry(index, 1)))
    .cut()
    .files(1);
  expect(() => recoverWal(released, [])).toThrow('the snapshot at 5 is gone');
  expect(() => recoverWal(released, snapshot(4, 1))).toThrow('the snapshot at 5 is gone');
  expect(() => new Written().entries([entry(2, 1)])).toThrow('entries are missing');
});

test('of a log that a snapshot reaches into only what follows is read, and earlier segments may have rotted', () => {
  const written = new Written()
    .entries([entry(1, 1), entry(2, 1)])
    .cut()
    .entries([entry(3, 1), entry(4, 2), entry(5, 2)], hardState(2, 0, 5));
  written.snapshot(4, 2, false);
  written.segments[0]!.splice(0, 2, rotten, rotten);
  const { recovered, overtaken, segments } = recover(written.files(), snapshot(4, 2));
  expect(recovered.entries).toEqual([entry(5, 2)]);
  expect([recovered.applied, overtaken, segments]).toEqual([4, false, [{ number: 2, index: 2 }]]);
});

test('a segment may begin with entries that replace some which earlier segments held', () => {
  const written = new Written()
    .entries([entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)])
    .cut()
    .entries([entry(2, 2), entry(3, 2), entry(4, 2), entry(5, 2)]);
  const { recovered, overtaken } = recover(written.files(1), snapshot(4, 2));
  expect([recovered.entries, overtaken]).toEqual([[entry(5, 2)], false]);
  expect(recover(written.files()).recovered.entries.map(({ term }) => term)).toEqual([1, 2, 2, 2, 2]);
});

test('a received snapshot voids what was written before it', () => {
  const written = new Written()
    .entries([entry(1, 1), entry(2, 1)])
    .snapshot(8, 3, true)
    .entries([entry(9, 3)], hardState(3, 0, 8));
  const { recovered, overtaken } = recover(written.files(), snapshot(8, 3));
  expect([recovered.entries, recovered.applied, overtaken]).toEqual([[entry(9, 3)], 8, false]);
});

test.each([
  ['does not reach it', [entry(1, 1), entry(2, 1)]],
  ['has another entry there', [entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)]],
])('a received snapshot that was durable before the log heard of it voids a log that %s', (_what, entries) => {
  const { recovered, overtaken } = recover(new Written().entries(entries, hardState(3, 2, 1)).files(), snapshot(3, 2));
  expect(recovered.entries).toEqual([]);
  expect(recovered.hardState).toEqual(hardState(3, 2, 1));
  expect([recovered.applied, overtaken]).toEqual([3, true]);
});

test('a record weighs its entries and a header for each', () => {
  expect(walRecordBytes({ head: null, snapshot: null, entries: [entry(1, 1), entry(2, 1)], hardState: null, checksum: 0 })).toBe(
    32 + 2 * (24 + 10),
  );
});
