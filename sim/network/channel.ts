/**
 * The client's side of calls: many share one connection, a deadline is the caller's own, and an answer that does not come
 * leaves the outcome unknown.
 */
import { ClientStream } from './client-stream.ts';
import type { CloseReason, Connection } from './connection.ts';
import { wait, type Co, type Wait } from '../process/coroutine.ts';
import { kind, type Kind } from '../kind.ts';
import type { Os, Timer } from '../process/process.ts';
import { deadlineKind, endKind, refusalKind, STREAM_WINDOW, type Frame, type Method, type Refusal } from './rpc.ts';
import type { Micros } from '../time.ts';

/**
 * What a caller knows afterwards. `refused`: the server said no. `unavailable`: the request never left. `unknown`: it may
 * have taken effect, or may yet.
 */
export type CallOutcome<T> =
  | { readonly status: 'ok'; readonly value: T }
  | ({ readonly status: 'refused' } & Refusal)
  | { readonly status: 'unavailable' }
  | { readonly status: 'unknown'; readonly reason: 'deadline' | 'connection lost' };

export interface ChannelOptions {
  /** Pause before connecting anew after a connection was lost or refused. */
  readonly reconnectUs?: Micros;
  /** Position of the endpoint to begin with. */
  readonly first?: number;
  /** Go to the next endpoint after a deadline has passed: for servers that may be cut off from their peers. */
  readonly rotateOnDeadline?: boolean;
}

/** A call under way. */
class PendingCall {
  sent = false;
  readonly id: number;
  readonly request: Kind;
  readonly body: unknown;
  /** How many endpoints had been left when it was made. */
  readonly left: number;
  readonly resume: (outcome: CallOutcome<unknown>) => void;
  timer: Timer | null = null;

  constructor(id: number, request: Kind, body: unknown, left: number, resume: (outcome: CallOutcome<unknown>) => void) {
    this.id = id;
    this.request = request;
    this.body = body;
    this.left = left;
    this.resume = resume;
  }
}

const reconnectKind = kind<null>('rpc/reconnect', { serviceUs: 2, describe: () => 'tries to connect again' });

/** A client's way to a service: one connection at a time to one of its endpoints, made anew when it is lost. */
export class Channel {
  private readonly os: Os;
  private readonly endpoints: readonly string[];
  private readonly options: ChannelOptions;
  private current: number;
  /** How many were left before it. */
  private left = 0;
  /** The connection in use or being opened; null while it waits before it tries again. */
  private attempt: Connection | null = null;
  /** The same, once it stands. */
  private connection: Connection | null = null;
  private reconnect: Timer | null = null;
  private shut = false;
  /** In the order in which they were made. A few: a list costs less than a table, and leaves less behind. */
  private readonly calls: PendingCall[] = [];
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
  call<Request, Response>(what: Method<Request, Response>, request: Request, timeoutUs: Micros): Co<CallOutcome<Response>> {
    const asked: Wait<CallOutcome<unknown>> = { begin: (resume) => this.begin(what, request, timeoutUs, resume) };
    return wait(asked as Wait<CallOutcome<Response>>);
  }

  private begin(
    what: Method<unknown, unknown>,
    request: unknown,
    timeoutUs: Micros,
    resume: (outcome: CallOutcome<unknown>) => void,
  ): () => void {
    const call = new PendingCall(this.os.nextCall(), what.request, request, this.left, resume);
    call.timer = this.os.after(timeoutUs, deadlineKind, () => this.tooLate(call));
    this.calls.push(call);
    this.send(call);
    return () => this.abandon(call);
  }

  private send(call: PendingCall): void {
    if (this.connection !== null) call.sent = this.connection.send(call.request, { call: call.id, body: call.body });
  }

  private tooLate(call: PendingCall): void {
    this.abandon(call);
    // First leave the server that is silent, then tell the caller, who may call again at once. What was sent ends with its
    // connection; of those that wait for one, only the first to be too late leaves, as gRPC leaves an address once.
    if (this.options.rotateOnDeadline && (call.sent || call.left === this.left)) this.rotate();
    call.resume(call.sent ? { status: 'unknown', reason: 'deadline' } : { status: 'unavailable' });
  }

  private settle(call: PendingCall, outcome: CallOutcome<unknown>): void {
    this.abandon(call);
    call.resume(outcome);
  }

  private abandon(call: PendingCall): void {
    if (call.timer !== null) this.os.cancel(call.timer);
    const at = this.calls.indexOf(call);
    // Mostly it is alone, and then nothing is to be copied.
    if (at >= 0 && at === this.calls.length - 1) this.calls.pop();
    else if (at >= 0) this.calls.splice(at, 1);
  }

  /**
   * Opens a server stream, or null while there is no connection (wait for `ready`). It ends with code `connection lost` when that
   * breaks. `window`: how many items may be under way, at most {@link STREAM_WINDOW}.
   */
  stream<Request, Item>(
    what: Method<Request, Item>,
    request: Request,
    window: number = STREAM_WINDOW,
  ): ClientStream<Item> | null {
    if (this.connection === null) return null;
    const call = this.os.nextCall();
    this.connection.send(what.request, { call, body: request });
    const stream = new ClientStream<Item>(this.os, this.connection, call, window, () => this.streams.delete(call));
    this.streams.set(call, stream as ClientStream<unknown>);
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

  /** Leaves the current endpoint for the next one. Calls under way end as unknown; those not sent yet wait for it. */
  rotate(): void {
    if (this.shut) return;
    this.moveOn();
    if (this.attempt === null) return;
    this.attempt.close();
    this.lost('closed');
  }

  /** Rotates, if this is still the endpoint in use: several callers may find out together that it is of no use. */
  leave(endpoint: string): void {
    if (this.endpoint === endpoint) this.rotate();
  }

  /** Ends it for good. Calls under way end as unknown, those not sent yet as unavailable. */
  close(): void {
    this.shut = true;
    if (this.reconnect !== null) this.os.cancel(this.reconnect);
    this.attempt?.close();
    this.lost('closed');
  }

  private dial(): void {
    this.reconnect = null;
    const attempt = this.os.connect(this.endpoint, {
      opened: () => {
        this.connection = attempt;
        for (const call of this.calls.slice()) if (!call.sent) this.send(call);
        for (const waiter of [...this.connectedWaiters]) waiter();
      },
      message: (what, body) => this.received(what, body as Frame<unknown>),
      closed: (reason) => {
        this.moveOn();
        this.lost(reason);
      },
    });
    this.attempt = attempt;
  }

  private moveOn(): void {
    this.current = (this.current + 1) % this.endpoints.length;
    this.left++;
  }

  private lost(reason: CloseReason): void {
    this.attempt = null;
    this.connection = null;
    if (!this.shut && this.reconnect === null) {
      const pauseUs = this.options.reconnectUs ?? 100_000;
      const spreadUs = this.os.random('reconnect').below(Math.floor(pauseUs / 2) + 1);
      this.reconnect = this.os.after(pauseUs + spreadUs, reconnectKind, () => this.dial());
    }
    // Whoever is told may call again, rotate or close at once, so this comes last.
    for (const stream of [...this.streams.values()]) stream.finish({ code: 'connection lost', message: reason });
    for (const call of this.calls.slice()) {
      if (!this.calls.includes(call)) continue;
      if (call.sent) this.settle(call, { status: 'unknown', reason: 'connection lost' });
      else if (this.shut) this.settle(call, { status: 'unavailable' });
    }
  }

  private received(what: Kind, frame: Frame<unknown>): void {
    const stream = this.streams.get(frame.call);
    if (stream !== undefined) {
      if (what === endKind || what === refusalKind) stream.finish(frame.body as Refusal);
      else stream.arrived(frame.body);
      return;
    }
    const call = this.find(frame.call);
    if (call === undefined) return;
    if (what === refusalKind) this.settle(call, { status: 'refused', ...(frame.body as Refusal) });
    else this.settle(call, { status: 'ok', value: frame.body });
  }

  private find(id: number): PendingCall | undefined {
    for (let at = 0; at < this.calls.length; at++) if (this.calls[at]?.id === id) return this.calls[at];
    return undefined;
  }
}
