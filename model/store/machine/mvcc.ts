/** Keys under multi-version concurrency control: every change has a revision, old revisions stay readable until compacted. */
import type { StoreChanges } from './changes.ts';
import { storeErrors, type StoreError } from './errors.ts';
import { KeyIndex, type KeyHistory } from './key-index.ts';
import { exclusiveEnd } from './keys.ts';
import type { StoreProfile } from './profile.ts';
import { arrange, hasRevisionFilters, isInKeyOrder, isLimitPushedDown, passesFilters } from './range-order.ts';
import { changeHash } from './state-hash.ts';
import type { KeyValue, RangeRequest, RangeResponse, StoreEvent } from './requests.ts';

/** What a record costs on disk besides its bytes: revisions, lengths, checksum. An estimate that only sizes depend on. */
const recordOverheadBytes = 48;

/** Bytes a change takes in the store and in a snapshot. */
export function eventBytes(event: StoreEvent): number {
  return event.kv.key.length + event.kv.value.length + recordOverheadBytes;
}

/**
 * How many of a key's versions, from the oldest on, reads at `revision` and later do not need: all but the newest one up to it,
 * and that one too if it is a tombstone older than `revision` (or, with `dropsTombstone`, exactly at it).
 */
export function forgottenVersions(history: KeyHistory, revision: number, dropsTombstone: boolean): number {
  const newest = history.newestUpTo(revision);
  if (newest < 0) return 0;
  const event = history.versions[newest]!;
  return event.type === 'delete' && (dropsTombstone || event.kv.modRevision < revision) ? newest + 1 : newest;
}

/** The kept history of the keys, as a value. */
export interface MvccSnapshot {
  readonly revision: number;
  readonly compactRevision: number;
  /** Per key the newest change at or before the compaction, in key order: what a read at `compactRevision` needs. */
  readonly base: readonly StoreEvent[];
  /** Every kept change from `compactRevision` on, in the order it happened. */
  readonly log: readonly StoreEvent[];
}

/**
 * The versioned keys (etcd's `mvcc.store`). Writes happen between the last {@link commit} and the next: each sees those before
 * it, and the commit gives all of them one revision.
 */
export class Mvcc {
  /** A compaction drops a delete made exactly at its revision. */
  readonly dropsTombstone: boolean;
  private readonly changes: StoreChanges;

  /** Revision of the last commit that changed something; an empty store is at 1. */
  revision = 1;
  /** Reads below this are refused; reads at it are not. −1 before any compaction. */
  compactRevision = -1;
  /** Bytes of all kept changes. */
  sizeBytes = 0;
  /** Of all kept changes, see {@link changeHash}; a signed 32-bit number. */
  stateHash = 0;
  index = new KeyIndex();
  /**
   * Kept changes with a revision ≥ compactRevision, in the order they happened: the source of watches.
   * Invariant: revisions ascend; changes of one revision are neighbours, in the order of execution (etcd's `sub`).
   */
  log: StoreEvent[] = [];
  /** Length of the log at the last commit: what lies behind it is the running write. */
  private committedLength = 0;

  constructor(profile: StoreProfile, defects: ReadonlySet<string>, changes: StoreChanges) {
    this.dropsTombstone = !profile.keepsTombstoneAtCompaction || defects.has('tombstone-at-compaction-dropped');
    this.changes = changes;
  }

  /** The revision that reads see: one more than committed as soon as the running write has changed something. */
  get viewRevision(): number {
    return this.log.length > this.committedLength ? this.revision + 1 : this.revision;
  }

  get(key: string): KeyValue | null {
    const history = this.index.get(key);
    return history === undefined ? null : history.live;
  }

  /** The pair as it was at the revision before one; null when there was none, or it cannot be read any more. */
  before(key: string, revision: number): KeyValue | null {
    if (revision - 1 < this.compactRevision) return null;
    return this.index.get(key)?.at(revision - 1) ?? null;
  }

  /** Reads a range in the running view (etcd `rangeKeys`): errors for a compacted or a future revision. */
  range(request: RangeRequest): RangeResponse | StoreError {
    const current = this.viewRevision;
    const revision = request.revision <= 0 ? current : request.revision;
    if (revision > current) return storeErrors.ErrFutureRev;
    if (revision < this.compactRevision) return storeErrors.ErrCompacted;

    return request.rangeEnd === '' ? this.rangeOne(request, revision, current) : this.rangeMany(request, revision, current);
  }

  private rangeOne(request: RangeRequest, revision: number, current: number): RangeResponse {
    const history = this.index.get(request.key);
    const kv = history === undefined ? null : revision === current ? history.live : history.at(revision);
    if (kv === null) return { kind: 'range', revision: current, kvs: [], more: false, count: 0 };
    const isShown = !request.countOnly && (!hasRevisionFilters(request) || passesFilters(kv, request));
    const kvs = isShown ? [request.keysOnly ? { ...kv, value: '' } : kv] : [];
    return { kind: 'range', revision: current, kvs, more: false, count: 1 };
  }

  private rangeMany(request: RangeRequest, revision: number, current: number): RangeResponse {
    const { limit } = request;
    const kvs: KeyValue[] = [];
    let count = 0;
    // One more than the limit tells whether there are more; what is to be filtered or sorted is cut afterwards.
    const wanted = request.countOnly ? 0 : limit > 0 && isLimitPushedDown(request) ? limit + 1 : Infinity;
    const end = exclusiveEnd(request.rangeEnd);
    const all = this.index.all;
    for (let i = this.index.position(request.key); i < all.length; i++) {
      const history = all[i]!;
      if (history.key >= end) break;
      const kv = revision === current ? history.live : history.at(revision);
      if (kv === null) continue;
      count++;
      if (kvs.length < wanted) kvs.push(kv);
    }
    const shown = isInKeyOrder(request) ? kvs : arrange(kvs, request);
    const more = limit > 0 && shown.length > limit;
    if (more) shown.length = limit;
    if (request.keysOnly) for (let i = 0; i < shown.length; i++) shown[i] = { ...shown[i]!, value: '' };
    return { kind: 'range', revision: current, kvs: shown, more, count };
  }

  /** The live pairs of a single key or a range, in key order. */
  select(key: string, rangeEnd: string): KeyValue[] {
    const found: KeyValue[] = [];
    if (rangeEnd === '') {
      const kv = this.get(key);
      if (kv !== null) found.push(kv);
      return found;
    }
    const end = exclusiveEnd(rangeEnd);
    const all = this.index.all;
    for (let i = this.index.position(key); i < all.length && all[i]!.key < end; i++) {
      const live = all[i]!.live;
      if (live !== null) found.push(live);
    }
    return found;
  }

  /** Writes a key and returns the pair it replaces. A key that is new, or was deleted, starts a generation at version 1. */
  put(key: string, value: string, lease: number): KeyValue | null {
    const revision = this.revision + 1;
    const history = this.index.getOrInsert(key);
    const replaced = history.live;
    this.append(history, {
      type: 'put',
      kv: {
        key,
        value,
        createRevision: replaced === null ? revision : replaced.createRevision,
        modRevision: revision,
        version: replaced === null ? 1 : replaced.version + 1,
        lease,
      },
      prevKv: null,
    });
    return replaced;
  }

  /** Writes a tombstone, which carries nothing but the key. The key must be live. */
  delete(key: string): void {
    this.append(this.index.getOrInsert(key), {
      type: 'delete',
      kv: { key, value: '', createRevision: 0, modRevision: this.revision + 1, version: 0, lease: 0 },
      prevKv: null,
    });
  }

  private append(history: KeyHistory, event: StoreEvent): void {
    this.keep(history, event);
    this.log.push(event);
    this.changes.event(event);
  }

  /**
   * Ends the running write. Its changes get one revision together; a write without changes gets none.
   * Returns where in the log its changes begin: the log's length when there are none.
   */
  commit(): number {
    const start = this.committedLength;
    if (this.log.length > start) {
      this.revision++;
      this.committedLength = this.log.length;
    }
    return start;
  }

  /** Position in the log of the first change at or after a revision. */
  logPosition(revision: number): number {
    const log = this.log;
    let low = 0;
    let high = log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (log[middle]!.kv.modRevision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The hash as it was at a revision ≥ compactRevision. Costs as much as there are changes since. */
  hashAt(revision: number): number {
    let hash = this.stateHash;
    for (let at = this.logPosition(revision + 1); at < this.log.length; at++) hash = (hash - changeHash(this.log[at]!)) | 0;
    return hash;
  }

  /**
   * Forgets what reads at `revision` and later do not need: of each key stay the changes after `revision` and the newest one up
   * to it, unless that is a tombstone older than `revision`. A tombstone exactly at it stays, so that a watch from there sees
   * the delete (etcd ≥ 3.5.16, PR 18474). Costs as much as there are changes to forget, plus a pass when keys vanish.
   */
  compact(revision: number): StoreError | null {
    if (revision <= this.compactRevision) return storeErrors.ErrCompacted;
    if (revision > this.revision) return storeErrors.ErrFutureRev;
    this.compactRevision = revision;

    // Only a key with a change in this part of the log can have something to forget: what came earlier is already forgotten
    // but for its newest change, and the log keeps the changes at the last compaction.
    const { log } = this;
    const end = this.logPosition(revision + 1);
    const garbage: StoreEvent[] = [];
    let keysVanish = false;
    for (let i = 0; i < end; i++) {
      const history = this.index.get(log[i]!.kv.key);
      if (history === undefined) continue;
      this.trim(history, revision, garbage);
      if (history.versions.length === 0) keysVanish = true;
    }
    if (keysVanish) this.index.removeEmpty();

    this.log = log.slice(this.logPosition(revision));
    // Of what one txn did to a key only the end is kept, and with a tombstone perhaps nothing.
    const forgotten = new Set(garbage.filter(({ kv }) => kv.modRevision === revision));
    if (forgotten.size > 0) this.log = this.log.filter((event) => !forgotten.has(event));
    this.committedLength = this.log.length;
    garbage.sort((a, b) => a.kv.modRevision - b.kv.modRevision);
    this.changes.compacted(revision, garbage);
    return null;
  }

  private trim(history: KeyHistory, revision: number, garbage: StoreEvent[]): void {
    const count = forgottenVersions(history, revision, this.dropsTombstone);
    if (count === 0) return;
    for (let at = 0; at < count; at++) {
      const forgotten = history.versions[at]!;
      this.sizeBytes -= eventBytes(forgotten);
      this.stateHash = (this.stateHash - history.hashes[at]!) | 0;
      garbage.push(forgotten);
    }
    history.versions.splice(0, count);
    history.hashes.splice(0, count);
  }

  /** A value that shares the immutable changes with the store and nothing else. Costs a pass over keys and log. */
  snapshot(): MvccSnapshot {
    const base: StoreEvent[] = [];
    for (const { versions } of this.index.all) {
      const oldest = versions[0];
      if (oldest !== undefined && oldest.kv.modRevision <= this.compactRevision) base.push(oldest);
    }
    return { revision: this.revision, compactRevision: this.compactRevision, base, log: this.log.slice() };
  }

  /** Takes the place of all state. */
  restore(snapshot: MvccSnapshot): void {
    this.compactRevision = snapshot.compactRevision;
    this.index = new KeyIndex();
    this.log = snapshot.log.slice();
    this.committedLength = this.log.length;
    this.sizeBytes = 0;
    this.stateHash = 0;
    for (const event of snapshot.base) this.keep(this.index.getOrInsert(event.kv.key), event);
    for (const event of snapshot.log)
      if (event.kv.modRevision > snapshot.compactRevision) this.keep(this.index.getOrInsert(event.kv.key), event);
    this.revision = snapshot.revision;
  }

  private keep(history: KeyHistory, event: StoreEvent): void {
    const hash = changeHash(event);
    history.push(event, hash);
    this.sizeBytes += eventBytes(event);
    this.stateHash = (this.stateHash + hash) | 0;
  }
}
