/** What the scenarios of the catalogue have in common: the length of a run and the drawing of times and targets. */
import { ms, seconds, type Micros, type Stream } from '../../sim/index.ts';
import type { ScenarioOptions } from '../define-scenario.ts';

/**
 * Twelve seconds with faults, then all that converging may take: operators first work off what the faults held up, which takes
 * until the 30th second in the worst of 5,000 seeds. Leaders stand from about the third second on.
 */
export const usualTimes = { healAtUs: seconds(12), endUs: seconds(60) } as const satisfies Partial<ScenarioOptions>;

/** Twice as long with faults: what users notice has to be noticed, borne for a while, judged and answered first. */
export const lateTimes = { healAtUs: seconds(24), endUs: seconds(70) } as const satisfies Partial<ScenarioOptions>;

/** When the named event of a scenario begins: the platform has something to do and time is left. */
export function eventTime(stream: Stream): Micros {
  return stream.between(ms(3_500), ms(6_500));
}

/**
 * The leader of one of two controllers whose stale actions fencing has to stop: the deployer's in the
 * store, or the provisioner's at the cloud.
 */
export function someFencedLeader(stream: Stream): string {
  return stream.pick(['role:deployer-leader', 'role:provisioner-leader']);
}
