/**
 * The write-ahead log of one member over its disk: segments, each begun when the last one is full and removed when a durable
 * snapshot has made it superfluous (etcd `server/storage/wal`). Readys are written in the order in which they were taken; one
 * operation is under way at a time, and an fsync covers all that was written before it began (group commit).
 */
import { ms, Panic, type DiskError, type Disk, type Kind, type Micros, type Os, kind } from '../../../sim/index.ts';
import type { Configuration, MemberId } from '../core/configuration.ts';
import { noEntries, type Entry } from '../core/entry.ts';
import type { Recovered } from '../core/options.ts';
import type { HardState, Ready } from '../core/ready.ts';
import type { Snapshot } from '../core/snapshot.ts';
import {
  recoverWal,
  segmentFile,
  snapshotFile,
  WalEnd,
  walPrefix,
  walRecordBytes,
  type ReadSegment,
  type Segment,
  type WalHead,
  type WalRecord,
  type WalSnapshot,
} from './wal-record.ts';

/** Whoever owns the log. Called inside disk events, and from `Wal.flush`. */
export interface WalOwner {
  /** There is nothing on the disk: `create` may make a log. */
  blank(): void;
  /** The log of this member is read back, or made, and may be written. */
  recovered(member: MemberId, recovered: Recovered): void;
  /** Everything up to this Ready is durable: its step 4 is due. In order, once for each. */
  durable(ready: Ready): void;
  /** A snapshot given to `saveSnapshot` is durable, in its file and in the log. */
  snapshotSaved(snapshot: Snapshot): void;
  /** A disk operation has ended and its consequences were told. */
  idle(): void;
}

export interface WalOptions {
  /** A segment that holds this much is full; the record that fills it may exceed it. etcd: 64 MB. */
  readonly segmentBytes: number;
  readonly defects: ReadonlySet<string>;
}

export interface WalView {
  /** What the disk is busy with for the log. */
  readonly operation: string;
  /** Readys whose promises wait for the disk. */
  readonly backlog: number;
  /** Names of the files that hold the log, oldest first. */
  readonly segments: readonly string[];
  readonly lastIndex: number;
  /** Records that a crash had torn and that recovery cut off. */
  readonly tornRecords: number;
}

const READ_RETRY_US = ms(100);

const readRetryKind: Kind<null> = kind<null>('raft/read-retry', { serviceUs: 1, describe: () => 'tries again to read its disk' });

/** What the disk is busy with for the log. While it is `install` or `cut` nothing can be appended. */
type Operation = 'none' | 'recover' | 'fsync' | 'snapshot' | 'install' | 'cut';

export class Wal {
  private readonly os: Os;
  private readonly disk: Disk;
  private readonly owner: WalOwner;
  private readonly segmentBytes: number;
  private readonly releasesBeforeSnapshot: boolean;
  private readonly logsBeforeSnapshot: boolean;
  /** Null: this process ends, as etcd does. */
  private readonly onSyncFailed: (() => void) | null;
  private member: MemberId = 0;
  private configuration: Configuration | null = null;
  private operation: Operation = 'recover';
  private beganUs: Micros = 0;
  /** What the log ends with once all that was appended is durable. */
  private end = new WalEnd();
  /** Oldest first; the last one, in the file `tail`, is written to. */
  private segments: Segment[] = [];
  private tail = '';
  private tailBytes = 0;
  /** The tail holds a commit index that no fsync covers. */
  private hasUnsynced = false;
  /** Has a commit index that no record was asked to carry; null: there is none. */
  private unwritten: HardState | null = null;
  /** Readys whose step 4 is due, oldest first, from `head` on. */
  private waiting: Ready[] = [];
  private head = 0;
  /** How many of `waiting`, from its start, are in the log, and how many the operation under way makes durable. */
  private written = 0;
  private covered = 0;
  /** Index of the newest snapshot of a leader's that is in its file, or being written there. */
  private receivedIndex = 0;
  /** A snapshot to be saved as soon as the disk is free. */
  private pendingSnapshot: Snapshot | null = null;
  /** One that is in its file, and in a record that the sync under way makes durable. */
  private loggedSnapshot: Snapshot | null = null;
  /** Segments before this index can go as soon as what is written is durable; 0: none. */
  private releaseTo = 0;
  private tornRecords = 0;
  private readonly onSynced = (): void => this.synced();

  constructor(os: Os, options: WalOptions, owner: WalOwner) {
    this.os = os;
    this.disk = os.disk;
    this.owner = owner;
    this.segmentBytes = options.segmentBytes;
    this.releasesBeforeSnapshot = options.defects.has('release-before-snapshot');
    this.logsBeforeSnapshot = options.defects.has('hard-state-before-snapshot');
    this.onSyncFailed = options.defects.has('failed-sync-tried-again') ? (): void => this.sync() : null;
  }

  // ── recovery ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads the disk and tells the owner. Operations of an earlier incarnation end first: a disk works in order. */
  recover(): void {
    this.disk.list(walPrefix, (files) => {
      const last = files.at(-1);
      // What a killed process had written may still be in the page cache only; it counts from when it is durable.
      if (last === undefined) this.readSnapshot(files);
      else this.disk.fsync(last, () => this.readSnapshot(files));
    });
  }

  /** Makes the log of a member that never had one. */
  create(member: MemberId, configuration: Configuration): void {
    this.member = member;
    this.configuration = configuration;
    this.operation = 'recover';
    this.beginSegment(() => this.owner.recovered(member, { hardState: null, snapshot: null, entries: noEntries, applied: 0 }));
  }

  private readSnapshot(files: readonly string[]): void {
    this.disk.read(snapshotFile, (snapshot, error) => {
      if (error === null) this.readSegments(files, [], (segments) => this.restore(segments, snapshot));
      else this.readLater(files);
    });
  }

  private readSegments(
    files: readonly string[],
    read: readonly ReadSegment[],
    done: (segments: readonly ReadSegment[]) => void,
  ): void {
    const file = files[read.length];
    if (file === undefined) {
      done(read);
      return;
    }
    this.disk.read(file, (records, error) => {
      if (error === null) this.readSegments(files, [...read, { file, records }], done);
      else this.readLater(files);
    });
  }

  private readLater(files: readonly string[]): void {
    this.os.after(READ_RETRY_US, readRetryKind, () => this.readSnapshot(files));
  }

  private restore(files: readonly ReadSegment[], snapshotRecords: Parameters<typeof recoverWal>[1]): void {
    const recovery = recoverWal(files, snapshotRecords);
    if (recovery === null) {
      this.owner.blank();
      return;
    }
    const { recovered, end, member, configuration, segments, intactRecords, tailBytes, overtaken } = recovery;
    this.end = end;
    this.member = member;
    this.configuration = configuration;
    this.segments = [...segments];
    this.tail = files.at(-1)!.file;
    this.tailBytes = tailBytes;
    this.tornRecords = files.at(-1)!.records.length - intactRecords;
    this.disk.truncate(this.tail, intactRecords);
    for (const { file } of files.slice(0, files.length - segments.length)) this.disk.remove(file, ignore);
    const begin = (): void => {
      this.operation = 'none';
      this.owner.recovered(member, recovered);
    };
    const { snapshot } = recovered;
    if (snapshot === null || !overtaken) {
      begin();
      return;
    }
    this.append({ index: snapshot.index, term: snapshot.term, received: true }, null);
    this.disk.fsync(this.tail, begin);
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes what a Ready wants written. `flush` follows. Throws Panic when the disk is full. */
  write(ready: Ready): void {
    if (ready.hardState !== null) this.unwritten = ready.hardState;
    let due = ready;
    if (ready.mustSync) this.unwritten = null;
    else if (this.unwritten !== null && holdsChange(ready.committed)) {
      // An earlier Ready may have told of the commit, before the entry was durable here.
      if (ready.hardState === null) due = { ...ready, hardState: this.unwritten };
      this.unwritten = null;
    } else if (ready.messagesAfterSync.length === 0) {
      // Most Readys of a leader only send: nothing is to be written, and nothing waits.
      return;
    }
    this.waiting.push(due);
    this.appendWaiting();
  }

  /** Begins to make durable what was written; what waits for nothing is told at once. */
  flush(): void {
    if (this.operation !== 'none') return;
    this.finishUnsynced();
    const next = this.waiting[this.head];
    if (this.pendingSnapshot !== null) this.beginSnapshot(this.pendingSnapshot);
    else if (this.written > this.head) this.sync();
    else if (this.isFull && this.hasUnsynced) this.sync();
    else if (this.isFull) this.cut();
    else if (next !== undefined && next.snapshot !== null) this.beginInstall(next.snapshot);
  }

  /** A snapshot of the own state; segments that it makes superfluous are removed when it is durable. The newest one wins. */
  saveSnapshot(snapshot: Snapshot): void {
    if (snapshot.index > this.receivedIndex) this.pendingSnapshot = snapshot;
  }

  /** Since when the disk has been busy with what it is busy with now; negative: it is idle. */
  get writingSinceUs(): Micros {
    return this.operation === 'none' ? -1 : this.beganUs;
  }

  get savingSnapshot(): boolean {
    return this.pendingSnapshot !== null || this.operation === 'snapshot';
  }

  inspect(): WalView {
    return {
      operation: this.operation,
      backlog: this.waiting.length - this.head,
      segments: this.segments.map(({ number }) => segmentFile(number)),
      lastIndex: this.end.lastIndex,
      tornRecords: this.tornRecords,
    };
  }

  private get isFull(): boolean {
    return this.tailBytes >= this.segmentBytes;
  }

  private appendWaiting(): void {
    if (this.operation === 'install' || this.operation === 'cut') return;
    while (this.written < this.waiting.length) {
      const ready = this.waiting[this.written]!;
      // What a kill must not take does not wait for another segment.
      if (this.isFull && !isCommitOfChange(ready)) return;
      // Its snapshot must be durable before the log refers to it (etcd #10219).
      if (ready.snapshot !== null) return;
      this.append(null, ready);
      this.written++;
    }
  }

  private append(snapshot: WalSnapshot | null, ready: Ready | null): void {
    if (ready !== null && !ready.mustSync) {
      if (!isCommitOfChange(ready)) return;
      this.hasUnsynced = true;
    }
    const record = this.end.record(
      null,
      snapshot,
      ready === null ? noEntries : ready.entries,
      ready === null ? null : ready.hardState,
    );
    const bytes = walRecordBytes(record);
    if (this.disk.append(this.tail, record, bytes) !== null) throw new Panic('no space left for the write-ahead log');
    this.tailBytes += bytes;
    this.end.take(record);
  }

  private begin(operation: Operation): void {
    this.operation = operation;
    this.beganUs = this.os.monotonicUs();
  }

  private sync(): void {
    this.begin('fsync');
    this.covered = this.written;
    this.hasUnsynced = false;
    this.disk.fsync(this.tail, this.onSynced, this.onSyncFailed);
  }

  /** Readys that need no sync and follow only durable ones. */
  private finishUnsynced(): void {
    while (this.head < this.written && !this.waiting[this.head]!.mustSync) this.finishNext();
  }

  private finishNext(): void {
    const ready = this.waiting[this.head++]!;
    if (this.head === this.waiting.length) {
      // An array that is popped keeps its room for the next one, one that is cut does not.
      if (this.head === 1) this.waiting.pop();
      else this.waiting.length = 0;
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

  private synced(): void {
    this.operation = 'none';
    if (this.releaseTo > 0) {
      this.release(this.releaseTo);
      this.releaseTo = 0;
    }
    if (this.loggedSnapshot !== null) {
      const saved = this.loggedSnapshot;
      this.loggedSnapshot = null;
      this.owner.snapshotSaved(saved);
    }
    for (let left = this.covered - this.head; left > 0; left--) this.finishNext();
    this.owner.idle();
  }

  // ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything in the full segment is durable: another one begins (etcd `wal.cut`). */
  private cut(): void {
    this.begin('cut');
    this.beginSegment(() => {
      this.appendWaiting();
      this.owner.idle();
    });
  }

  private beginSegment(done: () => void): void {
    const { end, member } = this;
    const number = (this.segments.at(-1)?.number ?? 0) + 1;
    const file = segmentFile(number);
    const head: WalHead = {
      member,
      configuration: this.configuration!,
      segment: number,
      index: end.lastIndex,
      term: end.lastTerm,
      checksum: end.checksum,
    };
    const record: WalRecord = end.record(head, null, noEntries, end.hardState);
    const bytes = walRecordBytes(record);
    this.disk.replace(file, [{ value: record, bytes }], (error) => {
      requireSpace(error);
      end.take(record);
      this.segments.push({ number, index: head.index });
      this.tail = file;
      this.tailBytes = bytes;
      this.operation = 'none';
      done();
    });
  }

  /** Removes the segments that end before `index`, which a durable snapshot reaches. */
  private release(index: number): void {
    while (this.segments.length > 1 && this.segments[1]!.index <= index) {
      this.disk.remove(segmentFile(this.segments.shift()!.number), ignore);
    }
  }

  // ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────

  private beginSnapshot(snapshot: Snapshot): void {
    this.begin('snapshot');
    this.pendingSnapshot = null;
    if (this.releasesBeforeSnapshot) this.release(snapshot.index);
    this.disk.replace(snapshotFile, [{ value: snapshot, bytes: snapshot.bytes }], (error) => {
      requireSpace(error);
      this.append({ index: snapshot.index, term: snapshot.term, received: false }, null);
      this.releaseTo = snapshot.index;
      this.loggedSnapshot = snapshot;
      this.sync();
    });
  }

  private beginInstall(snapshot: Snapshot): void {
    this.begin('install');
    // An own one that waits would take its place.
    this.receivedIndex = snapshot.index;
    if (this.pendingSnapshot !== null && this.pendingSnapshot.index <= snapshot.index) this.pendingSnapshot = null;
    const refer = (): void => {
      this.append({ index: snapshot.index, term: snapshot.term, received: true }, this.waiting[this.head]!);
      this.written++;
      this.releaseTo = snapshot.index;
    };
    // The state it replaces is the only one there is until the new one is durable (etcd #10219).
    if (this.logsBeforeSnapshot) {
      refer();
      this.disk.fsync(this.tail, ignore);
    }
    this.disk.replace(snapshotFile, [{ value: snapshot, bytes: snapshot.bytes }], (error) => {
      requireSpace(error);
      this.operation = 'none';
      if (!this.logsBeforeSnapshot) refer();
      this.appendWaiting();
      this.owner.idle();
    });
  }
}

/**
 * A commit index alone is a hint that spares work at a restart: the next record carries it (it holds every hard state whole), and
 * what a kill takes of it is learnt again from the leader or from a majority. But whoever forgets a change of membership asks a
 * majority that may be gone. So only with one it is written, and not synced: as in etcd it is lost with the power alone. (etcd's
 * `wal.Save` writes every hard state; that is spared here, as it would be one more record for each entry.)
 */
function isCommitOfChange({ mustSync, hardState, committed }: Ready): boolean {
  return !mustSync && hardState !== null && holdsChange(committed);
}

function holdsChange(entries: readonly Entry[]): boolean {
  for (let at = 0; at < entries.length; at++) if (entries[at]!.change !== null) return true;
  return false;
}

const ignore = (): void => undefined;

function requireSpace(error: DiskError | null): void {
  if (error !== null) throw new Panic(`the disk does not take a file: ${error}`);
}
