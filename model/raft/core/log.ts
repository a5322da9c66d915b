/** The replicated log in memory: a compacted prefix of which (index, term) is kept, and the entries after it. */

import { noEntries, type Entry } from './entry.ts';
import { Durability } from './durability.ts';
import { panic } from './panic.ts';
import type { Snapshot } from './snapshot.ts';

/** What `termAt` answers for an index that was compacted or not yet written. Equal to no term in any message. */
export const unknownTerm = -1;

export class RaftLog {
  /** Index of the last compacted entry; 0 if none. Invariant: baseIndex ≤ applied ≤ committed ≤ lastIndex. */
  baseIndex: number;
  /** Its term, kept for the check of the entry before the first one (etcd's dummy entry). */
  baseTerm: number;
  /** Newest snapshot, for followers that need the compacted prefix. Invariant: snapshot.index ≥ baseIndex if baseIndex > 0. */
  snapshot: Snapshot | null;
  /** A snapshot received and not yet handed to the host. */
  snapshotToWrite: Snapshot | null = null;
  /** Highest index known to be committed. Never decreases within an incarnation. */
  committed: number;
  /** Highest index handed out to be applied. Never decreases within an incarnation. */
  applied: number;
  readonly durability: Durability;
  /** entries[i].index = baseIndex + 1 + i. */
  private entries: Entry[] = [];
  /** The last slice made. Followers in step get the same entries, so they share one array. */
  private cached: readonly Entry[] = noEntries;
  private cachedFrom = 0;

  /** Everything given is durable. Skips entries that the snapshot covers. Throws RaftPanic on a gap. */
  constructor(snapshot: Snapshot | null, entries: readonly Entry[], committed: number, applied: number) {
    this.snapshot = snapshot;
    this.baseIndex = snapshot === null ? 0 : snapshot.index;
    this.baseTerm = snapshot === null ? 0 : snapshot.term;
    for (const entry of entries) {
      if (entry.index <= this.baseIndex) continue;
      if (entry.index !== this.lastIndex + 1) panic(`recovered entry ${entry.index} follows ${this.lastIndex}`);
      this.entries.push(entry);
    }
    if (applied < this.baseIndex) panic(`applied ${applied} is behind the snapshot at ${this.baseIndex}`);
    // The commit index is not synced: what was applied may be ahead of the one that was read back.
    this.committed = committed > applied ? committed : applied;
    this.applied = applied;
    if (this.committed > this.lastIndex) panic(`commit ${this.committed} is out of range, the log ends at ${this.lastIndex}`);
    this.durability = new Durability(this.lastIndex);
  }

  get firstIndex(): number {
    return this.baseIndex + 1;
  }

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  get lastTerm(): number {
    const length = this.entries.length;
    return length === 0 ? this.baseTerm : this.entries[length - 1]!.term;
  }

  /** Term of the entry at `index`, or {@link unknownTerm}. */
  termAt(index: number): number {
    const at = index - this.baseIndex - 1;
    if (at >= 0 && at < this.entries.length) return this.entries[at]!.term;
    return at === -1 ? this.baseTerm : unknownTerm;
  }

  entryAt(index: number): Entry | null {
    const at = index - this.baseIndex - 1;
    return at >= 0 && at < this.entries.length ? this.entries[at]! : null;
  }

  /** Entries from `from` to `to`, both included, as an array that is never mutated. Compacted ones cannot be asked for. */
  between(from: number, to: number): readonly Entry[] {
    if (from > to) return noEntries;
    if (from === this.cachedFrom && to - from + 1 === this.cached.length) return this.cached;
    if (from <= this.baseIndex || to > this.lastIndex)
      panic(`entries ${from}..${to} are outside ${this.firstIndex}..${this.lastIndex}`);
    this.cached = this.entries.slice(from - this.baseIndex - 1, to - this.baseIndex);
    this.cachedFrom = from;
    return this.cached;
  }

  /** Last index ≤ `to` such that the entries from `from` on weigh at most `maxBytes`; at least `from`. */
  limit(from: number, to: number, maxBytes: number): number {
    let bytes = 0;
    for (let index = from; index <= to; index++) {
      bytes += this.entries[index - this.baseIndex - 1]!.bytes;
      if (bytes > maxBytes && index > from) return index - 1;
    }
    return to;
  }

  /** The log of a voter must be at least as up-to-date as its own for it to vote (Raft §5.4.1). */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const ownTerm = this.lastTerm;
    return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= this.lastIndex);
  }

  /** Appends one entry, which must be the next. */
  push(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1) panic(`entry ${entry.index} follows ${this.lastIndex}`);
    this.entries.push(entry);
  }

  /** Drops every entry after `lastIndex`. Throws RaftPanic if a committed one is among them. */
  truncateAfter(lastIndex: number): void {
    if (lastIndex >= this.lastIndex) return;
    if (lastIndex < this.committed) panic(`entry ${lastIndex + 1} is committed and must not be truncated`);
    this.entries.length = lastIndex - this.baseIndex;
    this.durability.truncated(lastIndex);
    this.cached = noEntries;
    this.cachedFrom = 0;
  }

  /**
   * Appends what is missing of `entries`, of which the predecessor matches. Only from the first *conflicting* entry on is the log
   * truncated: a stale, shorter append must not take away what came after it (etcd `findConflict`).
   */
  merge(entries: readonly Entry[]): void {
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at]!;
      const known = this.termAt(entry.index);
      if (known === entry.term) continue;
      if (known !== unknownTerm) this.truncateAfter(entry.index - 1);
      this.entries.push(entry);
    }
  }

  /** Largest index ≤ `index` whose term is ≤ `term`; stops at the compacted prefix, of which no term is known (etcd). */
  findConflictByTerm(index: number, term: number): number {
    let at = index;
    while (at >= this.baseIndex && this.termAt(at) > term) at--;
    return at;
  }

  /** Throws RaftPanic if the log does not reach that far: entries were acknowledged and lost. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    if (index > this.lastIndex) panic(`commit ${index} is out of range, the log ends at ${this.lastIndex}`);
    this.committed = index;
  }

  /** Replaces the whole log by a received snapshot (dissertation §5.1; etcd `restore`). */
  restore(snapshot: Snapshot): void {
    this.entries = [];
    this.baseIndex = snapshot.index;
    this.baseTerm = snapshot.term;
    this.snapshot = snapshot;
    this.snapshotToWrite = snapshot;
    this.committed = snapshot.index;
    this.applied = snapshot.index;
    this.cached = noEntries;
    this.cachedFrom = 0;
    // Nothing is durable, hence nothing after the snapshot is applied, until the snapshot itself is.
    this.durability.truncated(0);
    this.durability.handedOut = snapshot.index;
  }

  /** Forgets entries up to and including `index`, which a snapshot must cover. */
  compact(index: number): void {
    if (index <= this.baseIndex) return;
    if (this.snapshot === null || index > this.snapshot.index) panic(`no snapshot covers index ${index}`);
    this.baseTerm = this.termAt(index);
    this.entries = this.entries.slice(index - this.baseIndex);
    this.baseIndex = index;
  }
}
