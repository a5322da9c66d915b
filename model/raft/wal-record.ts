/** What stands in the write-ahead log, and how a log is read back from it. */
import { Panic, type ReadRecord } from '../../sim/index.ts';
import type { MemberId } from './configuration.ts';
import { noEntries, type Entry } from './entry.ts';
import type { Recovered } from './options.ts';
import type { HardState } from './ready.ts';
import type { Snapshot } from './snapshot.ts';

export const walFile = 'wal';
export const snapshotFile = 'snapshot';

/** Where a log begins. It stands in the first record of the file, and where a received snapshot replaced the whole log. */
export interface WalBase {
  readonly member: MemberId;
  readonly voters: readonly MemberId[];
  /** Last entry that is not in the log; a snapshot that reaches it was durable before. */
  readonly index: number;
  readonly term: number;
}

/** What one Ready wrote, under one checksum: it survives a crash as a whole or not at all. */
export interface WalRecord {
  /** Not null: entries in records before this one are void. */
  readonly base: WalBase | null;
  /** Contiguous. What stood at or after the first one's index is void. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState | null;
}

const RECORD_HEADER_BYTES = 32;
const ENTRY_HEADER_BYTES = 24;

export function walRecordBytes(record: WalRecord): number {
  const { entries } = record;
  let bytes = RECORD_HEADER_BYTES + entries.length * ENTRY_HEADER_BYTES;
  for (let at = 0; at < entries.length; at++) bytes += entries[at]!.bytes;
  return bytes;
}

/** The log as the file holds it: what a crash now would leave, at best. */
export class WalLog {
  baseIndex = 0;
  baseTerm = 0;
  hardState: HardState | null = null;
  /** entries[i].index = baseIndex + 1 + i. */
  entries: Entry[] = [];

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  /** −1 where it is not known. */
  termAt(index: number): number {
    if (index === this.baseIndex) return this.baseTerm;
    return this.entries[index - this.baseIndex - 1]?.term ?? -1;
  }

  take(record: WalRecord): void {
    const { base, entries, hardState } = record;
    if (base !== null) this.restart(base.index, base.term);
    if (entries.length > 0) {
      const keep = entries[0]!.index - this.baseIndex - 1;
      if (keep < 0 || keep > this.entries.length) throw new Panic('corrupt write-ahead log: entries are missing');
      this.entries.length = keep;
      for (let at = 0; at < entries.length; at++) this.entries.push(entries[at]!);
    }
    if (hardState !== null) this.hardState = hardState;
  }

  /** Void the whole log: it begins after `index`. */
  restart(index: number, term: number): void {
    this.baseIndex = index;
    this.baseTerm = term;
    this.entries = [];
  }

  /** Forgets entries up to and including `index`. */
  compact(index: number): void {
    if (index <= this.baseIndex) return;
    this.baseTerm = this.termAt(index);
    this.entries = this.entries.slice(index - this.baseIndex);
    this.baseIndex = index;
  }
}

export interface WalRecovery {
  readonly log: WalLog;
  readonly recovered: Recovered;
  /** Records that may stay in the file; behind them is a torn one. */
  readonly intactRecords: number;
  /** The file does not say what was recovered and must be written anew: on the first start, or a snapshot has overtaken it. */
  readonly rewrite: boolean;
}

/**
 * Reads a log back. A record at the very end that a crash tore promised nothing; a rotten one may have promised everything, even
 * there. The first one was written atomically and cannot be torn. Throws Panic when durable data is gone: this member must not go on.
 */
export function recoverWal(records: readonly ReadRecord[], snapshotRecords: readonly ReadRecord[]): WalRecovery {
  const snapshot = readSnapshot(snapshotRecords);
  const log = new WalLog();
  let intact = 0;
  for (const record of records) {
    if (!record.ok) {
      if (!record.torn || intact === 0 || intact < records.length - 1) throw new Panic('corrupt write-ahead log');
      break;
    }
    log.take(record.value as WalRecord);
    intact++;
  }
  if (records.length === 0 && snapshot !== null) throw new Panic('corrupt write-ahead log: it is gone, its snapshot is not');
  const snapshotIndex = snapshot?.index ?? 0;
  if (snapshotIndex < log.baseIndex) throw new Panic(`the snapshot at ${log.baseIndex} is gone`);
  // A received snapshot is durable before the log knows of it: a log that does not lead up to it is void (Raft §7).
  const overtaken = snapshot !== null && log.termAt(snapshotIndex) !== snapshot.term;
  if (overtaken) log.restart(snapshotIndex, snapshot.term);
  return {
    log,
    recovered: {
      hardState: log.hardState,
      snapshot,
      entries: log.entries.length === 0 ? noEntries : log.entries.slice(),
      applied: snapshotIndex,
    },
    intactRecords: intact,
    rewrite: overtaken || records.length === 0,
  };
}

function readSnapshot(records: readonly ReadRecord[]): Snapshot | null {
  const record = records[0];
  if (record === undefined) return null;
  if (!record.ok) throw new Panic('corrupt snapshot');
  return record.value as Snapshot;
}
