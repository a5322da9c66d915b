/** An API server: typed resources over the store, with optimistic concurrency, fencing and boundary admission. */
import {
  RpcServer,
  type Boot,
  type CallOutcome,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Method,
  type Micros,
  type Os,
  type Program,
  type Refusal,
  type Reply,
  type ServerStream,
  type StreamCallbacks,
} from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import {
  createMethod,
  deleteMethod,
  getMethod,
  leaseMethod,
  listMethod,
  readRecordMethod,
  recordMethod,
  statusMethod,
  updateMethod,
  watchResourcesMethod,
  type ListRequest,
  type ListResponse,
  type ResourceEvent,
  type WatchResourcesRequest,
} from './methods.ts';
import { Admission } from './admission.ts';
import { refused, type Answer } from './answer.ts';
import { FlowControl, levelOf, RETRY_AFTER_US, type PriorityLevel } from './flow-control.ts';
import { Committer } from './commit.ts';
import { Reader } from './reads.ts';
import { Registry } from './registry.ts';
import { Placement } from '../outside/placement.ts';
import { Emitter } from '../outside/telemetry/emitter.ts';
import { servedKinds, type OutsideContent, type OutsideKind } from './resources/index.ts';
import { PlacedStores } from './stores.ts';
import { WatchCaches } from './watch-caches.ts';
import { TELL_US, type WatchCacheView } from './watch-cache.ts';

export interface ApiServerOptions {
  /** Members of the store; those of the own region are preferred. */
  readonly storeEndpoints: readonly string[];
  /** Telemetry collectors, to which it tells what it serves; none when absent. */
  readonly collectors?: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export function apiServer(options: ApiServerOptions): Boot {
  return (os) => new ApiServer(os, options);
}

/** Serves a request that was received at `receivedUs`, by the server's monotonic clock. */
type Handle<Request, Response> = (request: Request, receivedUs: Micros) => Co<Answer<Response>>;

/** What an API server shows of itself. */
export interface ApiServerInspection {
  /** Member of the store that it talks to. */
  readonly storeEndpoint: string;
  readonly requests: number;
  readonly refusals: number;
  /** Writes that were not answered because nobody knows their outcome. */
  readonly unanswered: number;
  readonly watches: number;
  /** Requests that wait for a seat. */
  readonly queued: number;
  readonly caches: readonly WatchCacheView[];
}

class ApiServer implements Program {
  private readonly os: Os;
  private readonly stores: PlacedStores;
  private readonly caches: WatchCaches;
  private readonly reader: Reader;
  private readonly registry: Registry;
  private readonly admission: Admission;
  private readonly telemetry: Emitter;
  private readonly server = new RpcServer();
  private readonly flow: FlowControl;
  private readonly listObjectUs: Micros;
  private readonly kinds: ReadonlySet<string>;
  private requests = 0;
  private refusals = 0;
  private unanswered = 0;
  private watches = 0;

  constructor(os: Os, { storeEndpoints, collectors = [], design, defects }: ApiServerOptions) {
    this.os = os;
    this.stores = new PlacedStores(os, storeEndpoints, design, defects);
    this.admission = new Admission(design);
    this.flow = new FlowControl(design, defects);
    this.listObjectUs = design.listObjectUs;
    this.kinds = new Set(servedKinds(design));
    const { stores, admission } = this;
    const caches = new WatchCaches(os, stores, design, defects);
    const reader = new Reader(os, stores, caches, design, defects);
    const committer = new Committer(os, stores, caches, design, defects);
    this.caches = caches;
    this.reader = reader;
    this.registry = new Registry({ os, stores, caches, reader, committer, admission, design, defects });
    const placement = new Placement(
      design,
      {
        record: (kind, name, content) => this.record(kind, name, content),
        readRecord: (kind, name) => this.readRecord(kind, name),
      },
      { collectors },
    );
    this.telemetry = new Emitter(os, { placement, design, defects, collect: (emitter) => this.collect(emitter) });
  }

  start(): void {
    const { registry, reader } = this;
    this.caches.start();
    const ofResource = ({ kind }: { readonly kind: string }): Refusal | null => this.unserved(kind);
    this.serve(getMethod, (request) => reader.get(request), ofResource);
    this.serve(listMethod, (request, receivedUs) => this.list(request, receivedUs), ofResource);
    this.serveWrite(createMethod, (request, receivedUs) => registry.create(request, receivedUs));
    this.serveWrite(updateMethod, (request, receivedUs) => registry.update(request, receivedUs), ofResource);
    this.serveWrite(statusMethod, (request, receivedUs) => registry.updateStatus(request, receivedUs), ofResource);
    this.serveWrite(leaseMethod, (request, receivedUs) => registry.update(request, receivedUs), ofResource);
    this.serveWrite(deleteMethod, (request, receivedUs) => registry.delete(request, receivedUs), ofResource);
    this.serve(readRecordMethod, (request) => registry.readRecord(request.kind, request.name));
    this.serveWrite(recordMethod, (request, receivedUs) => registry.record(request, receivedUs));
    this.serveWatches();
    this.telemetry.start();
  }

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  inspect(): ApiServerInspection {
    const { requests, refusals, unanswered, watches } = this;
    return {
      storeEndpoint: this.stores.consensus.endpoint,
      requests,
      refusals,
      unanswered,
      watches,
      queued: this.flow.queued,
      caches: this.caches.inspect(),
    };
  }

  /** A write counts against what its client may write of the class. */
  private serveWrite<Request extends { readonly kind: string; readonly name: string }, Response>(
    what: Method<Request, Response>,
    handle: Handle<Request, Response>,
    admit: (request: Request) => Refusal | null = admitted,
  ): void {
    // Renewals come by the second, and what is told is a record of its own: neither is worth a line.
    const isLogged = what !== (leaseMethod as unknown) && what !== (recordMethod as unknown);
    this.serve(what, handle, (request, client) => {
      if (isLogged) this.telemetry.emit('log', what.name);
      return admit(request) ?? this.admission.byRate(request, client, this.os.monotonicUs());
    });
  }

  /** A create may be of what belongs outside, and its kind is looked at more closely. */
  private unserved(kind: string): Refusal | null {
    return this.kinds.has(kind) ? null : refused('no-such-kind', `this server has no resources of kind ${kind}`);
  }

  private collect(emitter: Emitter): void {
    emitter.emit('metric', `${this.requests} requests, ${this.refusals} refused`);
  }

  /** Where a design places what it tells in consensus: it writes it there as for any client. */
  private *record(kind: OutsideKind, name: string, spec: OutsideContent): Co<CallOutcome<unknown>> {
    return outcomeOf(yield* this.registry.record({ kind, name, spec }, this.os.monotonicUs()));
  }

  private *readRecord(kind: OutsideKind, name: string): Co<CallOutcome<OutsideContent>> {
    return outcomeOf(yield* this.registry.readRecord(kind, name));
  }

  private serve<Request, Response>(
    what: Method<Request, Response>,
    handle: Handle<Request, Response>,
    admit: (request: Request, client: string) => Refusal | null = admitted,
  ): void {
    this.server.handle(what, (request, reply, client) => {
      this.requests++;
      const refusal = admit(request, client);
      if (refusal !== null) {
        this.refuse(reply, refusal);
        return;
      }
      const level = levelOf(what, request as { readonly kind?: string });
      const receivedUs = this.os.monotonicUs();
      const run = (): void => {
        this.os.spawn(what.name, handle(request, receivedUs), (answer) => {
          this.answer(answer, reply);
          this.flow.done(level, this.os.monotonicUs());
        });
      };
      const giveUp = (): void => this.refuse(reply, noSeat);
      if (!this.flow.admit(level, { run, giveUp, isGone: () => reply.isGone }, receivedUs)) this.refuse(reply, overloaded(level));
    });
  }

  private *list(request: ListRequest, receivedUs: Micros): Co<Answer<ListResponse>> {
    const answer = yield* this.reader.list(request, receivedUs);
    if (answer.status === 'ok') {
      this.os.spend(answer.value.items.length * this.listObjectUs);
      // Its seat is taken until the work is done: whoever came meanwhile has its turn before the next list.
      yield* this.os.sleep(0);
    }
    return answer;
  }

  private refuse(reply: Pick<Reply<unknown>, 'refuse'>, { code, message, retryAfterUs }: Refusal): void {
    this.refusals++;
    reply.refuse(code, message, retryAfterUs);
  }

  private answer<Response>(answer: Answer<Response>, reply: Reply<Response>): void {
    if (answer.status === 'ok') {
      reply.ok(answer.value);
    } else if (answer.status === 'refused') {
      this.refuse(reply, answer);
    } else {
      // The caller's deadline passes: the one answer that is true.
      this.unanswered++;
    }
  }

  private serveWatches(): void {
    this.server.handleStream(watchResourcesMethod, (request, stream) => {
      const unserved = this.unserved(request.kind);
      if (unserved !== null) {
        stream.end(unserved.code, unserved.message);
        return {};
      }
      this.watches++;
      let served: StreamCallbacks = {};
      const begin = (): void => {
        served = this.beginWatch(request, stream);
      };
      this.admitWatch(begin, stream);
      return {
        closed: () => {
          this.watches--;
          served.closed?.();
        },
        drained: () => served.drained?.(),
      };
    });
  }

  /**
   * A watch takes a seat for as long as it is told of what there is already (`list_work_estimator.go`), and none from then on.
   */
  private admitWatch(run: () => void, stream: ServerStream<ResourceEvent>): void {
    const level = levelOf(watchResourcesMethod, {});
    const end = ({ code, message }: Refusal): void => stream.end(code, message);
    if (!this.flow.admit(level, { run, giveUp: () => end(noSeat), isGone: () => !stream.open }, this.os.monotonicUs()))
      end(overloaded(level));
  }

  private beginWatch(request: WatchResourcesRequest, stream: ServerStream<ResourceEvent>): StreamCallbacks {
    const { told, callbacks } = this.caches.of(request.kind).watch(request, stream);
    this.os.spend(told * (request.resourceVersion === 0 ? this.listObjectUs : TELL_US));
    const done = (): void => this.flow.done(levelOf(watchResourcesMethod, {}), this.os.monotonicUs());
    // Its seat is taken until the work is done, as that of a list.
    this.os.spawn(watchResourcesMethod.name, this.os.sleep(0), done);
    return callbacks;
  }
}

const noSeat: Refusal = { code: 'unavailable', message: 'no seat was free in the time that a request may take' };

function overloaded(level: PriorityLevel): Refusal {
  return {
    code: 'too-many-requests',
    message: `more ${level} requests than this server can serve`,
    retryAfterUs: RETRY_AFTER_US,
  };
}

function admitted(): null {
  return null;
}

/** What the server tells itself, when it is its own client. */
function outcomeOf<T>(answer: Answer<T>): CallOutcome<T> {
  return answer.status === 'open' ? { status: 'unknown', reason: 'deadline' } : answer;
}
