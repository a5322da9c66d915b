/** What the parts of the page share: the run, where the reader stands, and how to go elsewhere. */
import type { Overview } from '../protocol.ts';

export interface App {
  readonly overview: Overview;
  /** The last event of the run. */
  readonly last: number;
  /** The event looked at; 0 is the start. */
  readonly event: number;
  /** The process whose state stays in view; null: that of the event. */
  readonly pinned: number | null;
  go(event: number): void;
  pin(process: number | null): void;
}

/** When an event happened; 0 for the start. */
export function timeOf({ timesUs }: Overview, event: number): number {
  return event < 1 ? 0 : (timesUs[event - 1] ?? 0);
}

/** The last event at or before a time; 0 when there is none. */
export function eventAt({ timesUs }: Overview, timeUs: number): number {
  let low = 0;
  let high = timesUs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesUs[middle] as number) <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The class that gives a process the colour of its region. */
export function regionClass({ processes }: Overview, process: number): string {
  const region = processes[process]?.region ?? -1;
  return `region-${region < 0 ? 'none' : region % REGION_COLOURS}`;
}

const REGION_COLOURS = 4;
