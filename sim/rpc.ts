/**
 * Requests, answers and server streams over connections, as gRPC has them: many calls share one connection, a deadline is
 * the caller's own, and an answer that does not come leaves the outcome unknown.
 */
import type { CloseReason, Connection, ConnectionHandler } from './connection.ts';
import { wait, type Co } from './coroutine.ts';
import { kind, type Kind } from './kind.ts';
import type { Os, Timer } from './process.ts';
import type { Micros } from './time.ts';

interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

/** A server's definite "no". Codes are the server's own words, such as `conflict`. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** One kind of call. Made once, at module level. */
export interface Method<Request, Response> {
  readonly name: string;
  readonly request: Kind<Frame<Request>>;
  readonly response: Kind<Frame<Response>>;
}

export interface MethodOptions<Request, Response> {
  /** What handling one costs the server. */
  serviceUs?: Micros;
  requestBytes?: (request: Request) => number;
  responseBytes?: (response: Response) => number;
  describeRequest?: (request: Request) => string;
  describeResponse?: (response: Response) => string;
}

const HEADER_BYTES = 64;
const BODY_BYTES = 128;

export function method<Request, Response>(name: string, options: MethodOptions<Request, Response> = {}): Method<Request, Response> {
  const { requestBytes, responseBytes, describeRequest, describeResponse } = options;
  return {
    name,
    request: kind<Frame<Request>>(name, {
      serviceUs: options.serviceUs ?? 30,
      sizeBytes: ({ body }) => HEADER_BYTES + (requestBytes?.(body) ?? BODY_BYTES),
      describe: ({ body }) => describeRequest?.(body) ?? name,
    }),
    response: kind<Frame<Response>>(`${name} answer`, {
      serviceUs: 10,
      sizeBytes: ({ body }) => HEADER_BYTES + (responseBytes?.(body) ?? BODY_BYTES),
      describe: ({ body }) => describeResponse?.(body) ?? `${name}: answered`,
    }),
  };
}

const refusalKind = kind<Frame<Refusal>>('rpc/refusal', { describe: ({ body }) => `refused: ${body.code}: ${body.message}` });
const endKind = kind<Frame<Refusal>>('rpc/stream end', { describe: ({ body }) => `stream ended: ${body.code}: ${body.message}` });
const cancelKind = kind<Frame<null>>('rpc/cancel', { serviceUs: 5, describe: () => 'cancels its stream' });
const windowKind = kind<Frame<number>>('rpc/window', { serviceUs: 2, describe: ({ body }) => `has taken ${body} items` });
const deadlineKind = kind<null>('rpc/deadline', { serviceUs: 2, describe: () => 'a deadline passes' });
const reconnectKind = kind<null>('rpc/reconnect', { serviceUs: 2, describe: () => 'tries to connect again' });

/** Items that a server may have under way on one stream before it must wait (etcd's watch channel holds 128 as well). */
export const STREAM_WINDOW = 128;
const WINDOW_UPDATE_EVERY = 32;

// ── server ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Answers one request, once; later answers are ignored, as is one whose caller has gone. */
export interface Reply<Response> {
  ok(response: Response): void;
  refuse(code: string, message: string): void;
}

/** The server's side of a stream. */
export interface ServerStream<Item> {
  readonly open: boolean;
  /** False while the consumer is behind by a whole window. */
  readonly writable: boolean;
  /** Sends an item; false when the stream is closed. Items beyond the window are sent all the same: ask `writable` first. */
  push(item: Item): boolean;
  /** Ends it from this side. */
  end(code: string, message: string): void;
}

type UnaryHandler = (request: unknown, reply: Reply<unknown>, peer: string) => void;
type StreamHandler = (request: unknown, stream: ServerStream<unknown>, peer: string) => StreamCallbacks;

export interface StreamCallbacks {
  /** The consumer cancelled, or its connection is gone. */
  closed?(): void;
  /** The consumer has caught up after the window was full. */
  drained?(): void;
}

class OutgoingStream implements ServerStream<unknown> {
  open = true;
  outstanding = 0;
  callbacks: StreamCallbacks = {};
  private readonly connection: Connection;
  private readonly call: number;
  private readonly item: Kind;
  private readonly forget: () => void;

  constructor(connection: Connection, call: number, item: Kind, forget: () => void) {
    this.connection = connection;
    this.call = call;
    this.item = item;
    this.forget = forget;
  }

  get writable(): boolean {
    return this.open && this.outstanding < STREAM_WINDOW;
  }

  push(body: unknown): boolean {
    if (!this.open) return false;
    this.outstanding++;
    return this.connection.send(this.item, { call: this.call, body });
  }

  end(code: string, message: string): void {
    if (!this.open) return;
    this.connection.send(endKind, { call: this.call, body: { code, message } });
    this.closed();
  }

  taken(count: number): void {
    const wasFull = !this.writable;
    this.outstanding -= count;
    if (wasFull && this.writable) this.callbacks.drained?.();
  }

  closed(): void {
    if (!this.open) return;
    this.open = false;
    this.forget();
    this.callbacks.closed?.();
  }
}

/** Serves calls; a program forwards its `accept` to it. */
export class RpcServer {
  private readonly unary = new Map<Kind, { handler: UnaryHandler; response: Kind }>();
  private readonly streaming = new Map<Kind, { handler: StreamHandler; item: Kind }>();

  handle<Request, Response>(what: Method<Request, Response>, handler: (request: Request, reply: Reply<Response>, peer: string) => void): void {
    this.unary.set(what.request, { handler: handler as UnaryHandler, response: what.response });
  }

  /** A method whose response kind is that of each item. */
  handleStream<Request, Item>(
    what: Method<Request, Item>,
    handler: (request: Request, stream: ServerStream<Item>, peer: string) => StreamCallbacks,
  ): void {
    this.streaming.set(what.request, { handler: handler as StreamHandler, item: what.response });
  }

  accept(connection: Connection): ConnectionHandler {
    const streams = new Map<number, OutgoingStream>();
    const peer = connection.peer.process.name;
    return {
      message: (what, body) => {
        const frame = body as Frame<unknown>;
        const unary = this.unary.get(what);
        if (unary !== undefined) {
          unary.handler(frame.body, this.reply(connection, frame.call, unary.response), peer);
          return;
        }
        const streaming = this.streaming.get(what);
        if (streaming !== undefined) {
          const stream = new OutgoingStream(connection, frame.call, streaming.item, () => streams.delete(frame.call));
          streams.set(frame.call, stream);
          stream.callbacks = streaming.handler(frame.body, stream, peer);
        } else if (what === cancelKind) {
          streams.get(frame.call)?.closed();
        } else if (what === windowKind) {
          streams.get(frame.call)?.taken(frame.body as number);
        } else {
          connection.send(refusalKind, { call: frame.call, body: { code: 'unimplemented', message: `no such method: ${what.name}` } });
        }
      },
      closed: () => {
        for (const stream of [...streams.values()]) stream.closed();
      },
    };
  }

  private reply(connection: Connection, call: number, response: Kind): Reply<unknown> {
    let answered = false;
    const answer = (what: Kind, body: unknown): void => {
      if (answered) return;
      answered = true;
      connection.send(what, { call, body });
    };
    return {
      ok: (body) => answer(response, body),
      refuse: (code, message) => answer(refusalKind, { code, message }),
    };
  }
}

// ── client ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What a caller knows afterwards. `refused`: the server said no. `unavailable`: the request never left. `unknown`: it may
 * have taken effect, or may yet.
 */
export type CallOutcome<T> =
  | { readonly status: 'ok'; readonly value: T }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  | { readonly status: 'unavailable' }
  | { readonly status: 'unknown'; readonly reason: 'deadline' | 'connection lost' };

/** What a consumer takes from a stream. `idle`: nothing came within the time. */
export type StreamNext<Item> =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'end'; readonly code: string; readonly message: string }
  | { readonly type: 'idle' };

export interface ChannelOptions {
  /** Pause before connecting anew after a connection was lost or refused. */
  readonly reconnectUs?: Micros;
  /** Position of the endpoint to begin with. */
  readonly first?: number;
  /** Go to the next endpoint after a deadline has passed: for servers that may be cut off from their peers. */
  readonly rotateOnDeadline?: boolean;
}

interface PendingCall {
  readonly settle: (outcome: CallOutcome<unknown>) => void;
}

/** The consumer's side of a stream. */
export class ClientStream<Item> {
  private readonly items: Item[] = [];
  private ended: Refusal | null = null;
  private waiting: ((next: StreamNext<Item>) => void) | null = null;
  private taken = 0;
  private readonly os: Os;
  private readonly connection: Connection;
  private readonly call: number;
  private readonly forget: () => void;

  constructor(os: Os, connection: Connection, call: number, forget: () => void) {
    this.os = os;
    this.connection = connection;
    this.call = call;
    this.forget = forget;
  }

  /** The next item, in order; waits for at most `timeoutUs`. After `end` there is nothing more. */
  *next(timeoutUs: Micros): Co<StreamNext<Item>> {
    if (this.items.length > 0) return { type: 'item', item: this.take() };
    if (this.ended !== null) return { type: 'end', ...this.ended };
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
    if (this.taken === WINDOW_UPDATE_EVERY) {
      this.connection.send(windowKind, { call: this.call, body: this.taken });
      this.taken = 0;
    }
    return this.items.shift() as Item;
  }
}

/** A client's way to a service: one connection at a time to one of its endpoints, made anew when it is lost. */
export class Channel {
  private readonly os: Os;
  private readonly endpoints: readonly string[];
  private readonly options: ChannelOptions;
  private current: number;
  private connection: Connection | null = null;
  private reconnect: Timer | null = null;
  private shut = false;
  private nextCall = 1;
  private readonly calls = new Map<number, PendingCall>();
  private readonly streams = new Map<number, ClientStream<unknown>>();
  private readonly connectedWaiters = new Set<() => void>();

  /** `endpoints` are process names, tried in turn. */
  constructor(os: Os, endpoints: readonly string[], options: ChannelOptions = {}) {
    if (endpoints.length === 0) throw new RangeError('a channel needs an endpoint');
    this.os = os;
    this.endpoints = endpoints;
    this.options = options;
    this.current = (options.first ?? 0) % endpoints.length;
    this.dial();
  }

  /** The endpoint in use or being tried. */
  get endpoint(): string {
    return this.endpoints[this.current] as string;
  }

  get connected(): boolean {
    return this.connection !== null;
  }

  /** Asks once and waits for the answer, at most `timeoutUs` on this machine's clock. Never retries. */
  *call<Request, Response>(what: Method<Request, Response>, request: Request, timeoutUs: Micros): Co<CallOutcome<Response>> {
    return (yield* wait<CallOutcome<unknown>>({
      begin: (resume) => this.begin(what, request, timeoutUs, resume),
    })) as CallOutcome<Response>;
  }

  private begin(
    what: Method<unknown, unknown>,
    request: unknown,
    timeoutUs: Micros,
    resume: (outcome: CallOutcome<unknown>) => void,
  ): () => void {
    const call = this.nextCall++;
    let sent = false;
    const send = (): void => {
      sent = this.connection?.send(what.request, { call, body: request }) ?? false;
    };
    const settle = (outcome: CallOutcome<unknown>): void => {
      abandon();
      resume(outcome);
    };
    const timer = this.os.after(timeoutUs, deadlineKind, () => {
      settle(sent ? { status: 'unknown', reason: 'deadline' } : { status: 'unavailable' });
      if (this.options.rotateOnDeadline) this.rotate();
    });
    const abandon = (): void => {
      this.os.cancel(timer);
      this.calls.delete(call);
      this.connectedWaiters.delete(send);
    };
    this.calls.set(call, {
      settle: (outcome) => {
        // A connection that was lost before the request left is no news: the call waits for the next one.
        if (sent || outcome.status !== 'unknown') settle(outcome);
      },
    });
    if (this.connection !== null) send();
    else this.connectedWaiters.add(send);
    return abandon;
  }

  /** Opens a server stream, or null while there is no connection. It ends with code `connection lost` when that breaks. */
  stream<Request, Item>(what: Method<Request, Item>, request: Request): ClientStream<Item> | null {
    if (this.connection === null) return null;
    const call = this.nextCall++;
    const stream = new ClientStream<Item>(this.os, this.connection, call, () => this.streams.delete(call));
    this.streams.set(call, stream as ClientStream<unknown>);
    this.connection.send(what.request, { call, body: request });
    return stream;
  }

  /** Waits until a connection stands; false after `timeoutUs`. */
  *ready(timeoutUs: Micros): Co<boolean> {
    if (this.connection !== null) return true;
    return yield* wait<boolean>({
      begin: (resume) => {
        const connected = (): void => {
          this.os.cancel(timer);
          this.connectedWaiters.delete(connected);
          resume(true);
        };
        const timer = this.os.after(timeoutUs, deadlineKind, () => {
          this.connectedWaiters.delete(connected);
          resume(false);
        });
        this.connectedWaiters.add(connected);
        return () => {
          this.os.cancel(timer);
          this.connectedWaiters.delete(connected);
        };
      },
    });
  }

  /** Leaves the current endpoint for the next one. Calls under way end as unknown. */
  rotate(): void {
    if (this.shut) return;
    const { connection } = this;
    this.current = (this.current + 1) % this.endpoints.length;
    if (connection === null) return;
    connection.close();
    this.lost('closed');
  }

  close(): void {
    this.shut = true;
    if (this.reconnect !== null) this.os.cancel(this.reconnect);
    this.connection?.close();
    this.lost('closed');
  }

  private dial(): void {
    this.reconnect = null;
    const attempt = this.os.connect(this.endpoint, {
      opened: () => {
        if (this.shut) {
          attempt.close();
          return;
        }
        this.connection = attempt;
        for (const waiter of [...this.connectedWaiters]) waiter();
      },
      message: (what, body) => this.received(what, body as Frame<unknown>),
      closed: (reason) => {
        this.current = (this.current + 1) % this.endpoints.length;
        this.lost(reason);
      },
    });
  }

  private lost(reason: CloseReason): void {
    this.connection = null;
    for (const stream of [...this.streams.values()]) stream.finish({ code: 'connection lost', message: reason });
    for (const pending of [...this.calls.values()]) pending.settle({ status: 'unknown', reason: 'connection lost' });
    if (this.shut || this.reconnect !== null) return;
    const pauseUs = this.options.reconnectUs ?? 100_000;
    const spreadUs = this.os.random('reconnect').below(Math.floor(pauseUs / 2) + 1);
    this.reconnect = this.os.after(pauseUs + spreadUs, reconnectKind, () => this.dial());
  }

  private received(what: Kind, frame: Frame<unknown>): void {
    const stream = this.streams.get(frame.call);
    if (stream !== undefined) {
      if (what === endKind || what === refusalKind) stream.finish(frame.body as Refusal);
      else stream.arrived(frame.body);
      return;
    }
    const pending = this.calls.get(frame.call);
    if (pending === undefined) return;
    if (what === refusalKind) pending.settle({ status: 'refused', ...(frame.body as Refusal) });
    else pending.settle({ status: 'ok', value: frame.body });
  }
}
