/** One stream of etcd's watch RPC: many watches with ids of their own, requests in, responses in etcd's shape out. */
import type { StoreError } from '../machine/errors.ts';
import { storeErrors } from '../machine/errors.ts';
import type { StoreMachine } from '../machine/machine.ts';
import { storeProfile, type StoreCompat } from '../machine/profile.ts';
import type { StoreEvent } from '../machine/requests.ts';
import type { WatchHub } from './watch-hub.ts';
import { fragments, type WatchMessage, type WatchOutlet, type WatchRequest } from './watch-requests.ts';

/** What is told of no watch in particular: a refused one, or all of a stream. */
const noWatchId = -1;

/** etcd's `WatchResponse`. */
export interface WatchResponse {
  /** Its header's: 0 when a watch is cancelled as compacted. */
  readonly revision: number;
  readonly watchId: number;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Not 0 when the watch is over because what it still had to see is compacted. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** More of this response follows. */
  readonly fragment: boolean;
  readonly events: readonly StoreEvent[];
}

export interface WatchStreamOptions {
  readonly machine: StoreMachine;
  readonly hub: WatchHub;
  /** Takes a response into the stream. */
  readonly send: (response: WatchResponse) => void;
  /**
   * Whether the stream has room for events and progress (etcd: 128 responses); created and canceled ones are sent all the same.
   */
  readonly hasRoom: () => boolean;
  readonly compat?: StoreCompat;
  /** Responses are cut below this size where the watch allows it. etcd: 2 MiB, the largest request and 512 KiB. */
  readonly fragmentBytes?: number;
}

/** etcd's `maxRequestBytes` of 1.5 MiB and its `grpcOverheadBytes`. */
const fragmentBytesDefault = 2 * 1024 * 1024;

/** The watches of one client connection (etcd `serverWatchStream`). */
export class WatchStream {
  private readonly options: WatchStreamOptions;
  private readonly answersProgressAtOnce: boolean;
  private readonly watches = new Map<number, StreamedWatch>();
  private nextId = 0;

  constructor(options: WatchStreamOptions) {
    this.options = options;
    this.answersProgressAtOnce = storeProfile(options.compat).answersProgressAtOnce;
  }

  /** Starts a watch. Whether it could is in the response that says `created`; one that could not says `canceled` as well. */
  create(request: WatchRequest): void {
    const outcome = this.begin(request);
    const { revision } = this.options.machine;
    if (typeof outcome === 'number') this.options.send({ ...blank, revision, watchId: outcome, created: true });
    else
      this.options.send({ ...blank, revision, watchId: noWatchId, created: true, canceled: true, cancelReason: outcome.message });
  }

  private begin(request: WatchRequest): number | StoreError {
    const refused = this.options.hub.refusal(request);
    if (refused !== null) return refused;
    // Zero asks for an id, though zero is also the first one given.
    let id = request.watchId;
    if (id === 0) {
      while (this.watches.has(this.nextId)) this.nextId++;
      id = this.nextId;
    } else if (this.watches.has(id)) {
      return storeErrors.ErrWatcherDuplicateID;
    }
    const watch = new StreamedWatch(id, request, this.options);
    const hubId = this.options.hub.watch(request, watch);
    if (typeof hubId !== 'number') return hubId;
    if (request.watchId === 0) this.nextId++;
    watch.hubId = hubId;
    this.watches.set(id, watch);
    return id;
  }

  /** Ends a watch, and says so; silent when there is none of that id. */
  cancel(watchId: number): void {
    const watch = this.watches.get(watchId);
    if (watch === undefined) return;
    this.watches.delete(watchId);
    this.options.hub.cancel(watch.hubId);
    this.options.send({ ...blank, revision: this.options.machine.revision, watchId, canceled: true });
  }

  /**
   * Asks how far all watches of the stream have come. Answered with watch id −1 when every one of them is synced and has begun;
   * otherwise not at all, and the client has to ask again. So one that was cancelled as compacted keeps the stream silent until
   * its client has cancelled it too.
   */
  requestProgress(): void {
    if (this.answersProgressAtOnce) {
      this.options.send({ ...blank, revision: this.options.machine.revision, watchId: noWatchId });
      return;
    }
    this.options.hub.progressAll([...this.watches.values()].map(({ hubId }) => hubId));
  }

  /**
   * To be called at etcd's interval (10 minutes and up to a tenth more): tells of watches that had no events since the last call.
   */
  notifyProgress(): void {
    for (const watch of this.watches.values()) {
      if (!watch.request.progressNotify) continue;
      if (watch.wantsProgress) this.options.hub.progress(watch.hubId);
      watch.wantsProgress = true;
    }
  }

  /** The client is gone. */
  close(): void {
    for (const { hubId } of this.watches.values()) this.options.hub.cancel(hubId);
    this.watches.clear();
  }
}

class StreamedWatch implements WatchOutlet {
  readonly id: number;
  readonly request: WatchRequest;
  private readonly options: WatchStreamOptions;
  hubId = 0;
  /** No events were sent since the last round of progress notifications; etcd lets the first round pass for all that asked. */
  wantsProgress = true;

  constructor(id: number, request: WatchRequest, options: WatchStreamOptions) {
    this.id = id;
    this.request = request;
    this.options = options;
  }

  deliver(_hubId: number, message: WatchMessage): boolean {
    const { send, hasRoom } = this.options;
    if (!hasRoom()) return false;
    switch (message.kind) {
      case 'events':
        this.wantsProgress = false;
        this.sendEvents(message.events, message.revision);
        return true;
      case 'progress':
        send({ ...blank, revision: message.revision, watchId: message.all ? noWatchId : this.id });
        return true;
      case 'canceled':
        // etcd takes revision 0 for none, and says nothing of the end of a watch that a compaction at 0 has ended.
        send({ ...blank, watchId: this.id, canceled: message.compactRevision !== 0, compactRevision: message.compactRevision });
        return true;
    }
  }

  private sendEvents(events: readonly StoreEvent[], revision: number): void {
    const { send, fragmentBytes = fragmentBytesDefault } = this.options;
    const parts = this.request.fragment ? fragments(events, fragmentBytes) : [events];
    for (const [at, part] of parts.entries()) {
      send({ ...blank, revision, watchId: this.id, events: part, fragment: at < parts.length - 1 });
    }
  }
}

const blank: WatchResponse = Object.freeze({
  revision: 0,
  watchId: 0,
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  events: Object.freeze([]),
});
