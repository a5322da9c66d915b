// Watches: who wants which changes from which revision on, and getting each change to each watcher once and in order.

import { storeErrors, type StoreError } from './errors.ts';
import { exclusiveEnd } from './keys.ts';
import type { StoreMachine } from './machine.ts';
import type { StoreListener } from './machine-types.ts';
import type { StoreEvent } from './requests.ts';
import { WatcherIndex } from './watcher-index.ts';

/** etcd's `watchBatchMaxRevs` and `maxWatchersPerSync`. */
export const syncRevisionsMaxDefault = 1000;
export const syncWatchersMaxDefault = 512;

export interface WatchRequest {
  /** '' watches from the first key, as etcd's Watch RPC has it. */
  readonly key: string;
  /** '' watches the key alone, `\0` every key ≥ it. */
  readonly rangeEnd: string;
  /** First revision wanted; 0 means from the next on. One in the future is waited for. */
  readonly startRevision: number;
}

/** What a watcher gets. Values: several watchers may be sent the same one. */
export type WatchMessage =
  /** Whole revisions, ascending. `revision` is etcd's header: the store's, which may be ahead of a catch-up's last event. */
  | { readonly kind: 'events'; readonly events: readonly StoreEvent[]; readonly revision: number }
  /** The watch is over: what it still had to see is compacted away. */
  | { readonly kind: 'canceled'; readonly compactRevision: number }
  /** Every event up to `revision` went before this; with `all`, of every watcher that was asked about (etcd's watch id −1). */
  | { readonly kind: 'progress'; readonly revision: number; readonly all: boolean };

/**
 * Takes a message for a watcher into its outbox; false when that is full (etcd: 128 responses) and the message was not taken.
 * The outbox must be first in, first out, for events and progress alike. It must not apply commands from within.
 */
export type WatchSink = (watcherId: number, message: WatchMessage) => boolean;

/**
 * synced: gets changes as they are applied · unsynced: behind, caught up by `syncUnsynced` · victim: has a batch its outbox
 * could not take.
 */
export type WatcherState = 'synced' | 'unsynced' | 'victim';

interface Watcher {
  readonly id: number;
  readonly key: string;
  readonly rangeEnd: string;
  readonly startRevision: number;
  /** The next revision it may be sent. Invariant: every matching event below was handed to it, or is in `undelivered`. */
  minRevision: number;
  state: WatcherState;
  /** A victim's batch; null in any other state. */
  undelivered: readonly StoreEvent[] | null;
  /** Its part of the revision being published; null outside of that. */
  batch: StoreEvent[] | null;
}

export interface WatchHubOptions {
  readonly defects?: ReadonlySet<string>;
}

/**
 * The watchers of one member (etcd `watchableStore`). It listens to the machine; the host calls {@link syncUnsynced} from a
 * timer (etcd: every 100 ms) and {@link retryVictims} when an outbox drains (etcd: at once, else every 10 ms), while
 * `unsyncedCount` and `victimCount` say there is a need.
 */
export class WatchHub implements StoreListener {
  private readonly forgetsOnRestore: boolean;
  private readonly skipsAhead: boolean;
  private readonly progressAhead: boolean;
  private readonly keepsOldPosition: boolean;
  private readonly machine: StoreMachine;
  private readonly sink: WatchSink;
  private readonly watchers = new Map<number, Watcher>();
  private readonly index = new WatcherIndex<Watcher>();
  private readonly unsynced = new Set<Watcher>();
  private readonly victims = new Set<Watcher>();
  private nextId = 1;
  /** Watchers with a part in the revision being published; and what `collect` works on, so that publishing needs no closure. */
  private readonly touched: Watcher[] = [];
  private published: StoreEvent | null = null;

  constructor(machine: StoreMachine, sink: WatchSink, options: WatchHubOptions = {}) {
    this.machine = machine;
    this.sink = sink;
    this.forgetsOnRestore = options.defects?.has('restored-watchers-forgotten') ?? false;
    this.skipsAhead = options.defects?.has('compacted-watch-skips-ahead') ?? false;
    this.progressAhead = options.defects?.has('progress-ahead-of-events') ?? false;
    this.keepsOldPosition = options.defects?.has('restored-watchers-sent-again') ?? false;
    machine.listen(this);
  }

  get unsyncedCount(): number {
    return this.unsynced.size;
  }

  get victimCount(): number {
    return this.victims.size;
  }

  /**
   * Starts a watch and returns its id, unique in this hub; or what is wrong with it: a range that holds no key, or a negative
   * revision. A start below the compaction is accepted and cancelled by the next sync, as in etcd.
   */
  watch(request: WatchRequest): number | StoreError {
    const key = request.key === '' ? '\0' : request.key;
    const { rangeEnd, startRevision } = request;
    if (rangeEnd !== '' && exclusiveEnd(rangeEnd) <= key) return storeErrors.ErrEmptyWatcherRange;
    if (startRevision < 0) return storeErrors.ErrCompacted;

    const current = this.machine.revision;
    const isSynced = startRevision === 0 || startRevision > current;
    const watcher: Watcher = {
      id: this.nextId++,
      key,
      rangeEnd,
      startRevision,
      minRevision: isSynced ? Math.max(startRevision, current + 1) : startRevision,
      state: 'synced',
      undelivered: null,
      batch: null,
    };
    this.watchers.set(watcher.id, watcher);
    this.index.add(watcher);
    if (!isSynced) this.moveTo(watcher, 'unsynced');
    return watcher.id;
  }

  /** Ends a watch; false when there is none of that id (any more). */
  cancel(watcherId: number): boolean {
    const watcher = this.watchers.get(watcherId);
    if (watcher === undefined) return false;
    this.remove(watcher);
    return true;
  }

  /** Publishes a revision to the synced watchers; called by the machine. */
  committed(revision: number, log: readonly StoreEvent[], start: number): void {
    const { touched } = this;
    for (let i = start; i < log.length; i++) {
      this.published = log[i]!;
      this.index.visit(this.published.kv.key, this.collect);
    }
    this.published = null;
    if (touched.length === 0) return;

    // Most revisions are one change, and then all watchers can be sent the same message.
    const single: WatchMessage | null =
      log.length - start === 1 ? { kind: 'events', events: [log[start]!], revision } : null;
    for (let i = 0; i < touched.length; i++) {
      const watcher = touched[i]!;
      const events = watcher.batch!;
      watcher.batch = null;
      if (!this.watchers.has(watcher.id)) continue;
      if (!this.keepsOldPosition) watcher.minRevision = revision + 1;
      if (!this.sink(watcher.id, single ?? { kind: 'events', events, revision })) this.makeVictim(watcher, events);
    }
    touched.length = 0;
  }

  private readonly collect = (watcher: Watcher): void => {
    const event = this.published!;
    if (watcher.state !== 'synced' || event.kv.modRevision < watcher.minRevision) return;
    if (watcher.batch === null) {
      watcher.batch = [event];
      this.touched.push(watcher);
    } else {
      watcher.batch.push(event);
    }
  };

  /** After a snapshot was installed, all synced watchers have a gap to read up; what they were sent so far stays true. */
  restored(): void {
    for (const watcher of this.watchers.values()) {
      if (watcher.state !== 'synced') continue;
      if (this.forgetsOnRestore) this.index.delete(watcher);
      else this.moveTo(watcher, 'unsynced');
    }
  }

  /**
   * Catches up unsynced watchers, at most `maxWatchers` of them by at most `maxRevisions` revisions each, never splitting one.
   * Those who need compacted revisions are cancelled. Returns how many are still unsynced.
   */
  syncUnsynced(maxRevisions = syncRevisionsMaxDefault, maxWatchers = syncWatchersMaxDefault): number {
    for (const watcher of [...this.unsynced].slice(0, maxWatchers)) {
      if (!this.unsynced.has(watcher)) continue;
      if (watcher.minRevision < this.machine.compactRevision) this.cancelCompacted(watcher);
      else this.catchUp(watcher, maxRevisions);
    }
    return this.unsynced.size;
  }

  private cancelCompacted(watcher: Watcher): void {
    if (this.sink(watcher.id, { kind: 'canceled', compactRevision: this.machine.compactRevision })) {
      this.remove(watcher);
    } else if (this.skipsAhead) {
      watcher.minRevision = this.machine.revision + 1;
      this.moveTo(watcher, 'synced');
    } else {
      // It stays where it is, and the next sync tries to tell it again.
      this.moveTo(watcher, 'unsynced');
    }
  }

  private catchUp(watcher: Watcher, maxRevisions: number): void {
    const { events, nextRevision } = this.eventsFor(watcher, maxRevisions);
    const current = this.machine.revision;
    watcher.minRevision = nextRevision > 0 ? nextRevision : Math.max(current + 1, watcher.minRevision);
    if (events.length > 0 && !this.sink(watcher.id, { kind: 'events', events, revision: current })) {
      this.makeVictim(watcher, events);
    } else if (this.watchers.has(watcher.id)) {
      this.moveTo(watcher, nextRevision > 0 ? 'unsynced' : 'synced');
    }
  }

  /** A watcher's next events, and the first revision left out for want of room; 0 when none was. */
  private eventsFor(watcher: Watcher, maxRevisions: number): { events: StoreEvent[]; nextRevision: number } {
    const log = this.machine.log;
    const { key, rangeEnd } = watcher;
    const end = exclusiveEnd(rangeEnd);
    const events: StoreEvent[] = [];
    let revisions = 0;
    let lastRevision = 0;
    for (let i = this.machine.logPosition(watcher.minRevision); i < log.length; i++) {
      const event = log[i]!;
      const isWatched = rangeEnd === '' ? event.kv.key === key : event.kv.key >= key && event.kv.key < end;
      if (!isWatched) continue;
      const revision = event.kv.modRevision;
      if (revision !== lastRevision) {
        if (revisions === maxRevisions) return { events, nextRevision: revision };
        revisions++;
        lastRevision = revision;
      }
      events.push(event);
    }
    return { events, nextRevision: 0 };
  }

  /** Offers victims their batch again. Returns how many are still victims. */
  retryVictims(): number {
    for (const watcher of [...this.victims]) {
      if (!this.victims.has(watcher)) continue;
      const events = watcher.undelivered!;
      if (!this.sink(watcher.id, { kind: 'events', events, revision: watcher.minRevision - 1 })) continue;
      watcher.undelivered = null;
      if (this.watchers.has(watcher.id)) {
        this.moveTo(watcher, watcher.minRevision <= this.machine.revision ? 'unsynced' : 'synced');
      }
    }
    return this.victims.size;
  }

  /**
   * Sends a progress notification through the watcher's queue: everything up to the revision has been sent. Only to a synced
   * watcher whose start has come and whose outbox takes it; otherwise returns false, and the asker must ask again.
   */
  progress(watcherId: number): boolean {
    return this.sendProgress([watcherId], false);
  }

  /**
   * One notification for all of a stream's watchers (etcd's manual progress request), sent to the first one's outbox, which
   * they must share. One watcher that is not synced suffices for false.
   */
  progressAll(watcherIds: readonly number[]): boolean {
    return this.sendProgress(watcherIds, true);
  }

  private sendProgress(watcherIds: readonly number[], all: boolean): boolean {
    const { revision } = this.machine;
    for (const id of watcherIds) {
      const watcher = this.watchers.get(id);
      if (watcher === undefined) return false;
      if (watcher.state !== 'synced' && !this.progressAhead) return false;
      if (revision < watcher.startRevision) return false;
    }
    const first = watcherIds[0];
    return first !== undefined && this.sink(first, { kind: 'progress', revision, all });
  }

  private makeVictim(watcher: Watcher, events: readonly StoreEvent[]): void {
    watcher.undelivered = events;
    this.moveTo(watcher, 'victim');
  }

  /** Moves to a state, and there behind all others. */
  private moveTo(watcher: Watcher, state: WatcherState): void {
    this.unsynced.delete(watcher);
    this.victims.delete(watcher);
    watcher.state = state;
    if (state === 'unsynced') this.unsynced.add(watcher);
    else if (state === 'victim') this.victims.add(watcher);
  }

  private remove(watcher: Watcher): void {
    this.unsynced.delete(watcher);
    this.victims.delete(watcher);
    this.index.delete(watcher);
    this.watchers.delete(watcher.id);
  }

  /** A plain view for people, oldest watcher first. */
  inspect(): readonly WatcherInspection[] {
    return [...this.watchers.values()].map(({ id, key, rangeEnd, minRevision, state }) => {
      return { id, key, rangeEnd, minRevision, state };
    });
  }
}

export interface WatcherInspection {
  readonly id: number;
  readonly key: string;
  readonly rangeEnd: string;
  readonly minRevision: number;
  readonly state: WatcherState;
}
