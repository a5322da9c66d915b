/** The server's side of calls: answers requests and feeds streams, over connections that clients have opened. */
import type { Connection, ConnectionHandler } from './connection.ts';
import type { Kind } from '../kind.ts';
import type { Micros } from '../time.ts';
import { cancelKind, endKind, refusalKind, STREAM_WINDOW, windowKind, type Frame, type Method } from './rpc.ts';

/** Answers one request, once; later answers are ignored, as is one whose caller has gone. */
export interface Reply<Response> {
  /** Its connection is closed: whoever asked will never hear of it. */
  readonly isGone: boolean;
  ok(response: Response): void;
  /** `retryAfterUs`: after which it is worth asking again. */
  refuse(code: string, message: string, retryAfterUs?: Micros): void;
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
  /** It is over, whoever ended it: the consumer cancelled, its connection is gone, or `end` was called. */
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

class UnaryReply implements Reply<unknown> {
  private answered = false;
  private readonly connection: Connection;
  private readonly call: number;
  private readonly response: Kind;

  constructor(connection: Connection, call: number, response: Kind) {
    this.connection = connection;
    this.call = call;
    this.response = response;
  }

  get isGone(): boolean {
    return !this.connection.open;
  }

  ok(response: unknown): void {
    this.send(this.response, response);
  }

  refuse(code: string, message: string, retryAfterUs?: Micros): void {
    this.send(refusalKind, retryAfterUs === undefined ? { code, message } : { code, message, retryAfterUs });
  }

  private send(what: Kind, body: unknown): void {
    if (this.answered) return;
    this.answered = true;
    this.connection.send(what, { call: this.call, body });
  }
}

/** Serves calls; a program forwards its `accept` to it. */
export class RpcServer {
  private readonly unary = new Map<Kind, { handler: UnaryHandler; response: Kind }>();
  private readonly streaming = new Map<Kind, { handler: StreamHandler; item: Kind }>();

  handle<Request, Response>(
    what: Method<Request, Response>,
    handler: (request: Request, reply: Reply<Response>, peer: string) => void,
  ): void {
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
          unary.handler(frame.body, new UnaryReply(connection, frame.call, unary.response), peer);
          return;
        }
        const streaming = this.streaming.get(what);
        if (streaming !== undefined) {
          const stream = new OutgoingStream(connection, frame.call, streaming.item, () => streams.delete(frame.call));
          streams.set(frame.call, stream);
          const callbacks = streaming.handler(frame.body, stream, peer);
          if (stream.open) stream.callbacks = callbacks;
          else callbacks.closed?.();
        } else if (what === cancelKind) {
          streams.get(frame.call)?.closed();
        } else if (what === windowKind) {
          streams.get(frame.call)?.taken(frame.body as number);
        } else {
          connection.send(refusalKind, {
            call: frame.call,
            body: { code: 'unimplemented', message: `no such method: ${what.name}` },
          });
        }
      },
      closed: () => {
        for (const stream of [...streams.values()]) stream.closed();
      },
    };
  }
}
