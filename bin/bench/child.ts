/** A process of its own for one measurement: `child LAYER EVENTS WARM-UP TENTHS`; prints its figures as JSON. */
import { layers, type LayerName } from './layers.ts';

/** One stretch of a measurement. */
export interface Stretch {
  readonly events: number;
  readonly cpuMs: number;
  /** Resident memory at its end. */
  readonly memoryBytes: number;
}

export interface Measurement {
  readonly stretches: readonly Stretch[];
  readonly peakMemoryBytes: number;
  readonly simulatedUs: number;
  readonly commits: number;
}

/** CPU time of this thread, in ms; of the whole process where Node does not tell it by thread (before 23.9). */
function cpuMs(): number {
  const { user, system } = (process as Partial<NodeJS.Process>).threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1_000;
}

const [name = '', events = '', warmUp = '', parts = ''] = process.argv.slice(2);
const workload = await layers[name as LayerName].begin();
workload.advance(Number(warmUp));
const simulatedBefore = workload.simulatedUs();
const commitsBefore = workload.commits();
const stretches: Stretch[] = [];
for (let part = 0; part < Number(parts); part++) {
  const before = cpuMs();
  const done = workload.advance(Math.ceil(Number(events) / Number(parts)));
  stretches.push({ events: done, cpuMs: cpuMs() - before, memoryBytes: process.memoryUsage.rss() });
}
const measurement: Measurement = {
  stretches,
  peakMemoryBytes: process.resourceUsage().maxRSS * 1_024,
  simulatedUs: workload.simulatedUs() - simulatedBefore,
  commits: workload.commits() - commitsBefore,
};
process.stdout.write(JSON.stringify(measurement));
