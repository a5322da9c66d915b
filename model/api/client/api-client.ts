/** A program's way to the API: typed calls as coroutines, over one connection at a time to one of the servers. */
import {
  Channel,
  ms,
  type CallOutcome,
  type ClientStream,
  type Co,
  type Method,
  type Micros,
  type Os,
} from '../../../sim/index.ts';
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
  type DeleteResponse,
  type GetConsistency,
  type ListConsistency,
  type ListResponse,
  type Propagation,
  type ResourceEvent,
} from '../methods.ts';
import { nearestFirst } from '../nearest.ts';
import type {
  Declared,
  Fence,
  OutsideContent,
  OutsideKind,
  OwnMetadata,
  Resource,
  ResourceKind,
  Spec,
  Status,
} from '../resources/index.ts';
import { noDefects, type DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';

/** What an update changes; what is left out stays. The status is written by itself. */
export interface Change<K extends ResourceKind> {
  readonly spec?: Declared<K>;
  readonly metadata?: OwnMetadata;
  readonly fence?: Fence | null;
}

/** What must be true of an object for its deletion, and how it is to go. */
export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: number;
  readonly propagation?: Propagation;
  /** How long whoever runs it may take; 0 removes it whatever still runs. */
  readonly graceUs?: Micros;
  readonly fence?: Fence | null;
}

const RECONNECT_US = ms(100);

/** A write that the API has confirmed. */
export interface OwnWrite {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Empty when the answer does not tell. */
  readonly uid: string;
  /** At which the store has it. */
  readonly resourceVersion: number;
  /** `leaving`: it is marked for deletion, and goes when it has ended. */
  readonly what: 'created' | 'updated' | 'leaving' | 'deleted';
}

/** Told of each write that the API has confirmed, but for renewals. Of a deletion the answer does not show the object. */
export type WriteListener = (write: OwnWrite, object: Resource | null) => void;

export interface ApiClientOptions {
  readonly wrote?: WriteListener;
  readonly defects?: DefectSet;
}

export class ApiClient {
  private readonly os: Os;
  private readonly channel: Channel;
  private readonly requestUs: Micros;
  private readonly wrote: WriteListener | null;
  private readonly comesBackAtOnce: boolean;

  /** Servers of the process's own region come first. */
  constructor(os: Os, endpoints: readonly string[], design: Design, { wrote, defects = noDefects }: ApiClientOptions = {}) {
    this.os = os;
    this.wrote = wrote ?? null;
    this.comesBackAtOnce = defects.has('come-back-at-once');
    this.channel = new Channel(os, nearestFirst(endpoints, os.region), { reconnectUs: RECONNECT_US, rotateOnDeadline: true });
    this.requestUs = design.apiRequestUs;
  }

  /** The server in use or being tried. */
  get endpoint(): string {
    return this.channel.endpoint;
  }

  get connected(): boolean {
    return this.channel.connected;
  }

  /**
   * A server that has too much to do says when to come back, and has done nothing (client-go's `Retry-After`): that is waited
   * for, and a little more, lest all come back together.
   */
  private *ask<Request, Response>(
    what: Method<Request, Response>,
    request: Request,
    timeoutUs: Micros,
  ): Co<CallOutcome<Response>> {
    const untilUs = this.os.monotonicUs() + timeoutUs;
    for (let leftUs = timeoutUs; ;) {
      const outcome = yield* this.channel.call(what, request, leftUs);
      if (outcome.status !== 'refused' || outcome.retryAfterUs === undefined) return outcome;
      const pauseUs = this.comesBackAtOnce
        ? 0
        : outcome.retryAfterUs + this.os.random('retry-after').below(outcome.retryAfterUs + 1);
      if (this.os.monotonicUs() + pauseUs >= untilUs) return outcome;
      yield* this.os.sleep(pauseUs);
      leftUs = untilUs - this.os.monotonicUs();
      // Whoever was paused itself has slept for longer than it meant to.
      if (leftUs <= 0) return outcome;
    }
  }

  /** `resourceVersion` is for `not-older`. Who cannot wait for as long as others gives a time of its own. */
  get<K extends ResourceKind>(
    kind: K,
    name: string,
    consistency: GetConsistency = 'linearizable',
    resourceVersion = 0,
    timeoutUs = this.requestUs,
  ): Co<CallOutcome<Resource<K>>> {
    return this.ask(getMethod, { kind, name, consistency, resourceVersion }, timeoutUs) as Co<CallOutcome<Resource<K>>>;
  }

  /** `resourceVersion` is for `not-older` and `exact`. */
  list(kind: ResourceKind, consistency: ListConsistency = 'linearizable', resourceVersion = 0): Co<CallOutcome<ListResponse>> {
    return this.ask(listMethod, { kind, consistency, resourceVersion }, this.requestUs);
  }

  /** One page of at most `limit` objects; the first one as the store is now, a later one of that same state. */
  page(kind: ResourceKind, limit: number, continueFrom = ''): Co<CallOutcome<ListResponse>> {
    return this.ask(listMethod, { kind, limit, continueFrom }, this.requestUs);
  }

  create<K extends ResourceKind>(
    kind: K,
    name: string,
    spec: Declared<K>,
    fence: Fence | null = null,
    metadata: OwnMetadata = {},
  ): Co<CallOutcome<Resource<K>>> {
    const asked = this.ask(createMethod, { kind, name, spec, metadata, fence }, this.requestUs) as Co<CallOutcome<Resource<K>>>;
    return this.wrote === null ? asked : this.noted(asked, 'created');
  }

  /** With `resourceVersion` 0 whatever stands there is changed. */
  update<K extends ResourceKind>(
    kind: K,
    name: string,
    resourceVersion: number,
    change: Change<K>,
  ): Co<CallOutcome<Resource<K>>> {
    const { spec = null, metadata = null, fence = null } = change;
    const request = { kind, name, resourceVersion, spec, metadata, fence };
    const asked = this.ask(updateMethod, request, this.requestUs) as Co<CallOutcome<Resource<K>>>;
    return this.wrote === null ? asked : this.noted(asked, 'updated');
  }

  /** Writes an observation, where a design places its class in consensus. */
  record(kind: OutsideKind, name: string, spec: OutsideContent): Co<CallOutcome<{ readonly resourceVersion: number }>> {
    return this.ask(recordMethod, { kind, name, spec }, this.requestUs);
  }

  /** With `resourceVersion` 0 whatever stands there is given this status. */
  updateStatus<K extends ResourceKind>(
    kind: K,
    name: string,
    resourceVersion: number,
    status: Status<K>,
    fence: Fence | null = null,
  ): Co<CallOutcome<Resource<K>>> {
    const asked = this.ask(statusMethod, { kind, name, resourceVersion, status, fence }, this.requestUs) as Co<
      CallOutcome<Resource<K>>
    >;
    return this.wrote === null ? asked : this.noted(asked, 'updated');
  }

  readRecord(kind: OutsideKind, name: string): Co<CallOutcome<OutsideContent>> {
    return this.ask(readRecordMethod, { kind, name }, this.requestUs);
  }

  /** Renews or takes a Lease. The deadline is the caller's, because its claim to lead depends on it. */
  renew(name: string, resourceVersion: number, spec: Spec<'Lease'>, deadlineUs: Micros): Co<CallOutcome<Resource<'Lease'>>> {
    const request = { kind: 'Lease', name, resourceVersion, spec, metadata: null, fence: null } as const;
    return this.ask(leaseMethod, request, deadlineUs) as Co<CallOutcome<Resource<'Lease'>>>;
  }

  *delete(kind: ResourceKind, name: string, options: DeleteOptions = {}): Co<CallOutcome<DeleteResponse>> {
    const { uid = '', resourceVersion = 0, propagation = null, graceUs = null, fence = null } = options;
    const outcome = yield* this.ask(
      deleteMethod,
      { kind, name, uid, resourceVersion, propagation, graceUs, fence },
      this.requestUs,
    );
    if (outcome.status === 'ok') {
      // What waits for somebody stands there still, marked.
      const what = outcome.value.gone ? 'deleted' : 'leaving';
      this.wrote?.({ kind, name, uid, resourceVersion: outcome.value.resourceVersion, what }, null);
    }
    return outcome;
  }

  private *noted<K extends ResourceKind>(
    asked: Co<CallOutcome<Resource<K>>>,
    what: OwnWrite['what'],
  ): Co<CallOutcome<Resource<K>>> {
    const outcome = yield* asked;
    if (outcome.status === 'ok') {
      const { kind, metadata } = outcome.value;
      this.wrote?.(
        { kind, name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion, what },
        outcome.value,
      );
    }
    return outcome;
  }

  /** Changes after a version, or null while no server is connected. */
  watch(kind: ResourceKind, resourceVersion: number): ClientStream<ResourceEvent> | null {
    return this.channel.stream(watchResourcesMethod, { kind, resourceVersion });
  }

  /** Waits until a server is connected; false after `timeoutUs`. */
  ready(timeoutUs: Micros): Co<boolean> {
    return this.channel.ready(timeoutUs);
  }

  /** Goes on to the next server, if this is still the one in use. */
  leave(endpoint: string): void {
    this.channel.leave(endpoint);
  }
}
