/**
 * What a member keeps on its disk (etcd `server/storage/backend`): changes are collected in a batch, and a batch is
 * committed together with the index of the last entry in it, now and then. A member that restarts has what was
 * committed; Raft gives it the rest again.
 */
import { boundary, kind, ms, Panic, type DiskError, type Kind, type Micros, type Os } from '../../../sim/index.ts';
import { machineFile } from '../../raft/host/state-machine.ts';
import { RunningBatch } from './backend-batch.ts';
import {
  batchBytes,
  foldBackend,
  imageBytes,
  readBackend,
  recordBytes,
  usedBytes,
  type BackendBatch,
  type BackendImage,
  type BackendState,
  type LeaseChange,
} from './backend-record.ts';
import type { StoreEvent } from '../machine/requests.ts';
import type { SessionChange } from '../machine/sessions.ts';

export interface BackendOptions {
  readonly os: Os;
  /** Changes wait at most so long for a commit. etcd: 100 ms. */
  readonly commitUs: Micros;
  /** So many changes are committed at once. etcd: 10,000. */
  readonly batchChanges: number;
  /** The file is rewritten when it holds so much more than twice the state. */
  readonly slackBytes: number;
  readonly dropsTombstone: () => boolean;
  readonly defects: ReadonlySet<string>;
  /** The whole state as it is now. */
  readonly state: () => BackendState;
  /** An entry has compacted the history: `garbage` is to be deleted. */
  readonly compacted: (revision: number, garbage: readonly StoreEvent[]) => void;
}

export interface BackendView {
  readonly operation: string;
  /** Last entry that is durable here. */
  readonly durableIndex: number;
  /** Changes that a crash now would lose. */
  readonly pending: number;
  readonly scheduledCompact: number;
  readonly finishedCompact: number;
  /** What the file holds, superseded records and all. */
  readonly fileBytes: number;
  readonly allocatedBytes: number;
}

const READ_RETRY_US = ms(100);
/** Where the file is rewritten (etcd `db.tmp.*`). */
const rewrittenFile = 'backend.tmp';

const readRetryKind: Kind<null> = kind<null>('store/backend-read-retry', {
  serviceUs: 1,
  describe: () => 'tries again to read its backend',
});
/** A copy of the state has taken the place of the backend's file. A restart goes by the entry that it says it is of. */
const defragmentedBoundary = boundary<{ readonly index: number; readonly revision: number }>(
  'store/defragmented',
  ({ index, revision }) =>
    `its backend has been defragmented: it holds revision ${revision}, and says that it is of entry ${index}`,
);
const commitKind: Kind<null> = kind<null>('store/backend-commit', {
  serviceUs: 2,
  describe: () => 'commits what was applied to its backend',
});

type Operation = 'none' | 'recover' | 'commit' | 'defragment' | 'adopt';
type Done = () => void;

const noEvents: readonly StoreEvent[] = Object.freeze([]);
const noLeaseChanges: readonly LeaseChange[] = Object.freeze([]);
const noSessionChanges: readonly SessionChange[] = Object.freeze([]);

export class Backend {
  private readonly options: BackendOptions;
  private readonly os: Os;
  private readonly indexApart: boolean;
  private readonly defragmentsWithoutIndex: boolean;
  private readonly swapsStaleBackend: boolean;
  private readonly indexOnlyWithKeys: boolean;
  private readonly ignoresScheduledCompact: boolean;
  private readonly skipsNegativeLeases: boolean;
  private operation: Operation = 'recover';
  /** Counts the states that were adopted: what was begun for an earlier one concerns the file no longer. */
  private generation = 0;

  /** Last entry whose effect is in the batch or before it (etcd's consistent index). */
  private index = 0;
  private term = 0;
  /** The index of the last record written, and of the last one that is durable. */
  private writtenIndex = 0;
  private durableIndex = 0;
  /** The index as it was when keys changed last, and how many changes of keys the batch had then. */
  private keysIndex = 0;
  private keysSeen = 0;
  /**
   * What the file would take if its pages were used again as bbolt does: what the quota goes by (etcd `Backend.Size`). A
   * compaction leaves it as it is, and so does a restart; only a defragmentation makes it smaller.
   */
  allocatedBytes = 0;
  /** What was applied and is not in the file yet. */
  readonly running = new RunningBatch();

  private commitDue = false;
  private defragmentationDue = false;
  /** Called when the next commit has ended. */
  private waiting: Done[] = [];
  private timerRuns = false;
  private fileBytes = 0;
  private imageBytes = 0;
  private readonly onTimer = (): void => this.timer();

  constructor(options: BackendOptions) {
    const { defects } = options;
    this.options = options;
    this.os = options.os;
    this.indexApart = defects.has('index-committed-apart');
    this.defragmentsWithoutIndex = defects.has('defragment-without-index');
    this.swapsStaleBackend = defects.has('defragment-swaps-stale-backend');
    this.indexOnlyWithKeys = defects.has('index-saved-with-keys-only');
    this.ignoresScheduledCompact = defects.has('revision-not-restored');
    this.skipsNegativeLeases = defects.has('negative-leases-not-recovered');
  }

  /** Reads the file back, which takes time. `done` gets null when there is none. Throws Panic when it is damaged. */
  recover(done: (state: BackendState | null) => void): void {
    // What a killed process had written may still be in the page cache only; it counts from when it is durable.
    this.os.disk.fsync(machineFile, () => this.read(done));
  }

  private read(done: (state: BackendState | null) => void): void {
    this.os.disk.read(machineFile, (read, error) => {
      if (error !== null) {
        this.os.after(READ_RETRY_US, readRetryKind, () => this.read(done));
        return;
      }
      const { records, last, intactRecords } = readBackend(read);
      this.os.disk.truncate(machineFile, intactRecords);
      this.operation = 'none';
      if (last === null) {
        done(null);
        return;
      }
      for (const record of records) this.fileBytes += recordBytes(record);
      if (records[0]!.type === 'image') this.imageBytes = recordBytes(records[0]!);
      const { ignoresScheduledCompact, skipsNegativeLeases } = this;
      const state = foldBackend(records, {
        dropsTombstone: this.options.dropsTombstone(),
        ignoresScheduledCompact,
        skipsNegativeLeases,
      });
      this.begin(state, last.term);
      done(state);
    });
  }

  private begin({ index, compactRevision, finishedCompact, allocatedBytes }: BackendState, term: number): void {
    this.index = index;
    this.term = term;
    this.writtenIndex = index;
    this.durableIndex = index;
    this.keysIndex = index;
    this.allocatedBytes = allocatedBytes;
    this.running.begin(compactRevision, finishedCompact);
  }

  // ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** All changes of an entry have been told, and the state takes so much now. */
  applied(index: number, term: number, used: number): void {
    const { running } = this;
    if (used > this.allocatedBytes) this.allocatedBytes = used;
    const changed = running.changes;
    this.index = index;
    this.term = term;
    if (running.events.length > this.keysSeen) this.keysIndex = index;
    this.keysSeen = running.events.length;
    if (changed === 0) return;
    const compaction = running.takeCompaction();
    // Not before its entry is whole: it commits at once.
    if (compaction !== null) this.options.compacted(compaction.revision, compaction.garbage);
    if (changed >= this.options.batchChanges) {
      this.commitDue = true;
      this.proceed();
    } else if (!this.timerRuns) {
      this.timerRuns = true;
      this.os.after(this.options.commitUs, commitKind, this.onTimer);
    }
  }

  private timer(): void {
    this.timerRuns = false;
    this.commitDue ||= this.running.changes > 0;
    this.proceed();
  }

  // ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Commits without delay; `done` when all that was applied until now is durable (etcd `ForceCommit`). */
  commit(done: Done): void {
    this.waiting.push(done);
    this.commitDue = true;
    this.proceed();
  }

  /** Leaves nothing in the file but the state (etcd `Defragment`). */
  defragment(): void {
    this.defragmentationDue = true;
    this.proceed();
  }

  private proceed(): void {
    if (this.operation !== 'none') return;
    if (this.commitDue) this.write();
    else if (this.defragmentationDue || this.fileBytes > 2 * this.imageBytes + this.options.slackBytes) this.rewrite();
  }

  private write(): void {
    const waiting = this.beginOperation('commit');
    const { generation } = this;
    const batch = this.takeBatch(waiting.length > 0);
    const commit = (): void => {
      this.append(batch);
      this.os.disk.fsync(machineFile, () => this.end(generation, batch.index, waiting));
    };
    if (!this.indexApart) {
      commit();
      return;
    }
    this.append({ ...batch, events: noEvents, leases: noLeaseChanges, alarms: null, sessions: noSessionChanges, deletion: null });
    this.os.disk.fsync(machineFile, () => (generation === this.generation ? commit() : this.end(generation, 0, waiting)));
  }

  private takeBatch(forced: boolean): BackendBatch {
    const index = this.indexOnlyWithKeys && !forced ? Math.max(this.keysIndex, this.writtenIndex) : this.index;
    return this.running.take(index, this.term, this.allocatedBytes);
  }

  private append(batch: BackendBatch): void {
    const bytes = batchBytes(batch);
    if (this.os.disk.append(machineFile, batch, bytes) !== null) throw new Panic('no space left for the backend');
    this.fileBytes += bytes;
    this.writtenIndex = batch.index;
  }

  /** Writes the whole state into a file of its own, which then takes the place of the old one (etcd `defrag`). */
  private rewrite(): void {
    const waiting = this.beginOperation('defragment');
    const { generation, term } = this;
    // Nobody has asked for a rewrite that only the length of this file makes due: etcd's has no records to outgrow it.
    const isAskedFor = this.defragmentationDue;
    this.defragmentationDue = false;
    const state = this.options.state();
    const index = this.defragmentsWithoutIndex ? this.writtenIndex : this.index;
    const allocatedBytes = isAskedFor ? usedBytes(state) : this.allocatedBytes;
    const image: BackendImage = { type: 'image', index, term, state: { ...state, index, allocatedBytes } };
    const bytes = imageBytes(state);
    this.running.clear();
    this.os.disk.replace(rewrittenFile, [{ value: image, bytes }], (error) => {
      requireSpace(error);
      // The state that was copied is no longer the one that counts.
      if (generation !== this.generation && !this.swapsStaleBackend) {
        this.end(generation, index, waiting);
        return;
      }
      this.os.disk.rename(rewrittenFile, machineFile, () => {
        if (generation === this.generation) {
          this.holds(bytes, index);
          if (isAskedFor) this.allocatedBytes = allocatedBytes;
        }
        this.os.cross(defragmentedBoundary, { index, revision: state.revision });
        this.end(generation, index, waiting);
      });
    });
  }

  /** Takes a state that was received in place of its own. What is applied from now on follows it. */
  adopt(state: BackendState, term: number, done: Done): void {
    const waiting = this.beginOperation('adopt');
    const generation = ++this.generation;
    this.running.clear();
    this.begin(state, term);
    const bytes = imageBytes(state);
    const image: BackendImage = { type: 'image', index: state.index, term, state };
    // It was received into a file of its own, which is renamed (etcd `<index>.snap.db`).
    const isThere = true;
    this.os.disk.replace(
      machineFile,
      [{ value: image, bytes }],
      (error) => {
        requireSpace(error);
        if (generation === this.generation) this.holds(bytes, state.index);
        this.end(generation, state.index, waiting);
        done();
      },
      isThere,
    );
  }

  private holds(bytes: number, index: number): void {
    this.imageBytes = bytes;
    this.fileBytes = bytes;
    this.writtenIndex = index;
  }

  private beginOperation(operation: Operation): readonly Done[] {
    this.operation = operation;
    this.commitDue = false;
    this.keysSeen = 0;
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  private end(generation: number, index: number, waiting: readonly Done[]): void {
    if (generation === this.generation) {
      this.operation = 'none';
      this.durableIndex = index;
    }
    for (const done of waiting) done();
    this.proceed();
  }

  inspect(): BackendView {
    const { operation, durableIndex, fileBytes, allocatedBytes } = this;
    const { changes: pending, scheduledCompact, finishedCompact } = this.running;
    return { operation, durableIndex, pending, scheduledCompact, finishedCompact, fileBytes, allocatedBytes };
  }
}

function requireSpace(error: DiskError | null): void {
  if (error !== null) throw new Panic(`the disk does not take the backend: ${error}`);
}
