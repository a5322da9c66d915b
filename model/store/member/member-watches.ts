/** The watches that a member serves: one stream each, with the back-pressure of its connection. */
import { kind, ms, type Micros, type Os, type ServerStream, type Stream, type StreamCallbacks } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { storeErrors } from '../machine/errors.ts';
import { hostErrors } from './host-errors.ts';
import type { StoreMachine } from '../machine/machine.ts';
import { heldBackBoundary, type WatchCreated, type WatchItem } from './methods.ts';
import { storeProfile } from '../machine/profile.ts';
import type { StoreEvent } from '../machine/requests.ts';
import { WatchHub } from '../watch/watch-hub.ts';
import { fragments, type WatchMessage, type WatchOutlet, type WatchRequest } from '../watch/watch-requests.ts';

/** etcd's interval of the loop over unsynced watchers. */
const SYNC_US = ms(100);
/** Of a watch that splits revisions: so many events at most in one message. */
const SPLIT_EVENTS = 8;

const syncKind = kind<null>('store/sync-watches', { serviceUs: 20, describe: () => 'catches up watches that are behind' });

export class Watches {
  readonly hub: WatchHub;
  private readonly os: Os;
  private readonly machine: StoreMachine;
  private readonly design: Design;
  private readonly jitter: Stream;
  private readonly byName = new Map<string, ServedWatch>();
  private readonly splitsRevisions: boolean;
  private readonly answersProgressAtOnce: boolean;
  private syncing = false;

  constructor(os: Os, machine: StoreMachine, design: Design, defects: ReadonlySet<string>) {
    this.os = os;
    this.machine = machine;
    this.design = design;
    this.jitter = os.random('watch-progress');
    this.splitsRevisions = defects.has('watch-splits-revisions');
    this.answersProgressAtOnce = storeProfile(design.storeCompat).answersProgressAtOnce;
    this.hub = new WatchHub(machine, { defects, compat: design.storeCompat });
  }

  get count(): number {
    return this.byName.size;
  }

  /** Serves one watch on one stream. */
  open(request: WatchRequest, stream: ServerStream<WatchItem>): StreamCallbacks {
    const { hub, machine } = this;
    const firstRevision = request.startRevision === 0 ? machine.revision + 1 : request.startRevision;
    const watch = new ServedWatch(this.os, request, stream, this.splitsRevisions, this.design.watchResponseMaxBytes);
    const id = hub.watch(request, watch);
    if (typeof id !== 'number') {
      stream.end(id.code, id.message);
      return {};
    }
    const { key, rangeEnd, prevKv, noPut, noDelete } = request;
    const name = `${this.os.name}/${this.os.incarnation}/${id}`;
    watch.begin(id, { id: name, key, rangeEnd, firstRevision, prevKv, noPut, noDelete }, machine.revision);
    watch.nextProgressUs = this.nextProgressUs();
    this.byName.set(name, watch);
    this.syncSoon();
    return {
      closed: () => {
        hub.cancel(id);
        this.byName.delete(name);
      },
      drained: () => this.drained(),
    };
  }

  /** A consumer has room again. */
  drained(): void {
    this.hub.retryVictims();
    this.syncSoon();
  }

  /** Something happened that may have left watchers behind. */
  syncSoon(): void {
    if (this.syncing || this.hub.unsyncedCount === 0) return;
    this.syncing = true;
    this.os.after(SYNC_US, syncKind, () => {
      this.syncing = false;
      this.hub.syncUnsynced();
      this.syncSoon();
    });
  }

  /** A client asks how far a watch has come; dropped when it is behind, or gone. */
  requestProgress(name: string): void {
    const watch = this.byName.get(name);
    if (watch === undefined) return;
    if (this.answersProgressAtOnce) watch.tellProgress(this.machine.revision);
    else this.hub.progressAll([watch.hubId]);
  }

  /** Tells the watches that asked for it, and were sent nothing for a whole interval, how far they have come. */
  notifyProgress(nowUs: Micros): void {
    for (const watch of this.byName.values()) {
      if (!watch.request.progressNotify || nowUs < watch.nextProgressUs) continue;
      if (watch.wantsProgress) this.hub.progress(watch.hubId);
      watch.wantsProgress = true;
      watch.nextProgressUs = this.nextProgressUs();
    }
  }

  /** As etcd, up to a tenth later than the interval says, so that streams opened together are not told together. */
  private nextProgressUs(): Micros {
    const { watchProgressUs } = this.design;
    return this.os.monotonicUs() + watchProgressUs + this.jitter.below(Math.ceil(watchProgressUs / 10));
  }

  /** This member may be cut off from the others: whoever watches here would see nothing any more, and is sent away. */
  endAll(): void {
    const { code, message } = hostErrors.ErrNoLeader;
    for (const { stream } of [...this.byName.values()]) stream.end(code, message);
  }
}

class ServedWatch implements WatchOutlet {
  private readonly os: Os;
  readonly request: WatchRequest;
  readonly stream: ServerStream<WatchItem>;
  private readonly splitsRevisions: boolean;
  private readonly fragmentBytes: number;
  private created: WatchCreated | null = null;
  hubId = 0;
  nextProgressUs: Micros = 0;
  /** It was sent no events since it last could have been told of its progress. */
  wantsProgress = true;

  constructor(os: Os, request: WatchRequest, stream: ServerStream<WatchItem>, splitsRevisions: boolean, fragmentBytes: number) {
    this.os = os;
    this.request = request;
    this.stream = stream;
    this.splitsRevisions = splitsRevisions;
    this.fragmentBytes = fragmentBytes;
  }

  begin(hubId: number, created: WatchCreated, revision: number): void {
    this.hubId = hubId;
    this.created = created;
    this.stream.push({ type: 'created', watch: created, revision });
  }

  /** Beside the hub's queue, whatever is still to come. */
  tellProgress(revision: number): void {
    if (this.created !== null) this.stream.push({ type: 'progress', watch: this.created, revision });
  }

  deliver(_hubId: number, message: WatchMessage): boolean {
    const { created, stream } = this;
    if (created === null) return false;
    if (!stream.writable) {
      if (message.kind === 'events') this.os.cross(heldBackBoundary, created);
      return false;
    }
    switch (message.kind) {
      case 'events':
        this.wantsProgress = false;
        this.pushEvents(created, message.events);
        return true;
      case 'progress':
        stream.push({ type: 'progress', watch: created, revision: message.revision });
        return true;
      case 'canceled':
        stream.push({ type: 'compacted', watch: created, compactRevision: message.compactRevision });
        stream.end(storeErrors.ErrCompacted.code, storeErrors.ErrCompacted.message);
        return true;
    }
  }

  private pushEvents(watch: WatchCreated, events: readonly StoreEvent[]): void {
    if (!this.request.fragment && !this.splitsRevisions) {
      this.stream.push({ type: 'events', watch, revision: lastRevision(events), events, fragment: false });
      return;
    }
    const parts = this.splitsRevisions ? inLengths(events, SPLIT_EVENTS) : fragments(events, this.fragmentBytes);
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!;
      const fragment = !this.splitsRevisions && at < parts.length - 1;
      this.stream.push({ type: 'events', watch, revision: lastRevision(part), events: part, fragment });
    }
  }
}

function lastRevision(events: readonly StoreEvent[]): number {
  return events[events.length - 1]!.kv.modRevision;
}

function inLengths(events: readonly StoreEvent[], length: number): (readonly StoreEvent[])[] {
  return Array.from({ length: Math.ceil(events.length / length) }, (_, at) => events.slice(at * length, (at + 1) * length));
}
