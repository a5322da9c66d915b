/** The consumer's side of a stream: items in order, a window that holds back a server that is faster. */
import type { Connection } from './connection.ts';
import { wait, type Co } from './coroutine.ts';
import type { Os } from './process.ts';
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
  *next(timeoutUs: Micros): Co<StreamNext<Item>> {
    if (this.items.length > 0) return { type: 'item', item: this.take() };
    if (this.ended !== null) return { type: 'end', ...this.ended };
    if (this.waiting !== null) throw new Error('two coroutines wait for the same stream');
    return yield* wait<StreamNext<Item>>({
      begin: (resume) => {
        const timer = this.os.after(timeoutUs, deadlineKind, () => {
          this.waiting = null;
          resume({ type: 'idle' });
        });
        this.waiting = (next) => {
          this.waiting = null;
          this.os.cancel(timer);
          resume(next);
        };
        return () => {
          this.waiting = null;
          this.os.cancel(timer);
        };
      },
    });
  }

  /** Stops it: the server is told, nothing more comes. */
  cancel(): void {
    if (this.ended !== null) return;
    this.connection.send(cancelKind, { call: this.call, body: null });
    this.finish({ code: 'cancelled', message: 'by the consumer' });
  }

  arrived(item: Item): void {
    if (this.ended !== null) return;
    this.items.push(item);
    if (this.waiting !== null) this.waiting({ type: 'item', item: this.take() });
  }

  finish(refusal: Refusal): void {
    if (this.ended !== null) return;
    this.ended = refusal;
    this.forget();
    this.waiting?.({ type: 'end', ...refusal });
  }

  private take(): Item {
    this.taken++;
    if (this.taken === this.updateEvery) {
      this.connection.send(windowKind, { call: this.call, body: this.taken });
      this.taken = 0;
    }
    return this.items.shift() as Item;
  }
}
