/** A write-ahead log in memory: what was written, and how much of it a crash leaves. */

import { noEntries, type Entry } from '../core/entry.ts';
import type { Recovered } from '../core/options.ts';
import type { HardState, Ready } from '../core/ready.ts';
import type { Snapshot } from '../core/snapshot.ts';

type WalRecord =
  | { readonly kind: 'received'; readonly snapshot: Snapshot }
  | { readonly kind: 'made'; readonly snapshot: Snapshot }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'hardState'; readonly hardState: HardState };

export class TestDisk {
  private records: WalRecord[] = [];
  private durable = 0;

  /** A log as if written long ago: the term of each entry. Entries of the same index and term are the same everywhere. */
  format(terms: readonly number[], term: number): void {
    const entries = terms.map((of, at) => ({
      index: at + 1,
      term: of,
      data: null,
      bytes: 100,
      hash: of * 1000 + at,
      change: null,
    }));
    if (entries.length > 0) this.records.push({ kind: 'entries', entries });
    this.records.push({ kind: 'hardState', hardState: { term, vote: 0, commit: 0 } });
    this.durable = this.records.length;
  }

  /** In the order that {@link Ready} asks for. */
  write(ready: Ready): void {
    if (ready.snapshot !== null) this.records.push({ kind: 'received', snapshot: ready.snapshot });
    if (ready.entries.length > 0) this.records.push({ kind: 'entries', entries: ready.entries });
    if (ready.hardState !== null) this.records.push({ kind: 'hardState', hardState: ready.hardState });
  }

  writeOwnSnapshot(snapshot: Snapshot): void {
    this.records.push({ kind: 'made', snapshot });
  }

  /** Position to give to `sync`: everything written so far. */
  get written(): number {
    return this.records.length;
  }

  sync(position: number): void {
    if (position > this.durable) this.durable = position;
  }

  isDurable(position: number): boolean {
    return position <= this.durable;
  }

  /** Of what was not synced the first `kept` records survive, as some do on a real disk. */
  crash(kept: number): void {
    this.records.length = Math.min(this.records.length, this.durable + kept);
    this.durable = this.records.length;
  }

  recover(): Recovered {
    let hardState: HardState | null = null;
    let snapshot: Snapshot | null = null;
    let entries: Entry[] = [...noEntries];
    for (const record of this.records) {
      if (record.kind === 'hardState') hardState = record.hardState;
      else if (record.kind === 'entries') {
        const first = record.entries[0]!.index;
        entries = [...entries.filter((entry) => entry.index < first), ...record.entries];
      } else {
        snapshot = record.snapshot;
        if (record.kind === 'received') entries = [];
      }
    }
    return { hardState, snapshot, entries, applied: snapshot?.index ?? 0 };
  }
}
