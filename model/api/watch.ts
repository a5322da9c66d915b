/** Serving watches: a watch of the store on the kind's keys, told as changes of objects. */
import { Signal, type Co, type ServerStream } from '../../sim/index.ts';
import type { StoreClient } from '../store/client/client.ts';
import { prefixEnd } from '../store/machine/keys.ts';
import type { WatchItem } from '../store/member/methods.ts';
import { range, type StoreEvent } from '../store/machine/requests.ts';
import { watchRequest } from '../store/watch/watch-requests.ts';
import type { ResourceEvent, WatchResourcesRequest } from './methods.ts';
import { kindPrefix, type Resource } from './resources/index.ts';
import type { Decoder } from './stored.ts';

/**
 * Serves one watch until it ends. It reads the objects as they were at the version asked for, because the store says of a
 * deletion no more than the key, and a watcher is told of the object as it was last.
 */
export class ResourceWatch {
  private readonly store: StoreClient;
  private readonly decoder: Decoder;
  private readonly request: WatchResourcesRequest;
  private readonly stream: ServerStream<ResourceEvent>;
  private readonly last = new Map<string, Resource>();
  private readonly drained = new Signal();

  constructor(store: StoreClient, decoder: Decoder, request: WatchResourcesRequest, stream: ServerStream<ResourceEvent>) {
    this.store = store;
    this.decoder = decoder;
    this.request = request;
    this.stream = stream;
  }

  /** The consumer has room again. */
  roomAgain(): void {
    this.drained.notify();
  }

  *serve(): Co<void> {
    const key = kindPrefix(this.request.kind);
    const rangeEnd = prefixEnd(key);
    const version = yield* this.readState(key, rangeEnd);
    if (version === null) return;
    this.stream.push({ type: 'bookmark', resourceVersion: version });
    const end = yield* this.store.watchFrom(watchRequest(key, { rangeEnd, startRevision: version + 1 }), (item) => this.tell(item));
    if (end.type === 'compacted') this.stream.end('gone', `all before version ${end.compactRevision} is compacted: list again`);
    else if (end.type === 'refused') this.stream.end('unavailable', `the store does not serve the watch: ${end.message}`);
  }

  /** The version that the watch begins behind; null when it cannot. */
  private *readState(key: string, rangeEnd: string): Co<number | null> {
    const { resourceVersion } = this.request;
    const outcome = yield* this.store.range(range(key, { rangeEnd, revision: resourceVersion }));
    if (outcome.status === 'ok') {
      for (const kv of outcome.value.kvs) this.last.set(kv.key, this.decoder.decode(kv));
      return resourceVersion === 0 ? outcome.value.revision : resourceVersion;
    }
    if (outcome.status === 'refused' && outcome.code === 'ErrCompacted') this.stream.end('gone', `version ${resourceVersion} is compacted: list again`);
    else this.stream.end('unavailable', 'the store did not answer');
    return null;
  }

  /** Passes an item on, and lets a consumer that lags catch up: meanwhile the store holds back. False when nobody listens any more. */
  private *tell(item: WatchItem): Co<boolean> {
    if (item.type === 'events') for (const event of item.events) this.tellEvent(event);
    else if (item.type === 'progress') this.stream.push({ type: 'bookmark', resourceVersion: item.revision });
    while (this.stream.open && !this.stream.writable) yield* this.drained.wait();
    return this.stream.open;
  }

  private tellEvent(event: StoreEvent): void {
    const { key, modRevision, version } = event.kv;
    if (event.type === 'put') {
      const object = this.decoder.decode(event.kv);
      this.last.set(key, object);
      this.stream.push({ type: version === 1 ? 'added' : 'modified', object, resourceVersion: modRevision });
      return;
    }
    const object = this.last.get(key);
    if (object === undefined) return;
    this.last.delete(key);
    this.stream.push({ type: 'deleted', object, resourceVersion: modRevision });
  }
}
