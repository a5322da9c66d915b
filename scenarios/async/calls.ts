/** The calls and watches of a controller: coroutines here, whose ends settle its promises. */
import type { Change, DeleteOptions, ApiClient } from '../../model/api/client/api-client.ts';
import type { ListConsistency, ResourceEvent } from '../../model/api/methods.ts';
import type { Declared, Fence, OwnMetadata, ResourceKind, Status } from '../../model/api/resources/index.ts';
import { balancersMethod, provisionMethod, releaseMethod, sealMethod } from '../../model/outside/cloud-methods.ts';
import { Channel, seconds, Signal, type CallOutcome, type ClientStream, type Co, type Method, type Os } from '../../sim/index.ts';
import type { Failed, HostWatch, Settle } from './bridge.ts';
import { plainCopy } from './plain.ts';

export interface CallsOptions {
  readonly client: ApiClient;
  /** Name of the external provider's process. */
  readonly cloud: string | null;
  /** Runs what settles a promise. */
  readonly wake: (action: () => void) => void;
}

type Parameters = readonly unknown[];
type Call = (parameters: Parameters) => Co<CallOutcome<unknown>>;

/** How long one goes on waiting for a stream that is silent, before it waits on. */
const SILENCE_US = seconds(10);
/** How long an answer of the provider's is waited for. */
const CLOUD_REQUEST_US = seconds(2);

export class Calls {
  /** Under way. */
  calls = 0;
  /** Open. */
  watches = 0;
  private readonly os: Os;
  private readonly options: CallsOptions;
  private readonly byName: ReadonlyMap<string, Call>;

  constructor(os: Os, options: CallsOptions) {
    this.os = os;
    this.options = options;
    this.byName = new Map<string, Call>([...apiCalls(options.client), ...cloudCalls(os, options)]);
  }

  get methods(): readonly string[] {
    return [...this.byName.keys()];
  }

  call(name: string, parameters: Parameters, settle: Settle): void {
    const method = this.byName.get(name) as Call;
    let body: Co<CallOutcome<unknown>>;
    try {
      body = method(plainCopy(parameters, name) as Parameters);
    } catch (error) {
      settle({ code: 'invalid', message: (error as Error).message }, null);
      return;
    }
    this.spawn(name, body, (outcome) => {
      const failed = failureOf(outcome);
      settle(failed, outcome.status === 'ok' ? outcome.value : null);
    });
  }

  watch(kind: unknown, resourceVersion: unknown): HostWatch {
    this.watches++;
    const events = new Events(this.options.client, kind as ResourceKind, Number(resourceVersion));
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      this.watches--;
      events.cancel();
    };
    return {
      next: (settle) => {
        this.spawn('watch', events.next(), (next) => {
          if ('failed' in next) close();
          settle('failed' in next ? next.failed : null, 'failed' in next ? null : next.event);
        });
      },
      cancel: close,
    };
  }

  private spawn<T>(name: string, body: Co<T>, settled: (value: T) => void): void {
    this.calls++;
    this.os.spawn(name, body, (value) => {
      this.options.wake(() => {
        this.calls--;
        settled(value);
      });
    });
  }
}

/** One watch of the API, from which one event at a time is taken. */
class Events {
  private readonly client: ApiClient;
  private readonly kind: ResourceKind;
  private readonly resourceVersion: number;
  private readonly cancelled = new Signal();
  private isCancelled = false;
  private stream: ClientStream<ResourceEvent> | null = null;

  constructor(client: ApiClient, kind: ResourceKind, resourceVersion: number) {
    this.client = client;
    this.kind = kind;
    this.resourceVersion = resourceVersion;
  }

  cancel(): void {
    this.isCancelled = true;
    this.stream?.cancel();
    this.cancelled.notify();
  }

  *next(): Co<{ readonly event: ResourceEvent } | { readonly failed: Failed }> {
    while (this.stream === null) {
      if (this.isCancelled) return ENDED;
      if (yield* this.client.ready(SILENCE_US)) this.stream = this.client.watch(this.kind, this.resourceVersion);
    }
    for (;;) {
      if (this.isCancelled) return ENDED;
      const next = yield* this.stream.next(SILENCE_US);
      if (next.type === 'item') return { event: next.item };
      if (next.type === 'end') return { failed: { code: next.code.replace(' ', '-'), message: next.message } };
    }
  }
}

const ENDED = { failed: { code: 'ended', message: 'the watch was ended by its consumer' } } as const;

function failureOf(outcome: CallOutcome<unknown>): Failed | null {
  switch (outcome.status) {
    case 'ok':
      return null;
    case 'refused':
      return { code: outcome.code, message: outcome.message };
    case 'unavailable':
      return { code: 'unavailable', message: 'the request never left: no server was reached in time' };
    case 'unknown':
      return { code: 'unknown', message: `${outcome.reason}: it may have taken effect, or may yet` };
  }
}

function apiCalls(client: ApiClient): Iterable<[string, Call]> {
  // What a controller passes is the API's to check, which refuses what is wrong.
  return Object.entries({
    'client.get': ([kind, name]) => client.get(kind as ResourceKind, name as string),
    'client.list': ([kind, consistency]) => client.list(kind as ResourceKind, consistency as ListConsistency | undefined),
    'client.create': ([kind, name, spec, options]) => {
      const { fence = null, metadata = {} } = (options ?? {}) as {
        readonly fence?: Fence | null;
        readonly metadata?: OwnMetadata;
      };
      return client.create(kind as ResourceKind, name as string, spec as Declared<ResourceKind>, fence, metadata);
    },
    'client.update': ([kind, name, resourceVersion, change]) =>
      client.update(kind as ResourceKind, name as string, Number(resourceVersion), (change ?? {}) as Change<ResourceKind>),
    'client.updateStatus': ([kind, name, resourceVersion, status, fence]) =>
      client.updateStatus(
        kind as ResourceKind,
        name as string,
        Number(resourceVersion),
        status as Status<ResourceKind>,
        (fence ?? null) as Fence | null,
      ),
    'client.delete': ([kind, name, options]) =>
      client.delete(kind as ResourceKind, name as string, (options ?? {}) as DeleteOptions),
  } satisfies Record<string, Call>);
}

function cloudCalls(os: Os, { cloud }: CallsOptions): Iterable<[string, Call]> {
  let channel: Channel | null = null;
  const call =
    <Request>(method: Method<Request, unknown>): Call =>
    ([request]) => {
      if (cloud === null) throw new TypeError('the scenario names no cloud: asyncController({ cloud: CLOUD, … })');
      channel ??= new Channel(os, [cloud]);
      return channel.call(method, (request ?? null) as Request, CLOUD_REQUEST_US);
    };
  return Object.entries({
    'cloud.seal': call(sealMethod),
    'cloud.provision': call(provisionMethod),
    'cloud.release': call(releaseMethod),
    'cloud.balancers': call(balancersMethod),
  });
}
