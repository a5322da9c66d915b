/** The window in which a fault pattern strikes: from when until when, whom it may hit, and the unit of its times. */
import type { Fault, FaultGroup, Micros, Stream } from '../../sim/index.ts';

/** What a pattern draws its faults from. */
export interface PatternWindow {
  readonly stream: Stream;
  /** Draws what is particular about its faults. */
  readonly details: Stream;
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  /** Unit of pauses and durations: an election timeout, or several. */
  readonly unitUs: Micros;
  readonly members: readonly string[];
  /** Those of them with whom the group began. */
  readonly founders: readonly string[];
  /** When the group is to be changed. */
  readonly changesUs: readonly Micros[];
  readonly clients: readonly string[];
  readonly groups: readonly FaultGroup[];
}

/** A way in which faults follow each other, such as leaders that are cut off one after the other. */
export type FaultPattern = (window: PatternWindow) => Fault[];

export const LEADER = 'role:raft-leader';
export const LOCK_HOLDER = 'role:lock-holder';
export const MEMBERS = 'store-*';

/** Instants within the window, between `low` and `high` percent of the unit apart. */
export function* drawTimes({ stream, fromUs, untilUs, unitUs }: PatternWindow, low: number, high: number): Generator<Micros> {
  for (let at = fromUs + drawPercentOf(stream, unitUs, 0, high); at < untilUs; at += drawPercentOf(stream, unitUs, low, high))
    yield at;
}

/** A duration between `low` and `high` percent of the unit. */
export function drawPercentOf(stream: Stream, unitUs: Micros, low: number, high: number): Micros {
  return 1 + Math.floor((unitUs * low) / 100) + stream.below(Math.floor((unitUs * (high - low)) / 100) + 1);
}
