/**
 * The write-ahead log of one member over its disk. Readys are written in the order in which they were taken; one fsync is under
 * way at a time and covers all that was written before it began (group commit).
 */
import { ms, Panic, type DiskError, type Disk, type Kind, type Os, kind } from '../../sim/index.ts';
import type { MemberId } from './configuration.ts';
import { noEntries } from './entry.ts';
import type { Recovered } from './options.ts';
import type { Ready } from './ready.ts';
import type { Snapshot } from './snapshot.ts';
import { recoverWal, snapshotFile, walFile, WalLog, walRecordBytes, type WalBase, type WalRecord } from './wal-record.ts';

/** Whoever owns the log. Called inside disk events, and from `Wal.flush`. */
export interface WalOwner {
  /** The log is read back and may be written. */
  recovered(recovered: Recovered): void;
  /** Everything up to this Ready is durable: its step 4 is due. In order, once for each. */
  durable(ready: Ready): void;
  /** A snapshot given to `saveSnapshot` is durable. Returns the last index that the log may forget. */
  snapshotSaved(snapshot: Snapshot): number;
  /** A disk operation has ended and its consequences were told. */
  idle(): void;
}

export interface WalView {
  /** What the disk is busy with for the log. */
  readonly operation: string;
  /** Readys whose promises wait for the disk. */
  readonly backlog: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Records that a crash had torn and that recovery cut off. */
  readonly tornRecords: number;
}

const READ_RETRY_US = ms(100);

const readRetryKind: Kind<null> = kind<null>('raft/read-retry', { serviceUs: 1, describe: () => 'tries again to read its disk' });

/** What the disk is busy with for the log. While it is `install` or `rewrite` nothing can be appended. */
type Operation = 'none' | 'recover' | 'fsync' | 'snapshot' | 'install' | 'rewrite';

export class Wal {
  private readonly os: Os;
  private readonly disk: Disk;
  private readonly owner: WalOwner;
  private readonly member: MemberId;
  private readonly voters: readonly MemberId[];
  private operation: Operation = 'recover';
  /** The file's content once all that was appended is durable. */
  private log = new WalLog();
  /** Readys whose step 4 is due, oldest first, from `head` on. */
  private waiting: Ready[] = [];
  private head = 0;
  /** How many of `waiting`, from its start, are in the file, and how many the operation under way makes durable. */
  private written = 0;
  private covered = 0;
  /** A snapshot to be saved as soon as the disk is free. */
  private pendingSnapshot: Snapshot | null = null;
  private tornRecords = 0;
  private readonly onSynced = (): void => this.synced();

  constructor(os: Os, member: MemberId, voters: readonly MemberId[], owner: WalOwner) {
    this.os = os;
    this.disk = os.disk;
    this.member = member;
    this.voters = voters;
    this.owner = owner;
  }

  // ── recovery ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads the disk and tells the owner. Operations of an earlier incarnation end first: a disk works in order. */
  recover(): void {
    // What a killed process had written may still be in the page cache only; it counts from when it is durable.
    this.disk.fsync(walFile, () => this.readSnapshot());
  }

  private readSnapshot(): void {
    this.disk.read(snapshotFile, (snapshot, failed) => {
      if (failed !== null) {
        this.os.after(READ_RETRY_US, readRetryKind, () => this.readSnapshot());
        return;
      }
      this.disk.read(walFile, (records, error) => {
        if (error === null) this.restore(records, snapshot);
        else this.os.after(READ_RETRY_US, readRetryKind, () => this.readSnapshot());
      });
    });
  }

  private restore(records: Parameters<typeof recoverWal>[0], snapshot: Parameters<typeof recoverWal>[1]): void {
    const { log, recovered, intactRecords, rewrite } = recoverWal(records, snapshot);
    this.log = log;
    this.tornRecords = records.length - intactRecords;
    if (this.tornRecords > 0) this.disk.truncate(walFile, intactRecords);
    if (rewrite) {
      this.rewrite(() => {
        this.operation = 'none';
        this.owner.recovered(recovered);
      });
    } else {
      this.operation = 'none';
      this.owner.recovered(recovered);
    }
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes what a Ready wants written. `flush` follows. Throws Panic when the disk is full. */
  write(ready: Ready): void {
    // Most Readys of a leader only send: nothing is to be written, and nothing waits.
    if (!ready.mustSync && ready.messagesAfterSync.length === 0) return;
    this.waiting.push(ready);
    this.appendWaiting();
  }

  /** Begins to make durable what was written; what waits for nothing is told at once. */
  flush(): void {
    if (this.operation !== 'none') return;
    this.finishUnsynced();
    const next = this.waiting[this.head];
    if (this.pendingSnapshot !== null) {
      this.beginSnapshot(this.pendingSnapshot);
    } else if (this.written > this.head) {
      this.operation = 'fsync';
      this.covered = this.written;
      this.disk.fsync(walFile, this.onSynced);
    } else if (next !== undefined && next.snapshot !== null) {
      this.beginInstall(next.snapshot);
    }
  }

  /** A snapshot of the own state; the log is shortened when it is durable. The newest one wins. */
  saveSnapshot(snapshot: Snapshot): void {
    this.pendingSnapshot = snapshot;
  }

  get savingSnapshot(): boolean {
    return this.pendingSnapshot !== null || this.operation === 'snapshot' || this.operation === 'rewrite';
  }

  private get backlog(): number {
    return this.waiting.length - this.head;
  }

  inspect(): WalView {
    const { log, operation, backlog, tornRecords } = this;
    return { operation, backlog, firstIndex: log.baseIndex + 1, lastIndex: log.lastIndex, tornRecords };
  }

  private appendWaiting(): void {
    if (this.operation === 'install' || this.operation === 'rewrite') return;
    while (this.written < this.waiting.length) {
      const ready = this.waiting[this.written]!;
      // Its snapshot must be durable before the log refers to it (etcd #10219).
      if (ready.snapshot !== null) return;
      this.append(ready, null);
    }
  }

  private append(ready: Ready, base: WalBase | null): void {
    const { entries, hardState } = ready;
    this.written++;
    // A commit index alone is a hint that spares work at a restart: the next record carries it (it holds every hard state whole).
    if (!ready.mustSync) return;
    const record: WalRecord = { base, entries, hardState };
    if (this.disk.append(walFile, record, walRecordBytes(record)) !== null) throw new Panic('no space left for the write-ahead log');
    this.log.take(record);
  }

  /** Readys that need no sync and follow only durable ones. */
  private finishUnsynced(): void {
    while (this.head < this.written && !this.waiting[this.head]!.mustSync) this.finishNext();
  }

  private finishNext(): void {
    const ready = this.waiting[this.head++]!;
    if (this.head === this.waiting.length) {
      this.waiting.length = 0;
      this.head = 0;
      this.written = 0;
      this.covered = 0;
    } else if (this.head > 1_024) {
      this.waiting = this.waiting.slice(this.head);
      this.written -= this.head;
      this.covered -= this.head;
      this.head = 0;
    }
    this.owner.durable(ready);
  }

  private finish(count: number): void {
    for (let left = count; left > 0; left--) this.finishNext();
  }

  private synced(): void {
    this.operation = 'none';
    this.finish(this.covered - this.head);
    this.owner.idle();
  }

  // ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────

  private beginSnapshot(snapshot: Snapshot): void {
    this.operation = 'snapshot';
    this.pendingSnapshot = null;
    this.disk.replace(snapshotFile, [{ value: snapshot, bytes: snapshot.bytes }], (error) => {
      requireSpace(error);
      this.log.compact(this.owner.snapshotSaved(snapshot));
      const covered = this.written - this.head;
      this.rewrite(() => {
        this.operation = 'none';
        this.finish(covered);
        this.appendWaiting();
        this.owner.idle();
      });
    });
  }

  private beginInstall(snapshot: Snapshot): void {
    this.operation = 'install';
    this.disk.replace(snapshotFile, [{ value: snapshot, bytes: snapshot.bytes }], (error) => {
      requireSpace(error);
      this.operation = 'none';
      this.append(this.waiting[this.head]!, this.base(snapshot.index, snapshot.term));
      this.appendWaiting();
      this.owner.idle();
    });
  }

  /** Writes the log anew, without what a snapshot made superfluous. The old file stands until the new one is durable. */
  private rewrite(done: () => void): void {
    this.operation = 'rewrite';
    const { log } = this;
    const record: WalRecord = {
      base: this.base(log.baseIndex, log.baseTerm),
      entries: log.entries.length === 0 ? noEntries : log.entries.slice(),
      hardState: log.hardState,
    };
    this.disk.replace(walFile, [{ value: record, bytes: walRecordBytes(record) }], (error) => {
      requireSpace(error);
      done();
    });
  }

  private base(index: number, term: number): WalBase {
    return { member: this.member, voters: this.voters, index, term };
  }
}

function requireSpace(error: DiskError | null): void {
  if (error !== null) throw new Panic(`the disk does not take a file: ${error}`);
}
