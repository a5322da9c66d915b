/** The watches that a member serves: one stream each, with the back-pressure of its connection. */
import { kind, ms, seconds, type Micros, type Os, type ServerStream, type StreamCallbacks } from '../../sim/index.ts';
import { storeErrors } from './errors.ts';
import { hostErrors } from './host-errors.ts';
import type { StoreMachine } from './machine.ts';
import type { WatchCreated, WatchItem } from './methods.ts';
import { WatchHub, type WatchMessage, type WatchRequest } from './watch.ts';

interface Watch {
  readonly created: WatchCreated;
  readonly stream: ServerStream<WatchItem>;
  lastSentUs: Micros;
}

/** etcd's interval of the loop over unsynced watchers. */
const SYNC_US = ms(100);
/** An idle watch is told this often that it has missed nothing. etcd: 10 minutes, scaled down to the length of a run. */
const PROGRESS_US = seconds(1);

/** Of a watch that splits revisions: so many events at most in one message. */
const FRAGMENT_EVENTS = 8;

const syncKind = kind<null>('store/sync-watches', { serviceUs: 20, describe: () => 'catches up watches that are behind' });

export class Watches {
  readonly hub: WatchHub;
  private readonly os: Os;
  private readonly machine: StoreMachine;
  private readonly byId = new Map<number, Watch>();
  private readonly splitsRevisions: boolean;
  private syncing = false;

  constructor(os: Os, machine: StoreMachine, defects: ReadonlySet<string>) {
    this.os = os;
    this.machine = machine;
    this.splitsRevisions = defects.has('watch-splits-revisions');
    this.hub = new WatchHub(machine, (id, message) => this.deliver(id, message), { defects });
  }

  get count(): number {
    return this.byId.size;
  }

  /** Serves one watch on one stream. */
  open(request: WatchRequest, stream: ServerStream<WatchItem>): StreamCallbacks {
    const firstRevision = request.startRevision === 0 ? this.machine.revision + 1 : request.startRevision;
    const id = this.hub.watch(request);
    if (typeof id !== 'number') {
      stream.end(id.code, id.message);
      return {};
    }
    const created: WatchCreated = {
      id: `${this.os.name}/${this.os.incarnation}/${id}`,
      key: request.key,
      rangeEnd: request.rangeEnd,
      firstRevision,
    };
    this.byId.set(id, { created, stream, lastSentUs: this.os.monotonicUs() });
    this.syncSoon();
    return {
      closed: () => {
        this.hub.cancel(id);
        this.byId.delete(id);
      },
      drained: () => {
        this.hub.retryVictims();
        this.syncSoon();
      },
    };
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

  /** Tells the watches that were sent nothing for a while how far they have come. */
  notifyProgress(nowUs: Micros): void {
    for (const [id, watch] of this.byId) {
      if (nowUs - watch.lastSentUs >= PROGRESS_US) this.hub.progress(id);
    }
  }

  /** This member may be cut off from the others: whoever watches here would see nothing any more, and is sent away. */
  endAll(): void {
    const { code, message } = hostErrors.ErrNoLeader;
    for (const { stream } of [...this.byId.values()]) stream.end(code, message);
  }

  private deliver(id: number, message: WatchMessage): boolean {
    const watch = this.byId.get(id);
    if (watch === undefined || !watch.stream.writable) return false;
    const { created, stream } = watch;
    watch.lastSentUs = this.os.monotonicUs();
    switch (message.kind) {
      case 'events': {
        const size = this.splitsRevisions ? FRAGMENT_EVENTS : message.events.length;
        for (let at = 0; at < message.events.length; at += size) {
          const events = size === message.events.length ? message.events : message.events.slice(at, at + size);
          stream.push({ type: 'events', watch: created, revision: events[events.length - 1]!.kv.modRevision, events });
        }
        return true;
      }
      case 'progress':
        stream.push({ type: 'progress', watch: created, revision: message.revision });
        return true;
      case 'canceled':
        stream.push({ type: 'compacted', watch: created, compactRevision: message.compactRevision });
        stream.end(storeErrors.ErrCompacted.code, storeErrors.ErrCompacted.message);
        return true;
    }
  }
}
