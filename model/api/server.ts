/** An API server: typed resources over the store, with optimistic concurrency, fencing and boundary admission. */
import { RpcServer, type Boot, type Co, type Connection, type ConnectionHandler, type Method, type Os, type Program } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { StoreClient } from '../store/client/client.ts';
import { createMethod, deleteMethod, getMethod, leaseMethod, listMethod, updateMethod, watchResourcesMethod } from './methods.ts';
import { nearestFirst } from './nearest.ts';
import { Registry, type Answer } from './registry.ts';
import { Decoder } from './stored.ts';
import { ResourceWatch } from './watch.ts';

export interface ApiServerOptions {
  /** Members of the store; those of the own region are preferred. */
  readonly storeEndpoints: readonly string[];
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
}

class ApiServer implements Program {
  private readonly os: Os;
  private readonly store: StoreClient;
  private readonly decoder = new Decoder();
  private readonly registry: Registry;
  private readonly server = new RpcServer();
  private requests = 0;
  private refusals = 0;
  private unanswered = 0;
  private watches = 0;

  constructor(os: Os, { storeEndpoints, design, defects }: ApiServerOptions) {
    this.os = os;
    // Recorded: what the store tells an API server is judged like what it tells any other client.
    this.store = new StoreClient(os, nearestFirst(storeEndpoints, os.region), design, { recorded: true });
    this.registry = new Registry(os, this.store, this.decoder, design, defects);
  }

  start(): void {
    const { registry } = this;
    this.serve(getMethod, ({ kind, name }) => registry.get(kind, name));
    this.serve(listMethod, ({ kind, consistency = 'linearizable' }) => registry.list(kind, consistency));
    this.serve(createMethod, (request) => registry.create(request));
    this.serve(updateMethod, (request) => registry.update(request));
    this.serve(leaseMethod, (request) => registry.update(request));
    this.serve(deleteMethod, (request) => registry.delete(request));
    this.serveWatches();
  }

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  inspect(): ApiServerInspection {
    const { requests, refusals, unanswered, watches } = this;
    return { storeEndpoint: this.store.endpoint, requests, refusals, unanswered, watches };
  }

  private serve<Request, Response>(what: Method<Request, Response>, handle: (request: Request) => Co<Answer<Response>>): void {
    this.server.handle(what, (request, reply) => {
      this.requests++;
      this.os.spawn(what.name, handle(request), (answer) => {
        if (answer.status === 'ok') {
          reply.ok(answer.value);
        } else if (answer.status === 'refused') {
          this.refusals++;
          reply.refuse(answer.code, answer.message);
        } else {
          // The caller's deadline passes: the one answer that is true.
          this.unanswered++;
        }
      });
    });
  }

  private serveWatches(): void {
    this.server.handleStream(watchResourcesMethod, (request, stream) => {
      this.watches++;
      const watch = new ResourceWatch(this.store, this.decoder, request, stream);
      const task = this.os.spawn(`watch ${request.kind}`, watch.serve());
      return {
        closed: () => {
          this.watches--;
          task.cancel();
        },
        drained: () => watch.roomAgain(),
      };
    });
  }
}
