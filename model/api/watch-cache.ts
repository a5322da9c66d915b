/**
 * The watch cache of one kind at one API server (kube-apiserver's cacher): fed by one list and one watch of the store however
 * many clients there are, it answers lists and feeds watches. It lags behind the store by as much as its member of the store
 * does, and knows no more of the past than its window.
 */
import {
  kind as eventKind,
  ms,
  wait,
  type Co,
  type Micros,
  type Os,
  type StreamCallbacks,
  type ServerStream,
} from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import type { StoreClient } from '../store/client/client.ts';
import type { WatchEnd } from '../store/client/client-watches.ts';
import { prefixEnd } from '../store/machine/keys.ts';
import { range, type KeyValue, type StoreEvent } from '../store/machine/requests.ts';
import type { WatchItem } from '../store/member/methods.ts';
import { watchRequest } from '../store/watch/watch-requests.ts';
import { CacheWatcher } from './cache-watcher.ts';
import { EventWindow } from './event-window.ts';
import type { ObjectEvent, ResourceEvent, WatchResourcesRequest } from './methods.ts';
import { kindPrefix, objectKey, type Resource, type ResourceKind } from './resources/index.ts';
import { decode } from './stored.ts';

export interface WatchCacheOptions {
  readonly os: Os;
  readonly kind: ResourceKind;
  /** Where objects of the kind stand. */
  readonly store: StoreClient;
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What a watch cache shows of itself. */
export interface WatchCacheView {
  readonly kind: ResourceKind;
  readonly ready: boolean;
  readonly version: number;
  readonly floor: number;
  readonly watchers: number;
  readonly objects: readonly Resource[];
}

/** A change as the store tells of it. */
interface CachedChange {
  readonly type: ObjectEvent['type'];
  /** The object after it; of one that was deleted, as it was last. */
  readonly kv: KeyValue;
  readonly resourceVersion: number;
}

/** A watch that was begun, and how many events it was told at once of what there was already. */
export interface ServedWatch {
  readonly told: number;
  readonly callbacks: StreamCallbacks;
}

/** Somebody who needs the cache to be as fresh as a version. */
interface Waiter {
  readonly version: number;
  readonly resume: (fresh: boolean) => void;
}

/** What it takes to tell one watcher of a change: an estimate; the object is written down once for all of them. */
export const TELL_US = 2;
/** Pause before the store is listed again after it could not be. */
const RETRY_US = ms(100);
/** kube-apiserver's pause before it asks the store again how far its watch has come. */
const ASK_AGAIN_US = ms(100);

const nothingServed: ServedWatch = { told: 0, callbacks: {} };

const tooOldKind = eventKind<null>('api/freshness deadline', {
  serviceUs: 2,
  describe: () => 'a cache does not become fresh in time',
});

export class WatchCache {
  readonly kind: ResourceKind;
  /** It holds a whole list, and follows what changes. */
  ready = false;
  /** Everything up to here is in it. */
  version = 0;
  private readonly os: Os;
  private readonly store: StoreClient;
  private readonly design: Design;
  private readonly continuesPastWindow: boolean;
  private readonly continuesPastList: boolean;
  private readonly feedBeginsAgain: boolean;
  private readonly relistKeepsDeleted: boolean;
  /**
   * As they stand in the store: of most versions nobody here ever asks what they say, so they are not read before somebody does.
   */
  private readonly objects = new Map<string, KeyValue>();
  /** The same, read and in the order of their names; null when it has to be made anew. */
  private inOrder: readonly Resource[] | null = null;
  private window: EventWindow<CachedChange>;
  /** Where this cache began to look: it knows nothing of what was before. */
  private listVersion = 0;
  private readonly watchers = new Set<CacheWatcher>();
  private waiters: Waiter[] = [];
  private asking = false;
  /** Name of the store's watch that feeds it; null while there is none. */
  private feed: string | null = null;

  constructor({ os, kind, store, design, defects }: WatchCacheOptions) {
    this.os = os;
    this.kind = kind;
    this.store = store;
    this.design = design;
    this.continuesPastWindow = defects.has('watch-past-lost-window');
    this.continuesPastList = defects.has('resume-after-restart-without-gone');
    this.feedBeginsAgain = defects.has('feed-begins-again');
    this.relistKeepsDeleted = defects.has('relist-keeps-deleted');
    this.window = new EventWindow(design.watchCacheEvents, 0);
  }

  start(): void {
    this.os.spawn(`watch cache ${this.kind}`, this.follow());
  }

  inspect(): WatchCacheView {
    const { kind, ready, version, watchers, window } = this;
    return { kind, ready, version, floor: window.floor, watchers: watchers.size, objects: this.list() };
  }

  // ── what it answers ──────────────────────────────────────────────────────────────────────────────────────────────

  get(name: string): Resource | undefined {
    const kv = this.objects.get(objectKey(this.kind, name));
    return kv === undefined ? undefined : decode(this.os, kv);
  }

  /** In the order of their names, at `version`. */
  list(): readonly Resource[] {
    this.inOrder ??= [...this.objects.values()]
      .map((kv) => decode(this.os, kv))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    return this.inOrder;
  }

  /**
   * Waits until everything up to `version` is in it; false after `timeoutUs`. Asks the store
   * how far the feed has come (KEP-2340).
   */
  *fresh(version: number, timeoutUs: Micros): Co<boolean> {
    if (this.isFresh(version)) return true;
    return yield* wait<boolean>({
      begin: (resume) => {
        const leave = (): void => {
          this.os.cancel(timer);
          this.waiters = this.waiters.filter((other) => other !== waiter);
        };
        const settle = (fresh: boolean): void => {
          leave();
          resume(fresh);
        };
        const timer = this.os.after(timeoutUs, tooOldKind, () => settle(false));
        const waiter: Waiter = { version, resume: settle };
        this.waiters.push(waiter);
        if (!this.asking) this.os.spawn(`ask how far ${this.kind} is`, this.askHowFar());
        return leave;
      },
    });
  }

  private isFresh(version: number): boolean {
    return this.ready && this.version >= version;
  }

  private *askHowFar(): Co<void> {
    this.asking = true;
    while (this.waiters.length > 0) {
      if (this.feed !== null) yield* this.store.askWatchProgress(this.feed);
      if (this.waiters.length > 0) yield* this.os.sleep(ASK_AGAIN_US);
    }
    this.asking = false;
  }

  // ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Serves a watch from the window, or ends it at once: `gone` when what it wants next is not in there any more. */
  watch({ resourceVersion }: WatchResourcesRequest, stream: ServerStream<ResourceEvent>): ServedWatch {
    if (!this.ready) {
      stream.end('unavailable', `the watch cache of ${this.kind} is not ready`);
      return nothingServed;
    }
    if (resourceVersion !== 0 && this.isLost(resourceVersion)) {
      stream.end('gone', `too old a version: ${resourceVersion}, and the window begins at ${this.window.floor}: list again`);
      return nothingServed;
    }
    const watcher = new CacheWatcher(stream, resourceVersion, this.design.watchBufferEvents);
    this.watchers.add(watcher);
    const events =
      resourceVersion === 0 ? this.list().map(asAdded) : this.window.after(resourceVersion).map((change) => this.told(change));
    watcher.begin(events);
    return {
      told: events.length,
      callbacks: { closed: () => void this.watchers.delete(watcher), drained: () => watcher.drained() },
    };
  }

  /** Changes after this version are not all in the window: some have left it, or were made before this cache began to look. */
  private isLost(version: number): boolean {
    if (version < this.listVersion) return !this.continuesPastList;
    return version < this.window.floor && !this.continuesPastWindow;
  }

  /** Tells every watcher that has nothing else to be told how far the cache has come. */
  bookmark(version: number = this.version): void {
    if (!this.ready) return;
    for (const watcher of this.watchers) watcher.bookmark(version);
  }

  // ── how it is fed ────────────────────────────────────────────────────────────────────────────────────────────────

  private *follow(): Co<never> {
    const key = kindPrefix(this.kind);
    const rangeEnd = prefixEnd(key);
    for (;;) {
      const listed = yield* this.store.range(range(key, { rangeEnd }));
      if (listed.status !== 'ok') {
        yield* this.os.sleep(RETRY_US);
        continue;
      }
      const { kvs, revision } = listed.value;
      this.replace(kvs, revision);
      let end: WatchEnd;
      do {
        const streams = { opened: 0 };
        const take = (item: WatchItem): boolean => this.take(item) && !(this.feedBeginsAgain && streams.opened > 1);
        const opened = (watch: string): void => {
          this.feed = watch;
          streams.opened++;
        };
        end = yield* this.store.watchFrom(watchRequest(key, { rangeEnd, startRevision: revision + 1 }), take, undefined, opened);
      } while (end.type === 'stopped');
      this.lose();
      yield* this.os.sleep(RETRY_US);
    }
  }

  private replace(kvs: readonly KeyValue[], revision: number): void {
    if (!this.relistKeepsDeleted) this.objects.clear();
    this.inOrder = null;
    for (const kv of kvs) this.objects.set(kv.key, kv);
    this.window = new EventWindow(this.design.watchCacheEvents, revision);
    this.listVersion = revision;
    this.ready = true;
    this.advance(revision);
  }

  /** What comes next is lost to it. Those who watch here go on elsewhere, or come back and are told that they must list. */
  private lose(): void {
    this.ready = false;
    this.feed = null;
    for (const watcher of [...this.watchers]) watcher.end('unavailable', `the watch cache of ${this.kind} begins anew`);
  }

  private take(item: WatchItem): boolean {
    if (item.type === 'events') for (let at = 0; at < item.events.length; at++) this.apply(item.events[at]!);
    if (item.type === 'events' || item.type === 'progress') this.advance(item.revision);
    return true;
  }

  private apply({ type, kv }: StoreEvent): void {
    const { key, modRevision: resourceVersion } = kv;
    const before = this.objects.get(key);
    if (type === 'put') {
      this.objects.set(key, kv);
      this.tell({ type: before === undefined ? 'added' : 'modified', kv, resourceVersion });
    } else if (before !== undefined) {
      this.objects.delete(key);
      this.tell({ type: 'deleted', kv: before, resourceVersion });
    }
  }

  private tell(change: CachedChange): void {
    this.inOrder = null;
    this.window.push(change);
    if (this.watchers.size === 0) return;
    this.os.spend(this.watchers.size * TELL_US);
    const event = this.told(change);
    for (const watcher of this.watchers) {
      if (watcher.take(event)) continue;
      watcher.end('slow', 'the watch could not keep up');
    }
  }

  private told({ type, kv, resourceVersion }: CachedChange): ObjectEvent {
    return { type, object: decode(this.os, kv), resourceVersion };
  }

  private advance(version: number): void {
    if (version > this.version) this.version = version;
    for (const waiter of this.waiters) if (this.isFresh(waiter.version)) waiter.resume(true);
  }
}

function asAdded(object: Resource): ObjectEvent {
  return { type: 'added', object, resourceVersion: object.metadata.resourceVersion };
}
