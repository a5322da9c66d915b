/** The consumer's side of a stream: items in order, a window that holds back a server that is faster. */
import type { Connection } from './connection.ts';
import { wait, type Co, type Wait } from './coroutine.ts';
import type { Os, Timer } from './process.ts';
import { cancelKind, deadlineKind, STREAM_WINDOW, WINDOW_PARTS, windowKind, type Refusal } from './rpc.ts';
import type { Micros } from './time.ts';

/** What a consumer takes from a stream. `idle`: nothing came within the time. */
export type StreamNext<Item> =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'end'; readonly code: string; readonly message: string }
  | { readonly type: 'idle' };

/** The consumer's side of a stream. */
export class ClientStream<Item> {
  private readonly items: Item[] = [];
  private ended: Refusal | null = null;
  private waiting: ((next: StreamNext<Item>) => void) | null = null;
  /** Until when that waits. */
  private timer: Timer | null = null;
  private timeoutUs: Micros = 0;
  // Streams bring most of what a client hears: what it takes to wait for an item is made once.
  private readonly wanted: Wait<StreamNext<Item>> = { begin: (resume) => this.begin(resume) };
  private readonly idle = (): void => this.answer({ type: 'idle' });
  private readonly leave = (): void => {
    this.waiting = null;
    if (this.timer !== null) this.os.cancel(this.timer);
  };
  private taken = 0;
  private readonly os: Os;
  private readonly connection: Connection;
  private readonly call: number;
  private readonly updateEvery: number;
  private readonly forget: () => void;

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
  next(timeoutUs: Micros): Co<StreamNext<Item>> {
    this.timeoutUs = timeoutUs;
    return wait(this.wanted);
  }

  private begin(resume: (next: StreamNext<Item>) => void): (() => void) | undefined {
    if (this.waiting !== null) throw new Error('two coroutines wait for the same stream');
    if (this.items.length > 0) {
      resume({ type: 'item', item: this.take() });
    } else if (this.ended !== null) {
      resume({ type: 'end', ...this.ended });
    } else {
      this.waiting = resume;
      this.timer = this.os.after(this.timeoutUs, deadlineKind, this.idle);
      return this.leave;
    }
    return undefined;
  }

  private answer(next: StreamNext<Item>): void {
    const { waiting } = this;
    if (waiting === null) return;
    this.leave();
    waiting(next);
  }

  /** Stops it: the server is told, nothing more comes. */
  cancel(): void {
    if (this.ended !== null) return;
    this.connection.send(cancelKind, { call: this.call, body: null });
    this.finish({ code: 'cancelled', message: 'by the consumer' });
  }

  arrived(item: Item): void {
    if (this.ended !== null) return;
    if (this.waiting === null) {
      this.items.push(item);
    } else {
      this.countTaken();
      this.answer({ type: 'item', item });
    }
  }

  finish(refusal: Refusal): void {
    if (this.ended !== null) return;
    this.ended = refusal;
    this.forget();
    if (this.waiting !== null) this.answer({ type: 'end', ...refusal });
  }

  private take(): Item {
    this.countTaken();
    return this.items.shift() as Item;
  }

  private countTaken(): void {
    this.taken++;
    if (this.taken < this.updateEvery) return;
    this.connection.send(windowKind, { call: this.call, body: this.taken });
    this.taken = 0;
  }
}
