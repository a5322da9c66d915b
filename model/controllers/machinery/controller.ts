/**
 * The frame of a controller: informers keep its caches warm in every replica, an election lets one of them lead, and the leader's
 * workers take keys from a queue and bring what is towards what should be, over and over.
 */
import {
  ms,
  Panic,
  type Boot,
  type CallOutcome,
  type Co,
  type Micros,
  type Os,
  type Program,
  type Task,
} from '../../../sim/index.ts';
import { ApiClient, type OwnWrite } from '../../api/client/api-client.ts';
import type { Cache } from '../../api/client/cache.ts';
import { Informer, type Sighting } from '../../api/client/informer.ts';
import type { Fence, Resource, ResourceKind } from '../../api/resources/index.ts';
import type { Design } from '../../design.ts';
import { candidate, type Candidate } from './candidate.ts';
import { Expectations } from './expectations.ts';
import { keepCaches } from './kept-cache.ts';
import type { ControllerOptions } from './options.ts';
import type { OwnWrites } from './own-writes.ts';
import { ReadYourWrites } from './read-your-writes.ts';
import { WorkQueue } from './work-queue.ts';

/**
 * How work on a key ended. `done`: as it should be, until something changes. `retry`: soon again, with a growing pause.
 * `fenced`: somebody else leads. A number: look again after so many microseconds.
 */
export type Reconciled = 'done' | 'retry' | 'fenced' | Micros;

/**
 * Thrown by a logic that cannot make sense of an object. The key comes back with a growing pause, and all others are worked on
 * as usual. Any other error is a mistake of the program's and ends the run.
 */
export class Malformed extends Error {
  override name = 'Malformed';
}

/** What a controller has at hand. */
export interface ControllerTools {
  readonly os: Os;
  readonly client: ApiClient;
  readonly queue: WorkQueue;
  cache<K extends ResourceKind>(kind: K): Cache<K>;
}

/** What a controller is made of. All of it but `concerns` and `observed` runs in the leader alone. */
export interface ControllerLogic {
  /** Name of the role and of its Lease. */
  readonly role: string;
  /** What it keeps caches of. */
  readonly kinds: readonly ResourceKind[];
  /** Keys that may be worked on at the same time; 1 when absent. No key is ever worked on twice at a time. */
  readonly workers?: number;
  /**
   * The keys that need work when this object has changed, or is `gone`. Also asked of what the controller has written itself:
   * those keys wait until the caches show it.
   */
  concerns(object: Resource, gone: boolean): readonly string[];
  /**
   * Told of each change in every replica, before anything else. An object that was replaced by another of its name is told of as
   * gone first. With `finalStateKnown` false it was missed when it went.
   */
  observed?(object: Resource, gone: boolean, finalStateKnown: boolean): void;
  /** What a new leader does before anything else under its authority. */
  takeOver?(fence: Fence): Co<Reconciled>;
  /** Does what is to be done about a key. May be cancelled at any `yield*`, and must be safe to begin anew. */
  reconcile(key: string, fence: Fence): Co<Reconciled>;
  /** Runs beside the workers, as long as it leads. */
  background?(fence: Fence): Co<void>;
  inspect?(): unknown;
}

/** What a controller shows of itself. */
export interface ControllerInspection {
  readonly leading: Fence | null;
  readonly elector: unknown;
  readonly informers: readonly unknown[];
  readonly queued: number;
  /** How often work on a key ended because an object made no sense. */
  readonly malformed: number;
  readonly logic: unknown;
}

const TAKE_OVER_RETRY_US = ms(200);

/** A controller process around the logic that `make` returns. */
export function controller(options: ControllerOptions, make: (tools: ControllerTools) => ControllerLogic): Boot {
  return (os) => new Controller(os, options, make);
}

/** What an answer means for the work it was part of; for callers who cannot go on without a yes. */
export function reconciledBy(outcome: CallOutcome<unknown>): Reconciled {
  if (outcome.status === 'ok') return 'done';
  return outcome.status === 'refused' && outcome.code === 'fenced' ? 'fenced' : 'retry';
}

class Controller implements Program, ControllerTools {
  readonly os: Os;
  readonly client: ApiClient;
  readonly queue: WorkQueue;
  private readonly informers = new Map<ResourceKind, Informer<ResourceKind>>();
  private readonly elector: Candidate;
  private readonly logic: ControllerLogic;
  private readonly design: Design;
  /** Null where nothing keeps it from acting on a cache that lacks its own writes. */
  private readonly ownWrites: OwnWrites | null;
  private readonly crashesOnMalformed: boolean;
  private readonly mistakesReplaced: boolean;
  private malformed = 0;
  private work: Task<void>[] = [];

  constructor(os: Os, options: ControllerOptions, make: (tools: ControllerTools) => ControllerLogic) {
    const { design, defects, apiEndpoints } = options;
    this.os = os;
    this.design = design;
    this.client = new ApiClient(os, apiEndpoints, design, { wrote: (write, object) => this.wrote(write, object), defects });
    this.queue = new WorkQueue(os, defects);
    this.ownWrites = defects.has('no-read-your-writes') ? null : this.guardOf(options);
    this.crashesOnMalformed = defects.has('malformed-object-crashes');
    this.mistakesReplaced = defects.has('replaced-taken-for-same');
    this.logic = make(this);
    for (const kind of this.logic.kinds) {
      const changed = (object: Resource, gone: boolean, sighting: Sighting): void => this.sighted(object, gone, sighting);
      const advanced = (of: ResourceKind, relisted: boolean): void => this.ownWrites?.advanced(of, relisted);
      this.informers.set(kind, new Informer(os, { kind, client: this.client, design, defects, changed, advanced }));
    }
    this.elector = candidate(os, {
      role: this.logic.role,
      client: this.client,
      design,
      defects,
      elected: (fence) => this.spawn('lead', this.lead(fence)),
      deposed: () => this.stop(),
    });
  }

  start(): void {
    for (const informer of this.informers.values()) informer.start();
    this.elector.start();
    keepCaches(this.os, this.client, this.design, () => [...this.informers.values()].map(({ cache }) => cache));
  }

  inspect(): ControllerInspection {
    return {
      leading: this.elector.fence,
      elector: this.elector.inspect(),
      informers: [...this.informers.values()].map((informer) => informer.inspect()),
      queued: this.queue.length,
      malformed: this.malformed,
      logic: this.logic.inspect?.() ?? null,
    };
  }

  cache<K extends ResourceKind>(kind: K): Cache<K> {
    const informer = this.informers.get(kind);
    if (informer === undefined) throw new RangeError(`${this.logic.role} keeps no cache of ${kind}`);
    return informer.cache as unknown as Cache<K>;
  }

  private guardOf({ design, defects }: ControllerOptions): OwnWrites {
    const { os, queue } = this;
    const version = (kind: ResourceKind): number | null => this.informers.get(kind)?.version ?? null;
    const offer = (key: string): void => queue.add(key);
    if (design.ownWrites === 'versions') return new ReadYourWrites({ version, offer });
    const trustsExpired = defects.has('expectations-expire');
    const offerAfter = (key: string, delayUs: Micros): void => queue.addAfter(key, delayUs);
    const refresh = (kind: ResourceKind): void => this.informers.get(kind)?.refresh();
    return new Expectations({ os, version, offer, offerAfter, refresh, trustsExpired, expiryUs: design.expectationsUs });
  }

  private wrote(write: OwnWrite, answered: Resource | null): void {
    if (this.ownWrites === null || this.elector.fence === null) return;
    const cache = this.informers.get(write.kind)?.cache;
    const object = answered ?? cache?.get(write.name);
    if (cache === undefined || object === undefined) return;
    for (const key of this.logic.concerns(object, write.what === 'deleted')) this.ownWrites.wrote(key, write);
  }

  /** One change of a name may be two of objects: the one that bore it is gone, and another is there. */
  private sighted(object: Resource, gone: boolean, { before, finalStateKnown }: Sighting): void {
    if (!gone && before !== null && before.metadata.uid !== object.metadata.uid && !this.mistakesReplaced)
      this.changed(before, true, false);
    this.changed(object, gone, finalStateKnown);
  }

  private changed(object: Resource, gone: boolean, finalStateKnown: boolean): void {
    this.ownWrites?.observed(
      object.kind,
      object.metadata.uid,
      gone ? 'gone' : object.metadata.deletionUs === null ? 'there' : 'leaving',
    );
    this.logic.observed?.(object, gone, finalStateKnown);
    // Who does not lead has no work; who begins to looks at everything.
    if (this.elector.fence !== null) for (const key of this.logic.concerns(object, gone)) this.queue.add(key);
  }

  private *lead(fence: Fence): Co<void> {
    for (const informer of this.informers.values()) yield* informer.ready();
    yield* this.takeOver(fence);
    for (const informer of this.informers.values()) {
      for (const object of informer.cache.list()) for (const key of this.logic.concerns(object, false)) this.queue.add(key);
    }
    for (let worker = 0; worker < (this.logic.workers ?? 1); worker++) this.spawn('worker', this.worker(fence));
    if (this.logic.background !== undefined) this.spawn('background', this.logic.background(fence));
  }

  private *takeOver(fence: Fence): Co<void> {
    if (this.logic.takeOver === undefined) return;
    for (;;) {
      const result = yield* this.logic.takeOver(fence);
      if (result === 'done') return;
      if (result === 'fenced') this.elector.stepDown();
      yield* this.os.sleep(typeof result === 'number' ? result : TAKE_OVER_RETRY_US);
    }
  }

  private *worker(fence: Fence): Co<void> {
    for (;;) {
      const key = yield* this.queue.take();
      if (this.ownWrites?.admits(key) === false) {
        this.queue.done(key);
        continue;
      }
      const result = yield* this.reconcile(key, fence);
      // A refused token says for certain what the own clock could not.
      if (result === 'fenced') this.elector.stepDown();
      if (this.elector.fence !== fence) return;
      if (result === 'retry') {
        this.queue.retry(key);
      } else {
        this.queue.forget(key);
        if (typeof result === 'number') this.queue.addAfter(key, result);
      }
      this.queue.done(key);
    }
  }

  /** One object that makes no sense costs its own key, and no other. */
  private *reconcile(key: string, fence: Fence): Co<Reconciled> {
    try {
      return yield* this.logic.reconcile(key, fence);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.malformed++;
      if (this.crashesOnMalformed) throw new Panic(error.message);
      return 'retry';
    }
  }

  private spawn(name: string, body: Co<void>): void {
    this.work.push(this.os.spawn(`${this.logic.role}: ${name}`, body));
  }

  private stop(): void {
    for (const task of this.work) task.cancel();
    this.work = [];
    this.queue.reset();
    this.ownWrites?.reset();
  }
}
