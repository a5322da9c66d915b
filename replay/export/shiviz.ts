/** A trace with vector clocks, as ShiViz draws it: what each process took in from another, and how that hangs together. */
import type { Trace } from './trace.ts';

type Clock = Readonly<Record<string, number>>;

/**
 * Two lines for each step that one process, or the world, has brought about at another: `process {clock}`, and what it was, which
 * is what ShiViz expects unless told otherwise. Timers and disks of a process's own are left out; what came of them is not.
 */
export function shivizOf({ steps }: Trace): string {
  const clocks = new Map<string, Clock>();
  const byEvent = new Map<number, { readonly process: string; readonly clock: Clock }>();
  let text = '';
  for (const { id, cause, process, text: what } of steps) {
    const before = byEvent.get(cause);
    let clock = clocks.get(process) ?? {};
    if (before?.process !== process) {
      clock = { ...later(clock, before?.clock ?? {}), [process]: (clock[process] ?? 0) + 1 };
      clocks.set(process, clock);
      text += `${process} ${JSON.stringify(clock)}\n${what.replaceAll(/\s+/g, ' ')}\n`;
    }
    byEvent.set(id, { process, clock });
  }
  return text;
}

/** What is known by either. */
function later(a: Clock, b: Clock): Clock {
  const both: Record<string, number> = { ...a };
  for (const [process, count] of Object.entries(b)) both[process] = Math.max(both[process] ?? 0, count);
  return both;
}
