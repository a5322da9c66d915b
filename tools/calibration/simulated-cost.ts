/** What the same requests cost the simulated member: the time for which they occupy its process. */
import { StoreSession } from '../../bin/store/session.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { watchScript, WATCHES, workloads, type Workload } from './workloads.ts';

const REQUESTS = 60;

export function simulatedCosts(): Map<string, number> {
  const session = new StoreSession({ compat: '3.4' });
  const costs = new Map<string, number>();
  for (const workload of workloads) costs.set(workload.name, costOf(session, workload));
  costs.set('watch, an event to one watch', watchCost());
  return costs;
}

function costOf(session: StoreSession, { script }: Workload): number {
  const begunUs = session.busyUs;
  for (let n = 0; n < REQUESTS; n++) perform(session, script(n));
  return (session.busyUs - begunUs) / REQUESTS;
}

function watchCost(): number {
  const put = workloads[0] as Workload;
  const alone = costOf(new StoreSession({ compat: '3.4' }), put);
  const session = new StoreSession({ compat: '3.4' });
  for (let n = 0; n < WATCHES; n++) perform(session, watchScript);
  return (costOf(session, put) - alone) / WATCHES;
}

function perform(session: StoreSession, line: ScriptLine): void {
  const read = session.read(line);
  if (!read.ok) throw new Error(read.error.message);
  session.perform(read.errand);
}
