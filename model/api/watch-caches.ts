/** The watch caches of an API server, one for each kind, and the bookmarks they send. */
import { seconds, type Co, type Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { servedKinds, type Resource, type ResourceKind } from './resources/index.ts';
import type { StoreClient } from '../store/client/client.ts';
import type { PlacedStores } from './stores.ts';
import { WatchCache, type WatchCacheView } from './watch-cache.ts';

export class WatchCaches {
  private readonly os: Os;
  private readonly stores: PlacedStores;
  private readonly design: Design;
  private readonly bookmarksRunAhead: boolean;
  private readonly byKind = new Map<ResourceKind, WatchCache>();
  /** Newest revision of any answer to a write. */
  private heard = 0;

  constructor(os: Os, stores: PlacedStores, design: Design, defects: DefectSet) {
    this.os = os;
    this.stores = stores;
    this.design = design;
    this.bookmarksRunAhead = defects.has('bookmark-ahead-of-events');
    for (const kind of servedKinds(design))
      this.byKind.set(kind, new WatchCache({ os, kind, store: stores.of(kind), design, defects }));
  }

  start(): void {
    const byStore = new Map<StoreClient, WatchCache[]>();
    for (const [kind, cache] of this.byKind) {
      const store = this.stores.of(kind);
      byStore.set(store, [...(byStore.get(store) ?? []), cache]);
    }
    for (const caches of byStore.values()) this.os.spawn('watch caches', startInTurn(caches));
    this.os.spawn('bookmarks', this.tellBookmarks());
  }

  of(kind: ResourceKind): WatchCache {
    return this.byKind.get(kind) as WatchCache;
  }

  /** An object as the cache of its kind has it, for whoever holds it against the store anyway; null when there is none. */
  glance(kind: ResourceKind, name: string): Resource | null {
    const cache = this.of(kind);
    return cache.ready ? (cache.get(name) ?? null) : null;
  }

  /** The store has committed a write at this revision. */
  committed(revision: number): void {
    if (revision > this.heard) this.heard = revision;
  }

  inspect(): readonly WatchCacheView[] {
    return [...this.byKind.values()].map((cache) => cache.inspect());
  }

  private *tellBookmarks(): Co<never> {
    const { bookmarkUs } = this.design;
    // Servers that started together do not speak together.
    yield* this.os.sleep(this.os.random('bookmark').below(bookmarkUs));
    for (;;) {
      for (const cache of this.byKind.values()) {
        if (this.bookmarksRunAhead) cache.bookmark(Math.max(this.heard, cache.version));
        else cache.bookmark();
      }
      yield* this.os.sleep(bookmarkUs);
    }
  }
}

/** A store that does not answer one of them answers none: the others need not ask until it has. */
function* startInTurn([first, ...others]: readonly WatchCache[]): Co<void> {
  if (first === undefined) return;
  first.start();
  while (!(yield* first.fresh(0, seconds(1)))) continue;
  for (const cache of others) cache.start();
}
