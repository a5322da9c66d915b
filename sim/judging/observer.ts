/** What can be seen of a run from outside. Observers never draw, schedule or change anything. */
import { EventType, type Outcome, type SimEvent } from '../event.ts';
import type { Fault } from '../faults/fault.ts';
import type { Kind } from '../kind.ts';
import type { Panic } from '../process/panic.ts';
import type { Process } from '../process/process.ts';
import { PropertyError } from './property.ts';
import type { Micros } from '../time.ts';

/**
 * A boundary inside the platform that properties watch, beside network and disk: a state machine applies an entry, a
 * client gets its answer, an outside system accepts an action. Made once at module level, compared by identity.
 */
export interface Boundary<B = unknown> {
  readonly name: string;
  /** One line in words. */
  describe(body: B): string;
}

export function boundary<B>(name: string, describe: (body: B) => string = () => name): Boundary<B> {
  return { name, describe };
}

export interface Observer {
  /** The types of events that `stepped` is to be told of, asked once for each; all when absent. */
  attends?(type: EventType): boolean;
  /** After each step. */
  stepped?(event: SimEvent, outcome: Outcome): void;
  /** The kinds of messages that `sent` is to be told of, asked once for each kind; all when absent. */
  hears?(kind: Kind): boolean;
  /** A message is handed to the network. */
  sent?(from: Process, to: Process, kind: Kind, body: unknown): void;
  /** Records of a file have become durable: the file now holds `records` from position `first` on, durable to its end. */
  durable?(process: Process, file: string, first: number, records: readonly unknown[]): void;
  /** The machine of a process, which is down, has another disk with nothing on it. */
  emptied?(process: Process): void;
  /** A process lost its memory; with `power` also its unsynced writes. */
  crashed?(process: Process, power: boolean): void;
  /** A process ends by itself, for this reason; `crashed` is called next. */
  panicked?(process: Process, panic: Panic): void;
  /** A new incarnation has started. */
  started?(process: Process): void;
  /** A fault begins; these are whom it names now. */
  struck?(fault: Fault, processes: readonly Process[]): void;
  /** The boundaries that `crossed` is to be told of, asked once for each; all when absent. */
  sees?(boundary: Boundary): boolean;
  /** Something crossed a boundary inside the platform. */
  crossed?(process: Process, boundary: Boundary, body: unknown): void;
  /**
   * Simulated time has passed; called before the first event of a new instant, at most once a step. Returns when it wants to be
   * called again, so that earlier instants cost no call; nothing means at the next one. The heal makes it due at once.
   */
  passed?(nowUs: Micros): Micros | void;
  /** All faults are over: from now on every `eventually` must come true. */
  healed?(nowUs: Micros): void;
}

type Listener<Method extends keyof Observer> = NonNullable<Observer[Method]>;

/** Somebody who is told of the time from `dueUs` on. */
interface Passing {
  readonly passed: Listener<'passed'>;
  dueUs: Micros;
}

/**
 * The observers of one run, sorted by what they listen to, so that a step calls nobody in vain. What is kept of
 * each is the method itself, bound to it: observers are of many shapes, and to look a method up at every call
 * would cost more than most of them do.
 */
export class Observers {
  readonly durable: Listener<'durable'>[] = [];
  readonly emptied: Listener<'emptied'>[] = [];
  readonly crashed: Listener<'crashed'>[] = [];
  readonly panicked: Listener<'panicked'>[] = [];
  readonly started: Listener<'started'>[] = [];
  readonly struck: Listener<'struck'>[] = [];
  /** Earlier than this nobody has to be told of the time. */
  passesAtUs: Micros = Number.POSITIVE_INFINITY;
  private readonly passing: Passing[] = [];
  private readonly healing: Listener<'healed'>[] = [];
  private readonly all: Observer[] = [];
  /** The properties that observers, and listeners of theirs, belong to. */
  private readonly owners = new Map<unknown, string>();
  /** By type of event. */
  private readonly attending: readonly Listener<'stepped'>[][] = Object.values(EventType).map(() => []);
  private readonly hearing = new Map<Kind, readonly Listener<'sent'>[]>();
  private readonly seeing = new Map<Boundary, readonly Listener<'crossed'>[]>();

  /** `property`: whom to blame for what it throws. */
  add(observer: Observer, property?: string): void {
    if (property !== undefined) this.owners.set(observer, property);
    this.all.push(observer);
    this.hearing.clear();
    this.seeing.clear();
    this.attend(observer);
    if (observer.durable) this.durable.push(this.answered(observer, observer.durable.bind(observer)));
    if (observer.emptied) this.emptied.push(this.answered(observer, observer.emptied.bind(observer)));
    if (observer.crashed) this.crashed.push(this.answered(observer, observer.crashed.bind(observer)));
    if (observer.panicked) this.panicked.push(this.answered(observer, observer.panicked.bind(observer)));
    if (observer.started) this.started.push(this.answered(observer, observer.started.bind(observer)));
    if (observer.struck) this.struck.push(this.answered(observer, observer.struck.bind(observer)));
    if (observer.passed) {
      this.passing.push({ passed: this.answered(observer, observer.passed.bind(observer)), dueUs: 0 });
      this.passesAtUs = 0;
    }
    if (observer.healed) this.healing.push(this.answered(observer, observer.healed.bind(observer)));
  }

  /** Adds one that several others build on, unless it is there. */
  share(observer: Observer, property?: string): void {
    if (!this.all.includes(observer)) this.add(observer, property);
  }

  /** A listener that answers for what it throws by the name of its property. For what happens seldom. */
  private answered<A extends readonly unknown[], R>(observer: Observer, listener: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      try {
        return listener(...args);
      } catch (error) {
        throw this.blamed(observer, error);
      }
    };
  }

  /** The same of what happens at every step, where each call counts: whoever calls it catches what it throws. */
  private owned<F>(observer: Observer, listener: F): F {
    const owner = this.owners.get(observer);
    if (owner !== undefined) this.owners.set(listener, owner);
    return listener;
  }

  private blamed(owned: unknown, error: unknown): Error {
    const owner = this.owners.get(owned);
    return owner === undefined || error instanceof PropertyError ? (error as Error) : new PropertyError(owner, error);
  }

  private attend(observer: Observer): void {
    if (!observer.stepped) return;
    const stepped = this.owned(observer, observer.stepped.bind(observer));
    for (const type of Object.values(EventType)) if (observer.attends?.(type) ?? true) this.attending[type]?.push(stepped);
  }

  /** Tells of the time. */
  passed(nowUs: Micros): void {
    let nextUs = Number.POSITIVE_INFINITY;
    for (const each of this.passing) {
      if (nowUs >= each.dueUs) each.dueUs = each.passed(nowUs) ?? 0;
      if (each.dueUs < nextUs) nextUs = each.dueUs;
    }
    this.passesAtUs = nextUs;
  }

  /** Tells of the heal. */
  healed(nowUs: Micros): void {
    for (const healed of this.healing) healed(nowUs);
    for (const each of this.passing) each.dueUs = 0;
    this.passesAtUs = 0;
  }

  /** Tells of a step. */
  stepped(event: SimEvent, outcome: Outcome): void {
    const attending = this.attending[event.type] as readonly Listener<'stepped'>[];
    let i = 0;
    try {
      for (; i < attending.length; i++) (attending[i] as Listener<'stepped'>)(event, outcome);
    } catch (error) {
      throw this.blamed(attending[i], error);
    }
  }

  /** Tells of a message that is handed to the network. */
  sent(from: Process, to: Process, kind: Kind, body: unknown): void {
    let hearing = this.hearing.get(kind);
    if (hearing === undefined) {
      hearing = this.all.flatMap((observer) =>
        observer.sent !== undefined && (observer.hears?.(kind) ?? true)
          ? [this.owned(observer, observer.sent.bind(observer))]
          : [],
      );
      this.hearing.set(kind, hearing);
    }
    let i = 0;
    try {
      for (; i < hearing.length; i++) (hearing[i] as Listener<'sent'>)(from, to, kind, body);
    } catch (error) {
      throw this.blamed(hearing[i], error);
    }
  }

  /** Tells of what crossed a boundary. */
  crossed(process: Process, boundary: Boundary, body: unknown): void {
    let seeing = this.seeing.get(boundary);
    if (seeing === undefined) {
      seeing = this.all.flatMap((observer) =>
        observer.crossed !== undefined && (observer.sees?.(boundary) ?? true)
          ? [this.owned(observer, observer.crossed.bind(observer))]
          : [],
      );
      this.seeing.set(boundary, seeing);
    }
    let i = 0;
    try {
      for (; i < seeing.length; i++) (seeing[i] as Listener<'crossed'>)(process, boundary, body);
    } catch (error) {
      throw this.blamed(seeing[i], error);
    }
  }
}
