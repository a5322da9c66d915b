/** A client of the store: calls that say what is known afterwards, and watches, over one member's connection at a time. */
import {
  Channel,
  ms,
  type CallOutcome,
  type ClientStream,
  type Co,
  type Method,
  type Micros,
  type Operation,
  type Os,
} from '../../../sim/index.ts';
import { noDefects, type DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { ClientSession } from './client-session.ts';
import { ClientWatches, type WatchEnd } from './client-watches.ts';
import { hostErrorOf } from '../member/host-errors.ts';
import {
  alarmMethod,
  compactMethod,
  deleteMethod,
  keepAliveMethod,
  leaseGrantMethod,
  leaseLeasesMethod,
  leaseRevokeMethod,
  leaseTimeToLiveMethod,
  putMethod,
  rangeMethod,
  registerClientMethod,
  txnMethod,
  type KeepAliveRequest,
  type KeepAliveResponse,
  type Mutation,
  type WatchItem,
} from '../member/methods.ts';
import {
  compact,
  isReadOnly,
  type AlarmRequest,
  type AlarmResponse,
  type CompactRequest,
  type CompactResponse,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type LeaseGrantRequest,
  type LeaseGrantResponse,
  type LeaseLeasesRequest,
  type LeaseLeasesResponse,
  type LeaseRevokeRequest,
  type LeaseRevokeResponse,
  type LeaseTimeToLiveRequest,
  type LeaseTimeToLiveResponse,
  type MutatingRequest,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type RegisterClientResponse,
  type TxnRequest,
  type TxnResponse,
} from '../machine/requests.ts';
import type { WatchRequest } from '../watch/watch-requests.ts';

export interface StoreClientOptions {
  /** Record every call in `os.history`, under the name of its method: for clients that stand outside the platform. */
  readonly recorded?: boolean;
  /** Position of the endpoint to begin with. */
  readonly first?: number;
  readonly defects?: DefectSet;
}

/** What a recorded mutation keeps as its input; a read keeps `{ request }`. */
export type RecordedInput = Mutation<MutatingRequest>;

/** Pause before a call is tried again that may be. */
const RETRY_US = ms(50);

export class StoreClient {
  private readonly os: Os;
  private readonly requestUs: Micros;
  private readonly recorded: boolean;
  private readonly endpoints: readonly string[];
  private readonly channel: Channel;
  private readonly staysWhenRefused: boolean;
  private watches: ClientWatches | null = null;
  /** Keeps ids apart between clients and incarnations. */
  private readonly idPrefix: string;
  /** Null where the store knows none, as etcd. */
  private readonly session: ClientSession | null;
  private nextId = 1;

  /** `endpoints` are the names of members, the preferred one first. */
  constructor(os: Os, endpoints: readonly string[], design: Design, options: StoreClientOptions = {}) {
    this.os = os;
    this.requestUs = design.storeRequestUs;
    this.recorded = options.recorded ?? false;
    const { first = 0, defects = noDefects } = options;
    this.endpoints = [...endpoints.slice(first), ...endpoints.slice(0, first)];
    this.staysWhenRefused = defects.has('client-stays-with-who-refuses');
    this.channel = new Channel(os, this.endpoints, { rotateOnDeadline: !this.staysWhenRefused });
    this.idPrefix = `${os.name}/${os.incarnation}/${(os.random('store-session').int32() >>> 0).toString(16)}`;
    const register = (timeoutUs: Micros): Co<CallOutcome<RegisterClientResponse>> => this.register(timeoutUs);
    this.session =
      design.clientSessions === 0 ? null : new ClientSession({ os, requestUs: this.requestUs, retryUs: RETRY_US, register });
  }

  /** The member in use or being tried. */
  get endpoint(): string {
    return this.channel.endpoint;
  }

  /** Reads; tried again at other members until the deadline, since it changes nothing. */
  range(request: RangeRequest): Co<CallOutcome<RangeResponse>> {
    return this.told(rangeMethod.name, { request }, this.read(rangeMethod, request));
  }

  put(request: PutRequest): Co<CallOutcome<PutResponse>> {
    return this.mutate(putMethod, request);
  }

  delete(request: DeleteRangeRequest): Co<CallOutcome<DeleteRangeResponse>> {
    return this.mutate(deleteMethod, request);
  }

  /** One that cannot write is tried again like a range. */
  txn(request: TxnRequest): Co<CallOutcome<TxnResponse>> {
    if (!isReadOnly(request)) return this.mutate(txnMethod, request);
    const body = { id: this.requestId(), request };
    return this.told(txnMethod.name, body, this.read(txnMethod, body));
  }

  compact(revision: number): Co<CallOutcome<CompactResponse>> {
    return this.mutate<CompactRequest, CompactResponse>(compactMethod, compact(revision));
  }

  /** Lists the alarms of a kind, raises one, or takes it back. */
  alarm(action: AlarmRequest['action'], alarm: AlarmRequest['alarm'] = 'none', member = 0): Co<CallOutcome<AlarmResponse>> {
    return this.mutate<AlarmRequest, AlarmResponse>(alarmMethod, { kind: 'alarm', action, member, alarm });
  }

  /** With id 0 the member chooses one. */
  leaseGrant(ttlUs: Micros, id = 0): Co<CallOutcome<LeaseGrantResponse>> {
    return this.mutate<LeaseGrantRequest, LeaseGrantResponse>(leaseGrantMethod, { kind: 'leaseGrant', id, ttlUs });
  }

  leaseRevoke(id: number): Co<CallOutcome<LeaseRevokeResponse>> {
    return this.mutate<LeaseRevokeRequest, LeaseRevokeResponse>(leaseRevokeMethod, { kind: 'leaseRevoke', id });
  }

  /** What is left of a lease; `ttlUs` −1 when there is none of that id. */
  leaseTimeToLive(id: number, keys = false): Co<CallOutcome<LeaseTimeToLiveResponse>> {
    const request: LeaseTimeToLiveRequest = { kind: 'leaseTimeToLive', id, keys };
    return this.told(leaseTimeToLiveMethod.name, { request }, this.read(leaseTimeToLiveMethod, request));
  }

  /** The leases that the member in use knows of. */
  leases(): Co<CallOutcome<LeaseLeasesResponse>> {
    const request: LeaseLeasesRequest = { kind: 'leaseLeases' };
    return this.told(leaseLeasesMethod.name, { request }, this.read(leaseLeasesMethod, request));
  }

  /** Renews a lease for its full TTL; `ttlUs` 0 in the answer means that it is gone. */
  keepAlive(id: number): Co<CallOutcome<KeepAliveResponse>> {
    const request: KeepAliveRequest = { id };
    return this.told(keepAliveMethod.name, { request }, this.once(keepAliveMethod, request, this.requestUs));
  }

  /** See {@link ClientWatches.open}. */
  watch(request: WatchRequest, window?: number): ClientStream<WatchItem> | null {
    return this.ownWatches().open(request, window);
  }

  /** See {@link ClientWatches.follow}. */
  watchFrom(
    request: WatchRequest,
    take: (item: WatchItem) => Co<boolean> | boolean,
    window?: number,
    opened?: (watch: string) => void,
  ): Co<WatchEnd> {
    return this.ownWatches().follow(request, take, window, opened);
  }

  /** See {@link ClientWatches.askProgress}. */
  askWatchProgress(watch: string): Co<CallOutcome<null>> {
    return this.ownWatches().askProgress(watch);
  }

  /** See {@link ClientWatches.waitUntilTold}. */
  watchUntil(request: WatchRequest, revision: number): Co<CallOutcome<number>> {
    return this.told('store/watch-until', { request, revision }, this.ownWatches().waitUntilTold(request, revision));
  }

  close(): void {
    this.channel.close();
    this.watches?.close();
  }

  /** Made at the first watch. */
  private ownWatches(): ClientWatches {
    this.watches ??= new ClientWatches(this.os, this.endpoints, this.requestUs);
    return this.watches;
  }

  private requestId(): string {
    return `${this.idPrefix}-${this.nextId++}`;
  }

  /**
   * Outside of a session it is never sent twice: without an answer nobody knows whether the first one took effect,
   * and the store takes no notice of ids.
   */
  private mutate<Request extends MutatingRequest, Response>(
    what: Method<Mutation<Request>, Response>,
    request: Request,
  ): Co<CallOutcome<Response>> {
    const body = { id: this.requestId(), request };
    const call =
      this.session === null
        ? this.once(what, body, this.requestUs)
        : this.session.carryOut((session, timeoutUs) => this.once(what, { ...body, session }, timeoutUs));
    return this.told(what.name, body, call);
  }

  private register(timeoutUs: Micros): Co<CallOutcome<RegisterClientResponse>> {
    return this.once(
      registerClientMethod,
      { id: this.requestId(), request: { kind: 'registerClient', sessionsMax: 0 } },
      timeoutUs,
    );
  }

  private *read<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    const deadlineUs = this.os.monotonicUs() + this.requestUs;
    for (;;) {
      const leftUs = deadlineUs - this.os.monotonicUs();
      // Half the time for each attempt leaves room for a second one elsewhere.
      const outcome = yield* this.once(what, request, Math.max(1, Math.min(leftUs, Math.ceil(this.requestUs / 2))));
      if (outcome.status === 'ok' || outcome.status === 'refused') return outcome;
      if (this.os.monotonicUs() + RETRY_US >= deadlineUs) return outcome;
      yield* this.os.sleep(RETRY_US);
    }
  }

  private *once<Request, Response>(
    what: Method<Request, Response>,
    request: Request,
    timeoutUs: Micros,
  ): Co<CallOutcome<Response>> {
    const outcome = yield* this.channel.call(what, request, timeoutUs);
    if (outcome.status !== 'refused') return outcome;
    const hostError = hostErrorOf(outcome.code);
    if (hostError === undefined) return outcome;
    if (!this.staysWhenRefused) this.channel.rotate();
    return hostError.definite ? { status: 'unavailable' } : { status: 'unknown', reason: 'deadline' };
  }

  private told<T>(name: string, input: unknown, call: Co<CallOutcome<T>>): Co<CallOutcome<T>> {
    return this.recorded ? this.record(name, input, call) : call;
  }

  private *record<T>(name: string, input: unknown, call: Co<CallOutcome<T>>): Co<CallOutcome<T>> {
    const { history } = this.os;
    const operation = history.invoke(this.os.name, name, input);
    try {
      const outcome = yield* call;
      settle(history, operation, outcome);
      return outcome;
    } finally {
      // Who is cancelled while it waits never learns what became of its request.
      if (operation.status === 'pending') history.settle(operation, 'info', 'cancelled');
    }
  }
}

function settle(history: Os['history'], operation: Operation, outcome: CallOutcome<unknown>): void {
  switch (outcome.status) {
    case 'ok':
      history.settle(operation, 'ok', outcome.value);
      return;
    case 'refused':
      history.settle(operation, 'fail', outcome.code);
      return;
    case 'unavailable':
      history.settle(operation, 'fail', 'unavailable');
      return;
    case 'unknown':
      history.settle(operation, 'info', outcome.reason);
  }
}
