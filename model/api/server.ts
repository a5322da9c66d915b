/** An API server: typed resources over the store, with optimistic concurrency, fencing and boundary admission. */
import { RpcServer, type Boot, type CallOutcome, type Co, type Connection, type ConnectionHandler, type Method, type Micros, type Os, type Program, type Refusal, type Reply } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { createMethod, deleteMethod, getMethod, leaseMethod, listMethod, readRecordMethod, recordMethod, statusMethod, updateMethod, watchResourcesMethod, type ListRequest, type ListResponse } from './methods.ts';
import { Admission } from './admission.ts';
import type { Answer } from './answer.ts';
import { FlowControl, levelOf, RETRY_AFTER_US } from './flow-control.ts';
import { Committer } from './commit.ts';
import { Reader } from './reads.ts';
import { Registry } from './registry.ts';
import { Emitter } from '../outside/telemetry/emitter.ts';
import type { OutsideKind } from './resources/index.ts';
import { PlacedStores } from './stores.ts';
import { WatchCaches } from './watch-caches.ts';
import type { WatchCacheView } from './watch-cache.ts';

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
  private requests = 0;
  private refusals = 0;
  private unanswered = 0;
  private watches = 0;

  constructor(os: Os, { storeEndpoints, collectors = [], design, defects }: ApiServerOptions) {
    this.os = os;
    this.stores = new PlacedStores(os, storeEndpoints, design);
    this.admission = new Admission(design);
    this.flow = new FlowControl(design, defects);
    this.listObjectUs = design.listObjectUs;
    const { stores, admission } = this;
    const caches = new WatchCaches(os, stores, design, defects);
    const reader = new Reader(os, stores, caches, design, defects);
    const committer = new Committer(os, stores, caches, design, defects);
    this.caches = caches;
    this.reader = reader;
    this.registry = new Registry({ os, stores, caches, reader, committer, admission, design, defects });
    this.telemetry = new Emitter(os, { collectors, design, defects, record: (kind, name, data) => this.record(kind, name, data), collect: (emitter) => this.collect(emitter) });
  }

  start(): void {
    const { registry, reader } = this;
    this.caches.start();
    this.serve(getMethod, (request) => reader.get(request));
    this.serve(listMethod, (request) => this.list(request));
    this.serveWrite(createMethod, (request) => registry.create(request));
    this.serveWrite(updateMethod, (request) => registry.update(request));
    this.serveWrite(statusMethod, (request) => registry.updateStatus(request));
    this.serveWrite(leaseMethod, (request) => registry.update(request));
    this.serveWrite(deleteMethod, (request) => registry.delete(request));
    this.serve(readRecordMethod, (request) => registry.readRecord(request.kind, request.name));
    this.serveWrite(recordMethod, (request) => registry.record(request));
    this.serveWatches();
    this.telemetry.start();
  }

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  inspect(): ApiServerInspection {
    const { requests, refusals, unanswered, watches } = this;
    return { storeEndpoint: this.stores.consensus.endpoint, requests, refusals, unanswered, watches, queued: this.flow.queued, caches: this.caches.inspect() };
  }

  /** A write counts against what its client may write of the class. */
  private serveWrite<Request extends { readonly kind: string }, Response>(what: Method<Request, Response>, handle: (request: Request) => Co<Answer<Response>>): void {
    // Renewals come by the second, and what is told is a record of its own: neither is worth a line.
    const isLogged = what !== (leaseMethod as unknown) && what !== (recordMethod as unknown);
    this.serve(what, handle, ({ kind }, client) => {
      if (isLogged) this.telemetry.emit('log', what.name);
      return this.admission.byRate(kind, client, this.os.monotonicUs());
    });
  }

  private collect(emitter: Emitter): void {
    emitter.emit('metric', `${this.requests} requests, ${this.refusals} refused`);
  }

  /** Where a design places what it tells in consensus: it writes it there as for any client. */
  private *record(kind: OutsideKind, name: string, data: string): Co<CallOutcome<unknown>> {
    const answer = yield* this.registry.record({ kind, name, spec: { data } });
    return answer.status === 'open' ? { status: 'unknown', reason: 'deadline' } : answer;
  }

  private serve<Request, Response>(
    what: Method<Request, Response>,
    handle: (request: Request) => Co<Answer<Response>>,
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
      const run = (): void => {
        this.os.spawn(what.name, handle(request), (answer) => {
          this.answer(answer, reply);
          this.flow.done(level, this.os.monotonicUs());
        });
      };
      const giveUp = (): void => this.refuse(reply, { code: 'unavailable', message: 'no seat was free in the time that a request may take' });
      if (this.flow.admit(level, { run, giveUp }, this.os.monotonicUs())) return;
      this.refuse(reply, { code: 'too-many-requests', message: `more ${level} requests than this server can serve`, retryAfterUs: RETRY_AFTER_US });
    });
  }

  private *list(request: ListRequest): Co<Answer<ListResponse>> {
    const answer = yield* this.reader.list(request);
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
      this.watches++;
      const served = this.caches.of(request.kind).watch(request, stream);
      return {
        closed: () => {
          this.watches--;
          served.closed?.();
        },
        drained: () => served.drained?.(),
      };
    });
  }
}

function admitted(): null {
  return null;
}
