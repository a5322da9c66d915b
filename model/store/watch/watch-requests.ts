/** What a client asks of a watch and what a watcher gets, shaped after etcd's watch RPC. */
import type { StoreEvent } from '../machine/requests.ts';
import { eventWireBytes, watchResponseHeadBytes } from '../machine/wire-size.ts';

export interface WatchRequest {
  /** '' watches from the first key, as etcd's Watch RPC has it. */
  readonly key: string;
  /** '' watches the key alone, `\0` every key ≥ it. */
  readonly rangeEnd: string;
  /** First revision wanted; 0 means from the next on. One in the future is waited for. */
  readonly startRevision: number;
  /** The id that it shall have on its stream; 0 lets the stream choose. */
  readonly watchId: number;
  /** Tell with each event what the pair was before it, as long as that is not compacted. */
  readonly prevKv: boolean;
  /** Tell from time to time, when nothing happens, how far the watch has come. */
  readonly progressNotify: boolean;
  /** Leave puts out. */
  readonly noPut: boolean;
  /** Leave deletes out. */
  readonly noDelete: boolean;
  /** Large responses may be cut, in the middle of a revision too; all parts but the last say that more follows. */
  readonly fragment: boolean;
}

/** A watch with etcd's defaults for what is left out. */
export function watchRequest(key: string, options: Partial<Omit<WatchRequest, 'key'>> = {}): WatchRequest {
  return {
    key,
    rangeEnd: options.rangeEnd ?? '',
    startRevision: options.startRevision ?? 0,
    watchId: options.watchId ?? 0,
    prevKv: options.prevKv ?? false,
    progressNotify: options.progressNotify ?? false,
    noPut: options.noPut ?? false,
    noDelete: options.noDelete ?? false,
    fragment: options.fragment ?? false,
  };
}

/** What a client asks on a stream of watches. */
export type WatchStreamRequest =
  | { readonly type: 'create'; readonly watch: WatchRequest }
  | { readonly type: 'cancel'; readonly watchId: number }
  | { readonly type: 'progress' };

/** What a watcher gets. Values: several watchers may be sent the same one. */
export type WatchMessage =
  /** Whole revisions, ascending. `revision` is etcd's header: the store's, which may be ahead of a catch-up's last event. */
  | { readonly kind: 'events'; readonly events: readonly StoreEvent[]; readonly revision: number }
  /** The watch is over: what it still had to see is compacted away. */
  | { readonly kind: 'canceled'; readonly compactRevision: number }
  /** Every event up to `revision` went before this; with `all`, of every watcher that was asked about (etcd's watch id −1). */
  | { readonly kind: 'progress'; readonly revision: number; readonly all: boolean };

/** Where the messages of a watcher go. */
export interface WatchOutlet {
  /**
   * Takes a message for a watcher into its outbox; false when that is full (etcd: 128 responses) and the message was not taken.
   * The outbox must be first in, first out, for events and progress alike. It must not apply commands from within.
   */
  deliver(watcherId: number, message: WatchMessage): boolean;
}

/** Whether a watch is shown an event at all. */
export function isShown({ noPut, noDelete }: WatchRequest, { type }: StoreEvent): boolean {
  return type === 'put' ? !noPut : !noDelete;
}

/**
 * Cuts events into parts whose response is smaller than `bytesMax`, each with one event at least (etcd
 * `sendFragments`). One part when they fit.
 */
export function fragments(events: readonly StoreEvent[], bytesMax: number): (readonly StoreEvent[])[] {
  const parts: StoreEvent[][] = [];
  let part: StoreEvent[] = [];
  let bytes = watchResponseHeadBytes;
  for (const event of events) {
    const size = eventWireBytes(event);
    if (part.length > 0 && bytes + size >= bytesMax) {
      parts.push(part);
      part = [];
      bytes = watchResponseHeadBytes;
    }
    part.push(event);
    bytes += size;
  }
  parts.push(part);
  return parts;
}
