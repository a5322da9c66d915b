/** Serving watches: a watch of the store on the kind's keys, told as changes of objects. */
import { ms, Signal, type CallOutcome, type Co, type Micros, type ServerStream, type StreamNext } from '../../sim/index.ts';
import { prefixEnd } from '../store/keys.ts';
import type { WatchItem } from '../store/methods.ts';
import { range, type KeyValue, type RangeRequest, type RangeResponse, type StoreEvent } from '../store/requests.ts';
import type { WatchRequest } from '../store/watch.ts';
import type { ResourceEvent, WatchResourcesRequest } from './methods.ts';
import { kindPrefix, type Resource } from './resources.ts';
import { decode } from './stored.ts';

/** A watch of the store, as a consumer sees it. */
export interface StoreWatch {
  next(timeoutUs: Micros): Co<StreamNext<WatchItem>>;
  cancel(): void;
}

/** The calls of the store that a watch needs. */
export interface StoreWatches {
  range(request: RangeRequest, timeoutUs: Micros): Co<CallOutcome<RangeResponse>>;
  /** Null while no member is connected. */
  watch(request: WatchRequest): StoreWatch | null;
}

/** How long it waits for the store in one go; a watch may be silent for ever. */
const SILENCE_US = ms(10_000);

/**
 * Serves one watch until it ends. It reads the objects as they were at the version asked for, because the store says of a
 * deletion no more than the key, and a watcher is told of the object as it was last.
 */
export class ResourceWatch {
  private readonly store: StoreWatches;
  private readonly request: WatchResourcesRequest;
  private readonly stream: ServerStream<ResourceEvent>;
  private readonly timeoutUs: Micros;
  private readonly last = new Map<string, Resource>();
  private readonly drained = new Signal();
  private upstream: StoreWatch | null = null;

  constructor(store: StoreWatches, request: WatchResourcesRequest, stream: ServerStream<ResourceEvent>, timeoutUs: Micros) {
    this.store = store;
    this.request = request;
    this.stream = stream;
    this.timeoutUs = timeoutUs;
  }

  /** The consumer has room again. */
  roomAgain(): void {
    this.drained.notify();
  }

  *serve(): Co<void> {
    try {
      const prefix = kindPrefix(this.request.kind);
      const version = yield* this.readState(prefix);
      if (version === null) return;
      this.upstream = this.store.watch({ key: prefix, rangeEnd: prefixEnd(prefix), startRevision: version + 1 });
      if (this.upstream === null) {
        this.stream.end('unavailable', 'no member of the store can be reached');
        return;
      }
      this.stream.push({ type: 'bookmark', resourceVersion: version });
      yield* this.forward(this.upstream);
    } finally {
      this.upstream?.cancel();
    }
  }

  /** The version that the watch begins behind; null when it cannot. */
  private *readState(prefix: string): Co<number | null> {
    const { resourceVersion } = this.request;
    const outcome = yield* this.store.range(range(prefix, { rangeEnd: prefixEnd(prefix), revision: resourceVersion }), this.timeoutUs);
    if (outcome.status === 'ok') {
      for (const kv of outcome.value.kvs) this.last.set(kv.key, decode(kv));
      return resourceVersion === 0 ? outcome.value.revision : resourceVersion;
    }
    if (outcome.status === 'refused' && outcome.code === 'ErrCompacted') this.stream.end('gone', `version ${resourceVersion} is compacted: list again`);
    else this.stream.end('unavailable', 'the store did not answer');
    return null;
  }

  private *forward(upstream: StoreWatch): Co<void> {
    for (;;) {
      const next = yield* upstream.next(SILENCE_US);
      if (next.type === 'idle') continue;
      if (next.type === 'end') {
        this.stream.end('unavailable', `the watch of the store ended: ${next.code}`);
        return;
      }
      if (next.item.type === 'compacted') {
        this.stream.end('gone', `all up to version ${next.item.compactRevision} is compacted: list again`);
        return;
      }
      if (next.item.type === 'progress') this.stream.push({ type: 'bookmark', resourceVersion: next.item.revision });
      else for (const event of next.item.events) this.tell(event);
      while (this.stream.open && !this.stream.writable) yield* this.drained.wait();
    }
  }

  private tell(event: StoreEvent): void {
    const { key, modRevision } = event.kv;
    if (event.type === 'put') {
      const object = decode(event.kv);
      this.last.set(key, object);
      this.stream.push({ type: isFirst(event.kv) ? 'added' : 'modified', object, resourceVersion: modRevision });
      return;
    }
    const object = this.last.get(key);
    if (object === undefined) return;
    this.last.delete(key);
    this.stream.push({ type: 'deleted', object, resourceVersion: modRevision });
  }
}

function isFirst({ version }: KeyValue): boolean {
  return version === 1;
}
