/** A client's watches: followed from stream to stream and from member to member, without gap or repetition. */
import {
  Channel,
  ms,
  seconds,
  type CallOutcome,
  type ClientStream,
  type Co,
  type Micros,
  type Os,
  type StreamEnd,
} from '../../../sim/index.ts';
import { hostErrorOf } from '../member/host-errors.ts';
import { watchMethod, watchProgressMethod, type WatchItem } from '../member/methods.ts';
import type { StoreEvent } from '../machine/requests.ts';
import type { WatchRequest } from '../watch/watch-requests.ts';

/** How following a watch ended. `compacted`: what came next is gone, so list again. `stopped`: the consumer wanted no more. */
export type WatchEnd =
  | { readonly type: 'compacted'; readonly compactRevision: number }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'stopped' };

/** Pause before a lost watch is opened anew. */
const RETRY_US = ms(50);
/** kube-apiserver's pause before it asks again how far a watch has come. */
const PROGRESS_RETRY_US = ms(100);
/**
 * kube-apiserver's `blockTimeout`: so long is one watch asked how far it has come. No deadline of a request,
 * which may be shorter than the pause.
 */
const PROGRESS_PATIENCE_US = seconds(3);
/**
 * A watch this silent is given up: a healthy member sends a progress notification more often. Not, as etcd, to one whose first
 * revision is yet to come: where nobody writes that one goes from member to member.
 */
const SILENCE_US = ms(5_000);

export class ClientWatches {
  private readonly os: Os;
  private readonly requestUs: Micros;
  /** Not that of calls: a deadline of a call breaks no watch. */
  private readonly channel: Channel;

  constructor(os: Os, endpoints: readonly string[], requestUs: Micros) {
    this.os = os;
    this.requestUs = requestUs;
    this.channel = new Channel(os, endpoints);
  }

  /**
   * Opens a watch at the member in use; null while there is no connection. It survives nothing: when it ends, another one is
   * opened from the last revision seen plus one, which {@link follow} does.
   */
  open(request: WatchRequest, window?: number): ClientStream<WatchItem> | null {
    return this.channel.stream(watchMethod, request, window);
  }

  /**
   * Follows a range from `startRevision` (not 0) on, over as many streams as it takes, without gap or repetition. Hands
   * each item to `take`, which may take its time, until that returns false; a fragmented one when it is whole. Members
   * are asked to tell of progress, since a stream that stays silent is given up. `opened` is told the id of each stream,
   * by which one can {@link askProgress}.
   */
  *follow(
    request: WatchRequest,
    take: (item: WatchItem) => Co<boolean> | boolean,
    window?: number,
    opened?: (watch: string) => void,
  ): Co<WatchEnd> {
    if (request.startRevision <= 0) throw new RangeError('a watch that is to be resumed must know where it starts');
    let startRevision = request.startRevision;
    for (;;) {
      const stream = (yield* this.channel.ready(this.requestUs))
        ? this.open({ ...request, startRevision, progressNotify: true }, window)
        : null;
      if (stream === null) continue;
      const heard = new Heard(startRevision, take, opened);
      try {
        let next: StreamEnd;
        do {
          next = yield* stream.each(
            (item) => heard.hears(item),
            () => SILENCE_US,
          );
          if (heard.end !== null) return heard.end;
        } while (next.type === 'stopped' && (yield* heard.takesTime()));
        startRevision = heard.startRevision;
        if (next.type === 'stopped') return { type: 'stopped' };
        if (next.type === 'end' && next.code !== 'connection lost' && hostErrorOf(next.code) === undefined) {
          return { type: 'refused', code: next.code, message: next.message };
        }
        // A member that falls silent, or says that it is cut off, is left; a lost connection has moved on by itself.
        if (next.type === 'idle' || next.code !== 'connection lost') this.channel.rotate();
      } finally {
        // Also when the coroutine is cancelled: the member would go on sending to nobody.
        stream.cancel();
      }
      yield* this.os.sleep(RETRY_US);
    }
  }

  /** Asks how far a watch has come. The answer comes among its items, or not at all: then one asks again. */
  askProgress(watch: string): Co<CallOutcome<null>> {
    return this.channel.call(watchProgressMethod, { watch }, PROGRESS_RETRY_US);
  }

  /**
   * Waits, for as long as it takes, until a watch of the range has been told that all changes up to `revision` were sent, as a
   * cache does before it answers a consistent read (KEP-2340). The answer is the revision that it was told.
   */
  *waitUntilTold(request: WatchRequest, revision: number): Co<CallOutcome<number>> {
    for (;;) {
      const stream = (yield* this.channel.ready(this.requestUs)) ? this.open(request) : null;
      if (stream === null) continue;
      try {
        const told = yield* this.askHowFar(stream, revision);
        if (told !== null) return { status: 'ok', value: told };
      } finally {
        stream.cancel();
      }
      yield* this.os.sleep(RETRY_US);
    }
  }

  /** Asks again and again for the progress of a watch; null when that leads nowhere. */
  private *askHowFar(stream: ClientStream<WatchItem>, revision: number): Co<number | null> {
    const { endpoint } = this.channel;
    const untilUs = this.os.monotonicUs() + PROGRESS_PATIENCE_US;
    let watch: string | null = null;
    while (this.os.monotonicUs() < untilUs) {
      const next = yield* stream.next(PROGRESS_RETRY_US);
      if (next.type === 'item') {
        const { item } = next;
        watch = item.watch.id;
        if (item.type === 'compacted') return null;
        if (item.type !== 'created' && item.revision >= revision) return item.revision;
      } else if (next.type === 'idle') {
        if (watch !== null) yield* this.askProgress(watch);
      } else {
        if (next.code !== 'connection lost') this.channel.rotate();
        return null;
      }
    }
    this.channel.leave(endpoint);
    return null;
  }

  close(): void {
    this.channel.close();
  }
}

/** What has come on one stream of a watch that is followed. */
class Heard {
  /** Where a watch goes on that has heard this. */
  startRevision: number;
  /** It is over. */
  end: WatchEnd | null = null;
  private parts: StoreEvent[] = [];
  private taking: Co<boolean> | null = null;
  private readonly take: (item: WatchItem) => Co<boolean> | boolean;
  private readonly opened: ((watch: string) => void) | undefined;

  constructor(
    startRevision: number,
    take: (item: WatchItem) => Co<boolean> | boolean,
    opened: ((watch: string) => void) | undefined,
  ) {
    this.startRevision = startRevision;
    this.take = take;
    this.opened = opened;
  }

  /** Hands an item on. False: it was the last one, or {@link takesTime} is to be asked before the next. */
  hears(item: WatchItem): boolean {
    if (item.type === 'created') {
      this.opened?.(item.watch.id);
      return true;
    }
    if (item.type === 'events' && (item.fragment || this.parts.length > 0)) {
      this.parts.push(...item.events);
      return item.fragment || this.passes({ ...item, events: this.takeParts() });
    }
    if (item.type === 'compacted') {
      this.end = { type: 'compacted', compactRevision: item.compactRevision };
      return false;
    }
    return this.passes(item);
  }

  /** The consumer takes its time over the last item; false when it wants no more. */
  *takesTime(): Co<boolean> {
    const { taking } = this;
    this.taking = null;
    return taking !== null && (yield* taking);
  }

  private passes(item: Exclude<WatchItem, { readonly type: 'created' | 'compacted' }>): boolean {
    this.startRevision = Math.max(this.startRevision, item.revision + 1);
    const goesOn = this.take(item);
    if (typeof goesOn === 'boolean') return goesOn;
    this.taking = goesOn;
    return false;
  }

  private takeParts(): StoreEvent[] {
    const { parts } = this;
    this.parts = [];
    return parts;
  }
}
