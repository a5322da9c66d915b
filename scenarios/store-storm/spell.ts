/** A stretch of weather: from when until when, whom it may befall, and what its faults are measured in. */
import type { Fault, FaultGroup, Micros, Stream } from '../../sim/index.ts';

/** One kind of weather, from one time until another. */
export interface Spell {
  readonly stream: Stream;
  /** Draws what is particular about its faults. */
  readonly details: Stream;
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  /** What its faults are measured in: an election timeout, or several. */
  readonly unitUs: Micros;
  readonly members: readonly string[];
  /** Those of them with whom the group began. */
  readonly founders: readonly string[];
  /** When the group is to be changed. */
  readonly changesUs: readonly Micros[];
  readonly clients: readonly string[];
  readonly groups: readonly FaultGroup[];
}

export type Weather = (spell: Spell) => Fault[];

export const LEADER = 'role:raft-leader';
export const LOCK_HOLDER = 'role:lock-holder';
export const MEMBERS = 'store-*';

/** Times within the spell, so many hundredths of the unit apart. */
export function* everySoOften({ stream, fromUs, untilUs, unitUs }: Spell, low: number, high: number): Generator<Micros> {
  for (let at = fromUs + part(stream, unitUs, 0, high); at < untilUs; at += part(stream, unitUs, low, high)) yield at;
}

/** So many hundredths of the unit. */
export function part(stream: Stream, unitUs: Micros, low: number, high: number): Micros {
  return 1 + Math.floor((unitUs * low) / 100) + stream.below(Math.floor((unitUs * (high - low)) / 100) + 1);
}
