/** Watches: who wants which changes from which revision on, and getting each change to each watcher once and in order. */
import { storeErrors, type StoreError } from '../machine/errors.ts';
import { exclusiveEnd } from '../machine/keys.ts';
import type { StoreMachine } from '../machine/machine.ts';
import type { StoreListener } from '../machine/machine-types.ts';
import { storeProfile, type StoreCompat, type StoreProfile } from '../machine/profile.ts';
import type { StoreEvent } from '../machine/requests.ts';
import { isShown, type WatchMessage, type WatchOutlet, type WatchRequest } from './watch-requests.ts';
import { WatcherIndex } from './watcher-index.ts';

/** etcd's `watchBatchMaxRevs` and `maxWatchersPerSync`. */
const syncRevisionsMaxDefault = 1000;
const syncWatchersMaxDefault = 512;

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
  readonly request: WatchRequest;
  readonly outlet: WatchOutlet;
  /** It is sent events as they are: no filter, no previous pairs. */
  readonly isPlain: boolean;
  /** The next revision it may be sent. Invariant: every matching event below was handed to it, or is in `undelivered`. */
  minRevision: number;
  state: WatcherState;
  /** A victim's batch; null in any other state. */
  undelivered: readonly StoreEvent[] | null;
  /** Its part of the revision being published; null outside of that. */
  batch: StoreEvent[] | null;
  /** It was sent events since it was last told of its progress. */
  hasHeard: boolean;
}

export interface WatchHubOptions {
  readonly defects?: ReadonlySet<string>;
  /** The version of etcd to be like; 3.6 when absent. */
  readonly compat?: StoreCompat;
}

/**
 * The watchers of one member (etcd `watchableStore`). It listens to the machine; the host calls {@link syncUnsynced} from a
 * timer while `unsyncedCount` says that there is a need (etcd: every 100 ms), and {@link retryVictims} whenever an outbox drains
 * (etcd: at once, else every 10 ms).
 */
export class WatchHub implements StoreListener {
  private readonly forgetsOnRestore: boolean;
  private readonly skipsAhead: boolean;
  private readonly progressAhead: boolean;
  private readonly keepsOldPosition: boolean;
  private readonly progressWaits: boolean;
  private readonly profile: StoreProfile;
  private readonly machine: StoreMachine;
  private readonly watchers = new Map<number, Watcher>();
  private readonly index = new WatcherIndex<Watcher>();
  private readonly unsynced = new Set<Watcher>();
  private readonly victims = new Set<Watcher>();
  private nextId = 1;
  /** Watchers with a part in the revision being published; and what `collect` works on, so that publishing needs no closure. */
  private readonly touched: Watcher[] = [];
  private published: StoreEvent | null = null;

  constructor(machine: StoreMachine, options: WatchHubOptions = {}) {
    this.machine = machine;
    this.forgetsOnRestore = options.defects?.has('restored-watchers-forgotten') ?? false;
    this.skipsAhead = options.defects?.has('compacted-watch-skips-ahead') ?? false;
    this.progressAhead = options.defects?.has('progress-ahead-of-events') ?? false;
    this.keepsOldPosition = options.defects?.has('restored-watchers-sent-again') ?? false;
    this.progressWaits = options.defects?.has('progress-waits-for-event') ?? false;
    this.profile = storeProfile(options.compat);
    machine.listen(this);
  }

  get unsyncedCount(): number {
    return this.unsynced.size;
  }

  /** What is wrong with a watch, or null: a range that holds no key, or a negative revision. */
  refusal({ key, rangeEnd, startRevision }: WatchRequest): StoreError | null {
    if (startRevision < 0 && this.profile.refusesNegativeWatchStart) return storeErrors.ErrCompacted;
    return rangeEnd !== '' && exclusiveEnd(rangeEnd) <= firstKey(key) ? storeErrors.ErrEmptyWatcherRange : null;
  }

  /**
   * Starts a watch and returns its id, unique in this hub; or what is wrong with it. A start below the compaction is accepted and
   * cancelled by the next sync, as in etcd.
   */
  watch(request: WatchRequest, outlet: WatchOutlet): number | StoreError {
    const refused = this.refusal(request);
    if (refused !== null) return refused;
    const key = firstKey(request.key);
    const { rangeEnd, startRevision } = request;
    const current = this.machine.revision;
    const isSynced = startRevision === 0 || startRevision > current;
    const watcher: Watcher = {
      id: this.nextId++,
      key,
      rangeEnd,
      startRevision,
      request,
      outlet,
      isPlain: !request.noPut && !request.noDelete && !request.prevKv,
      minRevision: isSynced ? Math.max(startRevision, current + 1) : startRevision,
      state: 'synced',
      undelivered: null,
      batch: null,
      hasHeard: false,
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
    const single: WatchMessage | null = log.length - start === 1 ? { kind: 'events', events: [log[start]!], revision } : null;
    for (let i = 0; i < touched.length; i++) {
      const watcher = touched[i]!;
      const events = watcher.batch!;
      watcher.batch = null;
      if (!this.watchers.has(watcher.id)) continue;
      if (!this.keepsOldPosition) watcher.minRevision = revision + 1;
      if (!this.send(watcher, events, revision, single)) this.makeVictim(watcher, events);
    }
    // To set the length goes through the engine's slow path.
    while (touched.length > 0) touched.pop();
  }

  /**
   * Sends a watcher its part of events that it has reached; nothing when its filters leave nothing. False when it has no room.
   */
  private send(watcher: Watcher, events: readonly StoreEvent[], revision: number, shared: WatchMessage | null): boolean {
    let message = shared;
    if (!watcher.isPlain) {
      const shown = this.shownTo(watcher, events);
      if (shown.length === 0) return true;
      message = { kind: 'events', events: shown, revision };
    }
    if (!watcher.outlet.deliver(watcher.id, message ?? { kind: 'events', events, revision })) return false;
    watcher.hasHeard = true;
    return true;
  }

  private shownTo({ request }: Watcher, events: readonly StoreEvent[]): readonly StoreEvent[] {
    const shown = events.filter((event) => isShown(request, event));
    if (!request.prevKv) return shown;
    return shown.map((event) => ({ type: event.type, kv: event.kv, prevKv: this.machine.previous(event) }));
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
    if (watcher.outlet.deliver(watcher.id, { kind: 'canceled', compactRevision: this.machine.compactRevision })) {
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
    if (events.length > 0 && !this.send(watcher, events, current, null)) {
      this.makeVictim(watcher, events);
    } else if (this.watchers.has(watcher.id)) {
      this.moveTo(watcher, nextRevision > 0 ? 'unsynced' : 'synced');
    }
  }

  /** A watcher's next events, and the first revision left out for want of room; 0 when none was. */
  private eventsFor(watcher: Watcher, maxRevisions: number): { events: StoreEvent[]; nextRevision: number } {
    const log = this.machine.log;
    const { key, rangeEnd, minRevision } = watcher;
    // Only etcd before the check for it lets a negative start in: it reads no history, for its bytes sort last.
    if (minRevision < 0) return { events: [], nextRevision: 0 };
    const end = exclusiveEnd(rangeEnd);
    const events: StoreEvent[] = [];
    let revisions = 0;
    let lastRevision = 0;
    for (let i = this.machine.logPosition(minRevision); i < log.length; i++) {
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
      if (!this.send(watcher, events, watcher.minRevision - 1, null)) continue;
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
    let first: Watcher | null = null;
    for (const id of watcherIds) {
      const watcher = this.watchers.get(id);
      if (watcher === undefined) return false;
      if (watcher.state !== 'synced' && !this.progressAhead) return false;
      if (revision < watcher.startRevision && !this.profile.tellsProgressBeforeStart) return false;
      if (this.progressWaits && !watcher.hasHeard) return false;
      first ??= watcher;
    }
    if (first === null || !first.outlet.deliver(first.id, { kind: 'progress', revision, all })) return false;
    first.hasHeard = false;
    return true;
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

/** etcd's Watch RPC takes an empty key for the first there can be. */
function firstKey(key: string): string {
  return key === '' ? '\0' : key;
}
