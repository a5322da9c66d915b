/**
 * How disturbed each zone is, and how fast its nodes may be given up, after Kubernetes' node
 * lifecycle controller (`handleDisruption`).
 */
import type { Micros } from '../../../sim/index.ts';

/** `full`: no node of it is ready. `partial`: more than two are not, and most. */
export type ZoneState = 'normal' | 'partial' | 'full';

export interface ZoneCount {
  readonly ready: number;
  readonly notReady: number;
}

/** A zone is disturbed from so many nodes on that are not ready… */
const PARTIAL_NODES = 3;
/** …if they are this share of it (Kubernetes' `unhealthyZoneThreshold`, 0.55). */
const PARTIAL_PERCENT = 55;
/** A disturbed zone that is larger loses nodes at a tenth of the rate, a smaller one none (`largeClusterThreshold`). */
const LARGE_ZONE_NODES = 50;
const REDUCED_RATE = 10;

export function zoneState({ ready, notReady }: ZoneCount): ZoneState {
  if (ready === 0 && notReady > 0) return 'full';
  const isPartial = notReady >= PARTIAL_NODES && notReady * 100 >= PARTIAL_PERCENT * (ready + notReady);
  return isPartial ? 'partial' : 'normal';
}

/** All zones that have nodes are without a ready one: more likely than that is that whoever counts is cut off. */
export function isBlind(zones: Iterable<ZoneCount>): boolean {
  let some = false;
  for (const zone of zones) {
    if (zoneState(zone) !== 'full') return false;
    some = true;
  }
  return some;
}

/**
 * The least time between two nodes of a zone that are given up; null for never. A zone that is down as a whole is emptied at the
 * usual rate, since its nodes have nobody to overload.
 */
export function evictionIntervalUs(zone: ZoneCount, usualUs: Micros): Micros | null {
  if (zoneState(zone) !== 'partial') return usualUs;
  return zone.ready + zone.notReady > LARGE_ZONE_NODES ? usualUs * REDUCED_RATE : null;
}
