/** What stands in the write-ahead log, and how a log is read back from its segments. */
import { mix3, Panic, type ReadRecord } from '../../../sim/index.ts';
import type { Configuration, MemberId } from '../core/configuration.ts';
import { noEntries, type Entry } from '../core/entry.ts';
import type { Recovered } from '../core/options.ts';
import type { HardState } from '../core/ready.ts';
import type { Snapshot } from '../core/snapshot.ts';

export const snapshotFile = 'snapshot';
/** Segments are files called `wal-000001` and so on. */
export const walPrefix = 'wal-';

export function segmentFile(segment: number): string {
  return walPrefix + String(segment).padStart(6, '0');
}

export function isWalFile(file: string): boolean {
  return file.startsWith(walPrefix);
}

/** The first record of a segment (etcd: checksum, metadata and hard state): it says whose the log is, and what went before. */
export interface WalHead {
  readonly member: MemberId;
  /** With which this member's log began. */
  readonly configuration: Configuration;
  readonly segment: number;
  /** Last entry that was in the log when the segment was begun; (0, 0): none. */
  readonly index: number;
  readonly term: number;
  /** Of the last record before it. */
  readonly checksum: number;
}

/** A snapshot that reaches this entry is durable (etcd `walpb.Snapshot`). */
export interface WalSnapshot {
  readonly index: number;
  readonly term: number;
  /** It came from a leader and replaces the whole log: entries in records before this one are void. */
  readonly received: boolean;
}

/** What was written at once, under one checksum: it survives a crash as a whole or not at all. */
export interface WalRecord {
  readonly head: WalHead | null;
  readonly snapshot: WalSnapshot | null;
  /** Contiguous. What stood at or after the first one's index is void. */
  readonly entries: readonly Entry[];
  /** Not null in a head, so that the segments before it can go. */
  readonly hardState: HardState | null;
  /** Of this record and all before it. */
  readonly checksum: number;
}

const RECORD_HEADER_BYTES = 32;
const ENTRY_HEADER_BYTES = 24;

export function walRecordBytes(record: WalRecord): number {
  const { entries } = record;
  let bytes = RECORD_HEADER_BYTES + entries.length * ENTRY_HEADER_BYTES;
  for (let at = 0; at < entries.length; at++) bytes += entries[at]!.bytes;
  return bytes;
}

/** Where a log ends: what the next record follows. */
export class WalEnd {
  lastIndex = 0;
  lastTerm = 0;
  hardState: HardState | null = null;
  checksum = 0;

  /** The record that continues the log with these. */
  record(head: WalHead | null, snapshot: WalSnapshot | null, entries: readonly Entry[], hardState: HardState | null): WalRecord {
    return { head, snapshot, entries, hardState, checksum: checksumOf(this.checksum, head, snapshot, entries, hardState) };
  }

  /** Throws Panic when the record does not follow. */
  take({ head, snapshot, entries, hardState, checksum }: WalRecord): void {
    if (snapshot !== null && snapshot.received) {
      this.lastIndex = snapshot.index;
      this.lastTerm = snapshot.term;
    }
    if (entries.length > 0) {
      const last = entries[entries.length - 1]!;
      if (entries[0]!.index > this.lastIndex + 1) throw new Panic('corrupt write-ahead log: entries are missing');
      this.lastIndex = last.index;
      this.lastTerm = last.term;
    }
    if (head !== null) {
      this.lastIndex = head.index;
      this.lastTerm = head.term;
    }
    if (hardState !== null) this.hardState = hardState;
    this.checksum = checksum;
  }
}

function checksumOf(
  previous: number,
  head: WalHead | null,
  snapshot: WalSnapshot | null,
  entries: readonly Entry[],
  hardState: HardState | null,
): number {
  let sum = previous;
  if (head !== null)
    sum = mix3(sum, head.segment ^ Math.imul(head.member, 0x9e3779b1), mix3(head.index, head.term, head.checksum));
  if (snapshot !== null) sum = mix3(sum, snapshot.index, snapshot.received ? -snapshot.term : snapshot.term);
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    sum = mix3(sum, entry.hash, entry.term ^ Math.imul(entry.index, 0x9e3779b1));
  }
  return hardState === null ? sum : mix3(sum, hardState.term ^ Math.imul(hardState.vote, 0x9e3779b1), hardState.commit);
}

/** One file as it was read. */
export interface ReadSegment {
  readonly file: string;
  readonly records: readonly ReadRecord[];
}

/** A segment that stays. */
export interface Segment {
  readonly number: number;
  /** As in its head: what is before it can go when a snapshot reaches this index. */
  readonly index: number;
}

export interface WalRecovery {
  readonly recovered: Recovered;
  readonly end: WalEnd;
  readonly member: MemberId;
  readonly configuration: Configuration;
  /** Oldest first, the last one is to be continued. Older files are of no use any more. */
  readonly segments: readonly Segment[];
  /** Records of the last segment that may stay; behind them is a torn one. */
  readonly intactRecords: number;
  readonly tailBytes: number;
  /** The log does not lead up to the snapshot, which was received and became durable before the log heard of it. */
  readonly overtaken: boolean;
}

/**
 * Reads a log back, given its segments by name. What a snapshot reaches need not be read, and may have rotted (etcd `wal.Open`).
 * A record at the very end that a crash tore promised nothing; a rotten one may have promised everything, even there. Throws
 * Panic when durable data is gone: this member must not go on. Null: the disk is empty.
 */
export function recoverWal(files: readonly ReadSegment[], snapshotRecords: readonly ReadRecord[]): WalRecovery | null {
  const snapshot = readSnapshot(snapshotRecords);
  if (files.length === 0) {
    if (snapshot !== null) throw new Panic('corrupt write-ahead log: it is gone, its snapshot is not');
    return null;
  }
  const snapshotIndex = snapshot?.index ?? 0;
  const needed = files.slice(firstNeeded(files, snapshotIndex));
  const { index, term, member, configuration } = headOf(needed[0]!)!;
  const log = new RecoveredLog(index, term);
  const segments: Segment[] = [];
  let intact = 0;
  let bytes = 0;
  for (const [at, file] of needed.entries()) {
    const head = headOf(file);
    if (head === null || (at > 0 && head.segment !== segments[at - 1]!.number + 1))
      throw new Panic('corrupt write-ahead log: a segment is missing');
    segments.push({ number: head.segment, index: head.index });
    ({ intact, bytes } = log.read(file.records, at === needed.length - 1));
  }
  const overtaken = snapshot !== null && log.termAt(snapshotIndex) !== snapshot.term;
  const { end } = log;
  const recovered: Recovered = {
    hardState: end.hardState,
    snapshot,
    entries: overtaken ? noEntries : log.entriesAfter(snapshotIndex),
    applied: snapshotIndex,
  };
  return { recovered, end, member, configuration, segments, intactRecords: intact, tailBytes: bytes, overtaken };
}

/** The last segment that begins no later than the snapshot ends. */
function firstNeeded(files: readonly ReadSegment[], snapshotIndex: number): number {
  for (let at = files.length - 1; at >= 0; at--) {
    const head = headOf(files[at]!);
    if (head !== null && head.index <= snapshotIndex) return at;
  }
  const first = headOf(files[0]!);
  throw new Panic(first === null ? 'corrupt write-ahead log' : `the snapshot at ${first.index} is gone`);
}

/** Null when it cannot be read. A segment is made whole, with its head. */
function headOf({ records }: ReadSegment): WalHead | null {
  const [first] = records;
  return first?.ok ? (first.value as WalRecord).head : null;
}

class RecoveredLog {
  readonly end = new WalEnd();
  private baseIndex: number;
  private baseTerm: number;
  /** entries[i].index = baseIndex + 1 + i. */
  private entries: Entry[] = [];
  private fresh = true;

  constructor(index: number, term: number) {
    this.baseIndex = index;
    this.baseTerm = term;
  }

  read(records: readonly ReadRecord[], isLast: boolean): { intact: number; bytes: number } {
    let intact = 0;
    let bytes = 0;
    for (const read of records) {
      if (!read.ok) {
        if (!read.torn || !isLast || intact < records.length - 1) throw new Panic('corrupt write-ahead log');
        break;
      }
      const record = read.value as WalRecord;
      this.take(record);
      bytes += walRecordBytes(record);
      intact++;
    }
    return { intact, bytes };
  }

  termAt(index: number): number {
    if (index === this.baseIndex) return this.baseTerm;
    return this.entries[index - this.baseIndex - 1]?.term ?? -1;
  }

  entriesAfter(index: number): readonly Entry[] {
    const after = this.entries.slice(Math.max(0, index - this.baseIndex));
    return after.length === 0 ? noEntries : after;
  }

  private take(record: WalRecord): void {
    const { head, snapshot, entries, hardState, checksum } = record;
    if (this.fresh && head !== null) this.end.checksum = head.checksum;
    if (
      checksumOf(this.end.checksum, head, snapshot, entries, hardState) !== checksum ||
      (head !== null && head.checksum !== this.end.checksum)
    ) {
      throw new Panic('corrupt write-ahead log: the chain of checksums is broken');
    }
    this.fresh = false;
    this.end.take(record);
    if (snapshot !== null && snapshot.received) {
      this.baseIndex = snapshot.index;
      this.baseTerm = snapshot.term;
      this.entries = [];
    }
    if (entries.length === 0) return;
    const keep = entries[0]!.index - this.baseIndex - 1;
    if (keep < 0) {
      // The log was longer when this segment was begun; of what was cut off nothing is of use any more.
      this.baseIndex = entries[0]!.index - 1;
      this.baseTerm = -1;
    }
    this.entries.length = Math.max(0, keep);
    for (let at = 0; at < entries.length; at++) this.entries.push(entries[at]!);
  }
}

function readSnapshot(records: readonly ReadRecord[]): Snapshot | null {
  const [record] = records;
  if (record === undefined) return null;
  if (!record.ok) throw new Panic('corrupt snapshot');
  return record.value as Snapshot;
}
