/** The sorted index from key to its history, as etcd's `treeIndex` of `keyIndex`es. */
import type { KeyValue, StoreEvent } from './requests.ts';

/** Everything the store still knows about one key. */
export class KeyHistory {
  readonly key: string;
  /**
   * The changes still kept, oldest first. Invariant: revisions ascend (a txn may change a key twice in one revision, then
   * the later change stands later); a delete ends a generation; never empty while the history is in the index.
   */
  readonly versions: StoreEvent[] = [];
  /**
   * What each of them counts for in the hash of the store, so that it need not be worked out again when the version is forgotten.
   */
  readonly hashes: number[] = [];
  /** The pair as it is now, null when deleted: always what the last version says. */
  live: KeyValue | null = null;

  constructor(key: string) {
    this.key = key;
  }

  /** Whoever keeps no hash of the store leaves that of the event out. */
  push(event: StoreEvent, hash = 0): void {
    this.versions.push(event);
    this.hashes.push(hash);
    this.live = event.type === 'put' ? event.kv : null;
  }

  /** The pair as it was at a revision, null when the key did not exist then. */
  at(revision: number): KeyValue | null {
    const event = this.versions[this.newestUpTo(revision)];
    return event !== undefined && event.type === 'put' ? event.kv : null;
  }

  /** Index of the newest version at or before a revision; −1 for none. */
  newestUpTo(revision: number): number {
    const versions = this.versions;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (versions[middle]!.kv.modRevision <= revision) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Histories by key, with an order: a map for single keys beside a sorted array for ranges, holding the same histories. */
export class KeyIndex {
  private readonly byKey = new Map<string, KeyHistory>();
  private sorted: KeyHistory[] = [];

  get(key: string): KeyHistory | undefined {
    return this.byKey.get(key);
  }

  /** The history of a key, an empty one when it is new; the caller must push a version to it. */
  getOrInsert(key: string): KeyHistory {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const history = new KeyHistory(key);
    this.byKey.set(key, history);
    const sorted = this.sorted;
    const last = sorted[sorted.length - 1];
    if (last === undefined || last.key < key) sorted.push(history);
    else sorted.splice(this.position(key), 0, history);
    return history;
  }

  /** All histories in key order; to be read only, and not across a change of the index. */
  get all(): readonly KeyHistory[] {
    return this.sorted;
  }

  /** Position in {@link all} of the first key ≥ the given one. */
  position(key: string): number {
    const sorted = this.sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops the histories without versions. Costs a pass over all keys: call it once per compaction. */
  removeEmpty(): void {
    this.sorted = this.sorted.filter((history) => {
      if (history.versions.length > 0) return true;
      this.byKey.delete(history.key);
      return false;
    });
  }
}
