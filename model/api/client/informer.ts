/** An informer: keeps a cache of one kind by list and watch, starts over after a gap, and tells of every change. */
import { seconds, Signal, type ClientStream, type Co, type Micros, type Os, type Stream } from '../../../sim/index.ts';
import type { ListConsistency, ResourceEvent } from '../methods.ts';
import type { Resource, ResourceKind } from '../resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { ApiClient } from './api-client.ts';
import { Backoff } from './backoff.ts';
import { Cache } from './cache.ts';

/** What else there is to know of a change. */
export interface Sighting<K extends ResourceKind = ResourceKind> {
  /**
   * What the cache held before; null when nothing. It may be *another object* of the same name: one that was deleted and made
   * again while nobody looked comes as one change, and whoever is told must compare the uids (client-go's shared informer).
   */
  readonly before: Resource<K> | null;
  /**
   * False of an object that a new list lacks: how it was when it went nobody has seen (client-go's `DeletedFinalStateUnknown`).
   */
  readonly finalStateKnown: boolean;
}

/** Told of each object that was seen to change, and at each resync of every object. `gone`: as it was seen last. */
export type InformerListener<K extends ResourceKind> = (object: Resource<K>, gone: boolean, sighting: Sighting<K>) => void;

export interface InformerOptions<K extends ResourceKind> {
  readonly kind: K;
  readonly client: ApiClient;
  readonly design: Design;
  readonly defects: DefectSet;
  readonly changed: InformerListener<K>;
  /** Told whenever the cache is complete up to another version: after one change, or after a whole new list. */
  readonly advanced?: (kind: K, relisted: boolean) => void;
}

/** How long it waits for a server to be connected in one go. */
const CONNECT_US = seconds(10);

/** Not a word of the server's. */
const TIMED_OUT = 'timed out';

export class Informer<K extends ResourceKind> {
  readonly cache: Cache<K>;
  /** The cache holds a whole list. */
  synced = false;
  private readonly os: Os;
  private readonly kind: K;
  private readonly client: ApiClient;
  private readonly resyncUs: Micros;
  private readonly watchTimeoutUs: Micros;
  private readonly changed: InformerListener<K>;
  private readonly advanced: ((kind: K, relisted: boolean) => void) | undefined;
  private readonly chance: Stream;
  private readonly firstSync = new Signal();
  private readonly staleFirstList: boolean;
  private readonly ignoresGap: boolean;
  private readonly missesDeletions: boolean;
  /** Everything up to here is in the cache. */
  version = 0;
  private stream: ClientStream<ResourceEvent> | null = null;
  private wantsList = false;
  private asksMajority = false;
  /** The newest watch has told something. */
  private ran = false;
  private readonly backoff: Backoff;
  private lists = 0;

  constructor(os: Os, { kind, client, design, defects, changed, advanced }: InformerOptions<K>) {
    this.os = os;
    this.kind = kind;
    this.client = client;
    this.resyncUs = design.resyncUs;
    this.changed = changed;
    this.advanced = advanced;
    this.cache = new Cache(os, kind);
    this.chance = os.random('informer');
    this.backoff = new Backoff(os, this.chance);
    this.watchTimeoutUs = design.watchTimeoutUs;
    this.staleFirstList = defects.has('stale-list-on-restart');
    this.ignoresGap = defects.has('no-resync-after-gap');
    this.missesDeletions = defects.has('missed-deletion-on-relist');
  }

  start(): void {
    this.os.spawn(`inform ${this.kind}`, this.follow());
    this.os.spawn(`resync ${this.kind}`, this.resync());
  }

  /** Waits until the cache holds a whole list. */
  *ready(): Co<void> {
    while (!this.synced) yield* this.firstSync.wait();
  }

  /** Gives up its watch and lists again. */
  refresh(): void {
    this.wantsList = true;
    this.stream?.cancel();
  }

  inspect(): unknown {
    const { kind, synced, version, lists } = this;
    return { kind, synced, version, lists, objects: this.cache.list() };
  }

  private *follow(): Co<never> {
    for (;;) {
      const listed = yield* this.relist();
      if (!listed) continue;
      while (yield* this.watch());
      // All who watched a server that has forgotten find out together: they do not ask again together (client-go: BackoffUntil).
      if (!this.wantsList) yield* this.backoff.pause();
    }
  }

  /** Replaces the cache by what there is. False when that could not be learnt. */
  private *relist(): Co<boolean> {
    const { endpoint } = this.client;
    const consistency = this.consistency();
    // What is wished for from now on this list does not give.
    const { wantsList } = this;
    this.wantsList = false;
    const outcome = yield* this.client.list(this.kind, consistency, this.version);
    if (outcome.status !== 'ok') {
      this.wantsList ||= wantsList;
      const isBehind = outcome.status === 'refused' && (outcome.code === 'gone' || outcome.code === 'too-large-version');
      if (isBehind) this.asksMajority = true;
      else if (outcome.status === 'refused' && outcome.code === 'unavailable') this.client.leave(endpoint);
      yield* this.backoff.pause();
      return false;
    }
    this.asksMajority = false;
    this.lists++;
    const { resourceVersion, items } = outcome.value;
    this.replace(items as readonly Resource<K>[], resourceVersion);
    this.version = resourceVersion;
    this.synced = true;
    this.advanced?.(this.kind, true);
    this.firstSync.notify();
    return true;
  }

  /**
   * How fresh the next list must be. The first one is of the majority, because what an earlier life of this process has seen is
   * not known any more (kubernetes #59848: by client-go's "0" it may go back in time). Later ones must not go back, which most
   * servers can tell of their caches; where one cannot, the majority is asked.
   */
  private consistency(): ListConsistency {
    if (this.staleFirstList && this.lists === 0) return 'any';
    return this.lists === 0 || this.asksMajority || this.wantsList ? 'linearizable' : 'not-older';
  }

  /** A deletion that fell into a gap shows only as an absence from the list (client-go's `Replace`). */
  private replace(items: readonly Resource<K>[], version: number): void {
    const listed = new Set(items.map(({ metadata }) => metadata.name));
    if (!this.missesDeletions) {
      for (const { metadata } of this.cache.list())
        if (!listed.has(metadata.name)) this.take(metadata.name, null, version, false);
    }
    for (const item of items) {
      const known = this.cache.get(item.metadata.name);
      if (known?.metadata.resourceVersion !== item.metadata.resourceVersion)
        this.take(item.metadata.name, item, item.metadata.resourceVersion, true);
    }
  }

  /** Follows one watch to its end. False when only a new list helps. */
  private *watch(): Co<boolean> {
    if (!(yield* this.client.ready(CONNECT_US))) return true;
    if (this.wantsList) return false;
    const { endpoint } = this.client;
    const stream = this.client.watch(this.kind, this.version);
    if (stream === null) return true;
    this.stream = stream;
    const code = yield* this.drain(stream, this.os.monotonicUs() + this.watchTimeoutUs + this.chance.below(this.watchTimeoutUs));
    this.stream = null;
    if (this.wantsList) return false;
    if (code === TIMED_OUT) return true;
    if (code === 'gone') {
      if (!this.ignoresGap) return false;
      const listed = yield* this.client.list(this.kind);
      if (listed.status === 'ok') this.version = listed.value.resourceVersion;
    } else if (code === 'unavailable') {
      // It has lost its own way to the store, or had none. One that has too much to do, or to tell,
      // serves everybody else all the same.
      this.client.leave(endpoint);
    }
    // A watch that ran and broke is taken up again as soon as a server is reached; one that never ran is a sign of trouble.
    if (code !== 'connection lost' || !this.ran) yield* this.backoff.pause();
    return true;
  }

  /**
   * Takes in what comes until the stream ends, or its time is over: no watch is left alone for ever (client-go: 5 to 10 minutes).
   */
  private *drain(stream: ClientStream<ResourceEvent>, untilUs: Micros): Co<string> {
    this.ran = false;
    const end = yield* stream.each(
      (event) => this.hear(event),
      () => Math.max(0, untilUs - this.os.monotonicUs()),
    );
    if (end.type === 'end') return end.code;
    stream.cancel();
    return TIMED_OUT;
  }

  private hear(event: ResourceEvent): true {
    this.ran = true;
    if (event.type !== 'bookmark') {
      const object = event.object as Resource<K>;
      this.take(object.metadata.name, event.type === 'deleted' ? null : object, event.resourceVersion, true);
    }
    this.version = event.resourceVersion;
    this.advanced?.(this.kind, false);
    return true;
  }

  private take(name: string, object: Resource<K> | null, version: number, finalStateKnown: boolean): void {
    const before = this.cache.get(name) ?? null;
    // Deleted and made again under one name in between: two objects, of which the first is gone.
    if (object !== null && before !== null && before.metadata.uid !== object.metadata.uid) this.cache.set(name, null, version);
    this.cache.set(name, object, version);
    if (object !== null) this.changed(object, false, { before, finalStateKnown: true });
    else if (before !== null) this.changed(before, true, { before, finalStateKnown });
  }

  private *resync(): Co<never> {
    for (;;) {
      yield* this.os.sleep(this.resyncUs + this.chance.below(Math.floor(this.resyncUs / 10) + 1));
      for (const object of this.cache.list()) this.changed(object, false, { before: object, finalStateKnown: true });
    }
  }
}
