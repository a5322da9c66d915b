/**
 * A trace in the Trace Event Format of Chromium, which ui.perfetto.dev and chrome://tracing open: a track for each
 * process, for faults and for each client.
 */
import type { Trace, TracedStep } from './trace.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Steps have no length of their own; something has to be seen. */
const STEP_US = 1;

/** One JSON document. Times are microseconds, as the format has them. */
export function perfettoOf(trace: Trace): string {
  const tracks = new Map(['faults', ...trace.processes, 'world'].map((name, at) => [name, at + 1]));
  const byId = new Map(trace.steps.map((step) => [step.id, step]));
  const entries: Entry[] = [];
  const track = (name: string): number => {
    const known = tracks.get(name) ?? tracks.size + 1;
    tracks.set(name, known);
    return known;
  };
  for (const [at, { fromUs, untilUs, text }] of trace.faults.entries())
    entries.push({
      ph: 'X',
      cat: 'fault',
      name: text,
      pid: track('faults'),
      tid: at + 1,
      ts: fromUs,
      dur: Math.max(STEP_US, untilUs - fromUs),
    });
  for (const step of trace.steps) entries.push(...stepEntries(step, byId.get(step.cause), track));
  for (const { id, client, name, input, output, status, invokedUs, returnedUs } of trace.operations) {
    const about = { cat: 'operation', id, name, pid: track(client) };
    entries.push({ ph: 'b', ...about, ts: invokedUs, args: { input } });
    if (status !== 'pending') entries.push({ ph: 'e', ...about, ts: returnedUs, args: { status, output: output ?? null } });
  }
  const { violation } = trace;
  if (violation !== null)
    entries.push({
      ph: 'i',
      s: 'g',
      cat: 'violation',
      name: violation.property,
      pid: track('world'),
      tid: 1,
      ts: violation.timeUs,
      args: { message: violation.message },
    });
  const names = [...tracks].map(([name, pid]) => ({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name } }));
  return `{"displayTimeUnit":"ms","traceEvents":[\n${[...names, ...entries].map((entry) => JSON.stringify(entry)).join(',\n')}\n]}\n`;
}

/** The step, and an arrow to it from what another process did to bring it about. */
function stepEntries(
  { id, timeUs, process, kind, text }: TracedStep,
  cause: TracedStep | undefined,
  track: (name: string) => number,
): readonly Entry[] {
  const step = {
    ph: 'X',
    cat: 'step',
    name: kind,
    pid: track(process),
    tid: 1,
    ts: timeUs,
    dur: STEP_US,
    args: { event: id, text },
  };
  if (cause === undefined || cause.process === process) return [step];
  const arrow = { cat: 'message', name: kind, id, tid: 1 };
  return [
    step,
    { ph: 's', ...arrow, pid: track(cause.process), ts: cause.timeUs },
    { ph: 'f', bp: 'e', ...arrow, pid: track(process), ts: timeUs },
  ];
}
