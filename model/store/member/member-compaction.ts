/** Carries out compactions at a member: what they make superfluous is deleted from its backend, a little at a time. */
import { kind, type Kind, type Micros, type Os } from '../../../sim/index.ts';
import type { Backend } from './backend.ts';
import { garbageBytes, type BackendState } from './backend-record.ts';
import { eventBytes } from '../machine/mvcc.ts';
import type { StoreEvent } from '../machine/requests.ts';

export interface CompactorOptions {
  readonly os: Os;
  /** Changes deleted at once. etcd: 1,000. */
  readonly batchChanges: number;
  /** Pause between two batches. etcd: 10 ms. */
  readonly pauseUs: Micros;
}

interface Compaction {
  readonly revision: number;
  /** Oldest first. */
  readonly garbage: readonly StoreEvent[];
  /** Deleted up to here. */
  at: number;
}

const batchKind: Kind<null> = kind<null>('store/compaction-batch', {
  serviceUs: 10,
  describe: () => 'deletes some of what was compacted',
});

export class Compactor {
  private readonly options: CompactorOptions;
  private readonly backend: Backend;
  /** Scheduled and not finished, oldest first: one is carried out at a time (etcd's `fifoSched`). */
  private queue: Compaction[] = [];
  /** What of it is not yet deleted takes so much space. */
  garbageBytes = 0;

  constructor(options: CompactorOptions, backend: Backend) {
    this.options = options;
    this.backend = backend;
  }

  /** Nobody may read what it makes superfluous any more. Begins as soon as a restart would know that (etcd `ForceCommit`). */
  schedule(revision: number, garbage: readonly StoreEvent[]): void {
    const compaction: Compaction = { revision, garbage, at: 0 };
    this.queue.push(compaction);
    this.garbageBytes += garbageBytes(garbage);
    if (this.queue.length === 1) this.begin(compaction);
  }

  /** The state of the member was read back or replaced: what it had scheduled and not finished is done from its beginning. */
  resume({ compactRevision, finishedCompact, garbage }: BackendState): void {
    this.queue = [];
    this.garbageBytes = 0;
    if (compactRevision > finishedCompact) this.schedule(compactRevision, garbage);
  }

  /** What is compacted and not yet deleted, oldest first within each compaction. */
  garbage(): readonly StoreEvent[] {
    return this.queue.flatMap(({ garbage, at }) => garbage.slice(at));
  }

  private begin(compaction: Compaction): void {
    this.backend.commit(() => this.deleteSome(compaction));
  }

  private deleteSome(compaction: Compaction): void {
    // Another state has come meanwhile.
    if (this.queue[0] !== compaction) return;
    const { revision, garbage } = compaction;
    const { os, batchChanges, pauseUs } = this.options;
    let end = Math.min(compaction.at + batchChanges, garbage.length);
    // As etcd's, a batch that is full says nothing about the end.
    const finished = end - compaction.at < batchChanges;
    const to = end === 0 ? 0 : garbage[end - 1]!.kv.modRevision;
    while (end < garbage.length && garbage[end]!.kv.modRevision === to) end++;
    for (let at = compaction.at; at < end; at++) this.garbageBytes -= eventBytes(garbage[at]!);
    compaction.at = end;
    this.backend.running.deleted(revision, to, finished);
    this.backend.commit(() => {
      if (finished) this.next(compaction);
      else os.after(pauseUs, batchKind, () => this.deleteSome(compaction));
    });
  }

  private next(compaction: Compaction): void {
    if (this.queue[0] !== compaction) return;
    this.queue.shift();
    const next = this.queue[0];
    if (next !== undefined) this.begin(next);
  }
}
