/** Properties: claims about a run that are judged from what crosses its boundaries. */
import type { History } from './history.ts';
import type { Observer } from './observer.ts';
import type { Process } from '../process/process.ts';
import type { Micros } from '../time.ts';

/**
 * `always`: asserted at every step. `eventually`: reached after all faults have healed, within a bound.
 * `sometimes`: a probe that must be hit at least once over a swarm, else the swarm is blind there.
 */
export type PropertyKind = 'always' | 'eventually' | 'sometimes';

/** What a monitor may look at: read-only, and never a reason for anything to happen. */
export interface Scene {
  /** True time, which no process knows. */
  nowUs(): Micros;
  step(): number;
  processes(): readonly Process[];
  /** The view a process gives of itself (`Program.inspect`), or null when it is down. For `eventually` and `sometimes`. */
  inspect(process: string): unknown;
  /** Both run, and nothing between them is cut, in either direction. */
  connected(a: string, b: string): boolean;
  /** What clients asked and were told; `listen` to follow it. */
  history(): History;
}

export interface Monitor extends Observer {
  /**
   * What it shares with other properties of the run: each of these is told before it, and once, however many monitors name it.
   */
  readonly through?: readonly Observer[];
  /** `eventually`: what is still missing, in words, or null when the goal is reached. Asked after the heal, now and then. */
  pending?(): string | null;
  /**
   * Instead of `pending`, for a goal of many parts: each that is missing and what it waits for, in words, the most telling first;
   * none when the goal is reached. Mostly it is asked for the first one and no more. `isOver`: the run has come to its end, where
   * what had no time to come true is not missing.
   */
  waits?(isOver: boolean): Iterable<string>;
  /** `always`: the same judgement from scratch, over everything seen so far; in words, or null. Slow; tests compare it. */
  fullCheck?(): string | null;
}

/** How a monitor speaks. */
export interface Report {
  /** `always`: broken, here and now. Only the first violation of a run counts. */
  violated(message: string): void;
  /** `sometimes`: seen. */
  hit(): void;
}

export interface Property {
  /** `layer/name`, such as `raft/election-safety`. */
  readonly id: string;
  readonly kind: PropertyKind;
  /** One sentence that is true of a healthy system. */
  readonly title: string;
  /**
   * A monitor for one run. With `keepEvidence` it keeps all that `fullCheck` needs; without, it may forget.
   */
  monitor(report: Report, scene: Scene, keepEvidence: boolean): Monitor;
}

/** A property has thrown, wherever that happened: most are told of things from within the program that does them. */
export class PropertyError extends Error {
  override name = 'PropertyError';
  readonly property: string;

  constructor(property: string, cause: unknown) {
    super(`property ${property}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.property = property;
  }
}

export interface Violation {
  readonly property: string;
  readonly kind: PropertyKind;
  readonly step: number;
  readonly timeUs: Micros;
  readonly message: string;
}
