/** What can be seen of a run from outside. Observers never draw, schedule or change anything (design §2.6). */
import type { Outcome, SimEvent } from './event.ts';
import type { Kind } from './kind.ts';
import type { Process } from './process.ts';
import type { Micros } from './time.ts';

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
  /** After each step. */
  stepped?(event: SimEvent, outcome: Outcome): void;
  /** A message is handed to the network. */
  sent?(from: Process, to: Process, kind: Kind, body: unknown): void;
  /** Records of a file have become durable: the file now holds `records` from position `first` on, durable to its end. */
  durable?(process: Process, file: string, first: number, records: readonly unknown[]): void;
  /** A process lost its memory; with `power` also its unsynced writes. */
  crashed?(process: Process, power: boolean): void;
  /** A new incarnation has started. */
  started?(process: Process): void;
  /** Something crossed a boundary inside the platform. */
  crossed?(process: Process, boundary: Boundary, body: unknown): void;
  /** Simulated time has passed; called before the first event of a new instant, at most once a step. */
  passed?(nowUs: Micros): void;
  /** All faults are over: from now on every `eventually` must come true. */
  healed?(nowUs: Micros): void;
}

/** The observers of one run, sorted by what they listen to, so that a step calls nobody in vain. */
export class Observers {
  readonly stepped: Observer[] = [];
  readonly sent: Observer[] = [];
  readonly durable: Observer[] = [];
  readonly crashed: Observer[] = [];
  readonly started: Observer[] = [];
  readonly crossed: Observer[] = [];
  readonly passed: Observer[] = [];
  readonly healed: Observer[] = [];

  add(observer: Observer): void {
    if (observer.stepped) this.stepped.push(observer);
    if (observer.sent) this.sent.push(observer);
    if (observer.durable) this.durable.push(observer);
    if (observer.crashed) this.crashed.push(observer);
    if (observer.started) this.started.push(observer);
    if (observer.crossed) this.crossed.push(observer);
    if (observer.passed) this.passed.push(observer);
    if (observer.healed) this.healed.push(observer);
  }
}
