/**
 * The gateway of a region: leads users to the backends of a service, by what the control plane intends and by how the backends
 * look from here. It goes on with what it knew last when the control plane is gone.
 */
import {
  Channels,
  ms,
  RpcServer,
  type Boot,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type Reply,
} from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import { Informer } from '../api/client/informer.ts';
import type { Backend, Endpoints, Primary } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { reportMethod, routedBoundary, userMethod, type UserRequest, type UserResponse } from './gateway-methods.ts';
import { HealthChecks } from './health-checks.ts';
import { Routes, type Route } from './routes.ts';
import { serveMethod } from './serving/methods.ts';

export interface GatewayOptions {
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What a gateway shows of itself. */
export interface GatewayView {
  readonly routes: readonly Route[];
  readonly served: number;
  readonly failed: number;
}

export function gateway(options: GatewayOptions): Boot {
  return (os) => new Gateway(os, options);
}

const RECONNECT_US = ms(500);
/** A backend that does not answer by then is given up; a read is tried at another one. */
const BACKEND_US = ms(500);
const READ_ATTEMPTS = 2;

class Gateway implements Program {
  private readonly os: Os;
  private readonly routes: Routes;
  private readonly health: HealthChecks;
  private readonly endpoints: Informer<'Endpoints'>;
  private readonly primaries: Informer<'Primary'>;
  private readonly api: ApiClient;
  private readonly server = new RpcServer();
  private readonly nodes: Channels;
  private readonly failsClosed: boolean;
  /** By service, whose turn it is. */
  private readonly turns = new Map<string, number>();
  private served = 0;
  private failed = 0;

  constructor(os: Os, { apiEndpoints, design, defects }: GatewayOptions) {
    this.os = os;
    this.failsClosed = defects.has('discovery-fails-closed');
    this.api = new ApiClient(os, apiEndpoints, design);
    this.routes = new Routes(os);
    this.nodes = new Channels(os, { reconnectUs: RECONNECT_US });
    this.health = new HealthChecks(os, design, defects, this.routes, this.nodes);
    this.endpoints = new Informer(os, {
      kind: 'Endpoints',
      client: this.api,
      design,
      defects,
      changed: (object, gone) => this.changed(object, gone),
    });
    this.primaries = new Informer(os, {
      kind: 'Primary',
      client: this.api,
      design,
      defects,
      changed: (object) => this.primaryChanged(object),
    });
    this.server.handle(userMethod, (request, reply) => void os.spawn(`serve ${request.id}`, this.serve(request, reply)));
    this.server.handle(reportMethod, (_, reply) => reply.ok({ backends: this.health.report() }));
  }

  start(): void {
    this.routes.restore(() => {
      this.endpoints.start();
      this.primaries.start();
      this.os.spawn('drop what is gone', this.endpoints.ready(), () => this.dropGone());
      this.os.spawn('believe that offices are gone', this.primaries.ready(), () => this.setAll());
      this.os.spawn('check health', this.health.run());
    });
  }

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  inspect(): GatewayView {
    return { routes: this.routes.all(), served: this.served, failed: this.failed };
  }

  // ── what the control plane says ──────────────────────────────────────────────────────────────────────────────────

  private changed(endpoints: Endpoints, gone: boolean): void {
    const { name } = endpoints.metadata;
    if (!gone) this.set(endpoints);
    else if (this.endpoints.cache.get(name) === undefined) this.routes.forget(name);
  }

  private primaryChanged({ metadata }: Primary): void {
    const endpoints = this.endpoints.cache.get(metadata.name);
    if (endpoints !== undefined) this.set(endpoints);
  }

  /** Until all primaries were told of, one that is missing is not known to be gone. */
  private set(endpoints: Endpoints): void {
    const primary = this.primaries.cache.get(endpoints.metadata.name);
    this.routes.set(endpoints, primary ?? (this.primaries.synced ? null : 'unknown'));
  }

  private setAll(): void {
    for (const endpoints of this.endpoints.cache.list()) this.set(endpoints);
  }

  /** What an earlier life knew and a whole list does not has been deleted meanwhile. */
  private dropGone(): void {
    for (const { name } of this.routes.all()) if (this.endpoints.cache.get(name) === undefined) this.routes.forget(name);
  }

  // ── what users ask ───────────────────────────────────────────────────────────────────────────────────────────────

  private *serve(request: UserRequest, reply: Reply<UserResponse>): Co<void> {
    const route = this.failsClosed && !this.api.connected ? undefined : this.routes.find(request.service);
    const answer =
      route === undefined
        ? null
        : yield* request.operation === 'write' && route.mode === 'primary'
            ? this.write(route, request)
            : this.balance(route, request);
    if (answer !== null && answer.status === 'ok') {
      this.served++;
      reply.ok(answer.value);
      return;
    }
    this.failed++;
    if (answer === null) {
      this.os.cross(routedBoundary, {
        service: '',
        name: request.service,
        operation: request.operation,
        workload: '',
        generation: 0,
      });
      reply.refuse('no-service', `nothing is known of ${request.service}`);
    } else {
      reply.refuse(answer.code, answer.message);
    }
  }

  /** Under the epoch that is known here, and nowhere else: one that is over is refused by whoever holds the office. */
  private *write(route: Route, request: UserRequest): Co<Answer> {
    if (route.primary === null) return { status: 'failed', code: 'no-primary', message: `nobody takes writes of ${route.name}` };
    return yield* this.ask(route, route.primary, request, route.primary.epoch);
  }

  private *balance(route: Route, request: UserRequest): Co<Answer> {
    let last: Answer = { status: 'failed', code: 'no-backend', message: `${route.name} has no backend` };
    // A write may have taken effect although nobody has answered: only a read is worth another try.
    const attempts = request.operation === 'read' ? READ_ATTEMPTS : 1;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const current = this.routes.find(request.service) ?? route;
      const usable = this.health.usable(current);
      if (usable.length === 0) {
        this.route(current, request, '');
        break;
      }
      last = yield* this.ask(current, this.next(current, usable), request, 0);
      if (last.status === 'ok') break;
    }
    return last;
  }

  private next({ service }: Route, usable: readonly Backend[]): Backend {
    const turn = this.turns.get(service) ?? 0;
    this.turns.set(service, turn + 1);
    return usable[turn % usable.length] as Backend;
  }

  private *ask(
    route: Route,
    { workload, node }: { readonly workload: string; readonly node: string },
    request: UserRequest,
    epoch: number,
  ): Co<Answer> {
    const { service, generation } = route;
    this.route(route, request, workload);
    const { operation, id } = request;
    const answer = yield* this.nodes
      .to(node)
      .call(serveMethod, { service, workload, operation, epoch, generation, id }, BACKEND_US);
    if (answer.status === 'ok') return { status: 'ok', value: { workload, sequence: answer.value.sequence } };
    return {
      status: 'failed',
      code: 'failed',
      message: answer.status === 'refused' ? `${answer.code}: ${answer.message}` : `${node} does not answer`,
    };
  }

  private route({ service, name, generation }: Route, { operation }: UserRequest, workload: string): void {
    this.os.cross(routedBoundary, { service, name, operation, workload, generation });
  }
}

type Answer =
  | { readonly status: 'ok'; readonly value: UserResponse }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };
