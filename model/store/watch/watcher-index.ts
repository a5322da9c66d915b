/** Finds the watchers of a key without looking at those of other keys: a map for exact keys, a search tree for ranges. */
import { compareKeys, exclusiveEnd } from '../machine/keys.ts';

/** What the index needs to know of a watcher. */
export interface Watched {
  readonly key: string;
  /** '' watches the key alone, `\0` every key ≥ it. */
  readonly rangeEnd: string;
}

/** The watchers of one range; many watchers share few ranges (a prefix per resource type). */
interface RangeGroup<W> {
  readonly begin: string;
  /** Exclusive. */
  readonly end: string;
  readonly watchers: W[];
  /** Largest end in the subtree of this group. */
  maxEnd: string;
}

/**
 * An interval tree like etcd's `watcherGroup`, except that watchers stay in it whatever their state: so it changes only when
 * a watcher comes or goes. The tree is a sorted array (the middle of a stretch is its root), built anew at the first use after
 * the ranges have changed.
 */
export class WatcherIndex<W extends Watched> {
  private readonly exact = new Map<string, W[]>();
  private readonly groups = new Map<string, RangeGroup<W>>();
  private tree: RangeGroup<W>[] = [];
  private treeIsStale = false;

  add(watcher: W): void {
    const { key, rangeEnd } = watcher;
    if (rangeEnd === '') {
      const watchers = this.exact.get(key);
      if (watchers === undefined) this.exact.set(key, [watcher]);
      else watchers.push(watcher);
      return;
    }
    const name = groupName(watcher);
    const group = this.groups.get(name);
    if (group !== undefined) {
      group.watchers.push(watcher);
      return;
    }
    const end = exclusiveEnd(rangeEnd);
    this.groups.set(name, { begin: key, end, watchers: [watcher], maxEnd: end });
    this.treeIsStale = true;
  }

  delete(watcher: W): void {
    if (watcher.rangeEnd === '') {
      const watchers = this.exact.get(watcher.key);
      if (watchers !== undefined && remove(watchers, watcher)) this.exact.delete(watcher.key);
      return;
    }
    const name = groupName(watcher);
    const group = this.groups.get(name);
    if (group !== undefined && remove(group.watchers, watcher)) {
      this.groups.delete(name);
      this.treeIsStale = true;
    }
  }

  /** Calls `visit` with each watcher of a key: those of the key alone first, then by range, then by age. */
  visit(key: string, visit: (watcher: W) => void): void {
    const exact = this.exact.get(key);
    if (exact !== undefined) for (const watcher of exact) visit(watcher);
    if (this.groups.size === 0) return;
    if (this.treeIsStale) this.rebuild();
    this.search(0, this.tree.length, key, visit);
  }

  /** Visits the groups of `tree[from … to)` that hold the key. */
  private search(from: number, to: number, key: string, visit: (watcher: W) => void): void {
    if (from >= to) return;
    const middle = (from + to) >>> 1;
    const group = this.tree[middle]!;
    if (group.maxEnd <= key) return;
    this.search(from, middle, key, visit);
    if (group.begin > key) return;
    if (key < group.end) for (const watcher of group.watchers) visit(watcher);
    this.search(middle + 1, to, key, visit);
  }

  private rebuild(): void {
    this.tree = [...this.groups.values()].sort((a, b) => compareKeys(a.begin, b.begin) || compareKeys(a.end, b.end));
    this.setMaxEnds(0, this.tree.length);
    this.treeIsStale = false;
  }

  private setMaxEnds(from: number, to: number): string {
    if (from >= to) return '';
    const middle = (from + to) >>> 1;
    const group = this.tree[middle]!;
    const left = this.setMaxEnds(from, middle);
    const right = this.setMaxEnds(middle + 1, to);
    const children = left > right ? left : right;
    group.maxEnd = group.end > children ? group.end : children;
    return group.maxEnd;
  }
}

/** Tells ranges apart; the length keeps `ab`+`c` from `a`+`bc`. */
function groupName({ key, rangeEnd }: Watched): string {
  return `${key.length} ${key}${rangeEnd}`;
}

/** Takes a watcher out, keeping the order; true when none is left. */
function remove<W>(watchers: W[], watcher: W): boolean {
  const position = watchers.indexOf(watcher);
  if (position >= 0) watchers.splice(position, 1);
  return watchers.length === 0;
}
