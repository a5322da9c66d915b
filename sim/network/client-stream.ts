/** The consumer's side of a stream: items in order, a window that holds back a server that is faster. */
import type { Connection } from './connection.ts';
import { wait, type Co } from '../process/coroutine.ts';
import type { Os, Timer } from '../process/process.ts';
import { cancelKind, deadlineKind, STREAM_WINDOW, WINDOW_PARTS, windowKind, type Refusal } from './rpc.ts';
import type { Micros } from '../time.ts';

/** What a consumer takes from a stream. `idle`: nothing came within the time. */
export type StreamNext<Item> =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'end'; readonly code: string; readonly message: string }
  | { readonly type: 'idle' };

/** How taking one item after the other ended. `stopped`: the consumer wanted no more. */
export type StreamEnd = Exclude<StreamNext<never>, { readonly type: 'item' }> | { readonly type: 'stopped' };

/** Somebody who takes what comes. */
interface Taker<Item> {
  readonly take: (item: Item) => boolean;
  readonly timeoutUs: () => Micros;
  readonly resume: (end: StreamEnd | { readonly type: 'threw'; readonly error: unknown }) => void;
  /** It was cancelled. */
  left: boolean;
}

/** The consumer's side of a stream. */
export class ClientStream<Item> {
  private readonly items: Item[] = [];
  private ended: Refusal | null = null;
  /** Waits for an item. Null while it takes one, which may end the stream. */
  private waiting: Taker<Item> | null = null;
  private timer: Timer | null = null;
  private taken = 0;
  private readonly os: Os;
  private readonly connection: Connection;
  private readonly call: number;
  private readonly updateEvery: number;
  private readonly forget: () => void;
  private readonly onIdle = (): void => this.leave()?.resume({ type: 'idle' });

  /** `window`: how many items may be under way, at most what a server allows; to be made when the request has been sent. */
  constructor(os: Os, connection: Connection, call: number, window: number, forget: () => void) {
    this.os = os;
    this.connection = connection;
    this.call = call;
    this.updateEvery = Math.max(1, Math.floor(window / WINDOW_PARTS));
    this.forget = forget;
    if (window < STREAM_WINDOW) connection.send(windowKind, { call, body: window - STREAM_WINDOW });
  }

  /** The next item, in order; waits for at most `timeoutUs`. After `end` there is nothing more. */
  *next(timeoutUs: Micros): Co<StreamNext<Item>> {
    const came: Item[] = [];
    const take = (item: Item): boolean => {
      came.push(item);
      return false;
    };
    const end = yield* this.each(take, () => timeoutUs);
    return end.type === 'stopped' ? { type: 'item', item: came[0] as Item } : end;
  }

  /**
   * Hands each item to `take` when it comes, until that returns false, there is nothing more, or nothing has come for
   * `timeoutUs`, which is asked before each. As `next` does in a loop, but the coroutine is not woken for every item:
   * streams bring most of what is heard.
   */
  *each(take: (item: Item) => boolean, timeoutUs: () => Micros): Co<StreamEnd> {
    const end = yield* wait<StreamEnd | { readonly type: 'threw'; readonly error: unknown }>({
      begin: (resume) => {
        if (this.waiting !== null) throw new Error('two coroutines wait for the same stream');
        const taker = { take, timeoutUs, resume, left: false };
        this.serve(taker);
        return () => {
          taker.left = true;
          this.leave();
        };
      },
    });
    if (end.type === 'threw') throw end.error;
    return end;
  }

  /** Stops it: the server is told, nothing more comes. */
  cancel(): void {
    if (this.ended !== null) return;
    this.connection.send(cancelKind, { call: this.call, body: null });
    this.finish({ code: 'cancelled', message: 'by the consumer' });
  }

  arrived(item: Item): void {
    if (this.ended !== null) return;
    const taker = this.leave();
    if (taker === null) {
      this.items.push(item);
    } else {
      this.countTaken();
      if (this.hand(taker, item)) this.serve(taker);
    }
  }

  finish(refusal: Refusal): void {
    if (this.ended !== null) return;
    this.ended = refusal;
    this.forget();
    this.leave()?.resume({ type: 'end', ...refusal });
  }

  /** Gives it what there is, and has it wait for more. */
  private serve(taker: Taker<Item>): void {
    while (this.items.length > 0) {
      this.countTaken();
      if (!this.hand(taker, this.items.shift() as Item)) return;
    }
    if (this.ended !== null) {
      taker.resume({ type: 'end', ...this.ended });
      return;
    }
    this.waiting = taker;
    this.timer = this.os.after(taker.timeoutUs(), deadlineKind, this.onIdle);
  }

  /** True when it takes another one. */
  private hand(taker: Taker<Item>, item: Item): boolean {
    let goesOn: boolean;
    try {
      goesOn = taker.take(item);
    } catch (error) {
      taker.resume({ type: 'threw', error });
      return false;
    }
    if (goesOn) return !taker.left;
    taker.resume({ type: 'stopped' });
    return false;
  }

  /** Nobody waits any more; returns who did. */
  private leave(): Taker<Item> | null {
    const { waiting } = this;
    if (waiting === null) return null;
    this.waiting = null;
    if (this.timer !== null) this.os.cancel(this.timer);
    return waiting;
  }

  private countTaken(): void {
    this.taken++;
    if (this.taken < this.updateEvery) return;
    this.connection.send(windowKind, { call: this.call, body: this.taken });
    this.taken = 0;
  }
}
