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
  /** A new incarnation has started. */
  started?(process: Process): void;
  /** The boundaries that `crossed` is to be told of, asked once for each; all when absent. */
  sees?(boundary: Boundary): boolean;
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
  readonly durable: Observer[] = [];
  readonly emptied: Observer[] = [];
  readonly crashed: Observer[] = [];
  readonly started: Observer[] = [];
  readonly passed: Observer[] = [];
  readonly healed: Observer[] = [];
  private readonly all: Observer[] = [];
  private readonly hearing = new Map<Kind, readonly Observer[]>();
  private readonly seeing = new Map<Boundary, readonly Observer[]>();

  add(observer: Observer): void {
    this.all.push(observer);
    this.hearing.clear();
    this.seeing.clear();
    if (observer.stepped) this.stepped.push(observer);
    if (observer.durable) this.durable.push(observer);
    if (observer.emptied) this.emptied.push(observer);
    if (observer.crashed) this.crashed.push(observer);
    if (observer.started) this.started.push(observer);
    if (observer.passed) this.passed.push(observer);
    if (observer.healed) this.healed.push(observer);
  }

  /** Tells of a message that is handed to the network. */
  sent(from: Process, to: Process, kind: Kind, body: unknown): void {
    let hearing = this.hearing.get(kind);
    if (hearing === undefined) {
      hearing = this.all.filter((observer) => observer.sent !== undefined && (observer.hears?.(kind) ?? true));
      this.hearing.set(kind, hearing);
    }
    for (let i = 0; i < hearing.length; i++) hearing[i]?.sent?.(from, to, kind, body);
  }

  /** Tells of what crossed a boundary. */
  crossed(process: Process, boundary: Boundary, body: unknown): void {
    let seeing = this.seeing.get(boundary);
    if (seeing === undefined) {
      seeing = this.all.filter((observer) => observer.crossed !== undefined && (observer.sees?.(boundary) ?? true));
      this.seeing.set(boundary, seeing);
    }
    for (let i = 0; i < seeing.length; i++) seeing[i]?.crossed?.(process, boundary, body);
  }
}
