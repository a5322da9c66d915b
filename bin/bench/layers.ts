/** The layers that are measured: for each, how its frozen workload begins and how much of it is a measurement. */
import type { Run } from '../../sim/index.ts';

/** A workload under way. */
export interface Workload {
  /** Does about so many more events; returns how many it did. */
  advance(events: number): number;
  /** What was simulated so far, where there is something simulated. */
  simulatedUs(): number;
  /** Entries committed by consensus so far, where there is consensus. */
  commits(): number;
}

interface Layer {
  /** Events of one measurement, about a second's worth. */
  readonly events: number;
  readonly begin: () => Promise<Workload>;
}

export const LAYERS = ['heap', 'kernel', 'raft', 'store', 'platform'] as const;
export type LayerName = (typeof LAYERS)[number];

export const layers: Readonly<Record<LayerName, Layer>> = {
  heap: {
    events: 8_000_000,
    async begin() {
      const { heapWorkload } = await import('./kernel.ts');
      const advance = (events: number): number => {
        heapWorkload(events);
        return events;
      };
      return { advance, simulatedUs: () => 0, commits: () => 0 };
    },
  },
  kernel: { events: 3_000_000, begin: async () => ofRun((await import('./kernel.ts')).kernelRun()) },
  raft: { events: 1_500_000, begin: async () => ofRun((await import('./raft.ts')).raftRun()) },
  store: { events: 1_500_000, begin: async () => ofRun((await import('./store.ts')).storeRun()) },
  platform: { events: 1_000_000, begin: async () => ofRun((await import('./platform.ts')).platformRun()) },
};

/** A workload that is a run; a run that ends early, or badly, measures nothing. */
function ofRun(run: Run): Workload {
  return {
    advance(events) {
      const before = run.step;
      const verdict = run.advance(before + events);
      if (verdict !== null) {
        const why = run.violation?.message ?? run.failure?.message ?? '';
        throw new Error(`the workload ended after ${run.step} steps: ${verdict} ${why}`);
      }
      return run.step - before;
    },
    simulatedUs: () => run.nowUs,
    commits: () => commitsOf(run),
  };
}

/** The highest commit index that any process shows of itself. */
function commitsOf(run: Run): number {
  let highest = 0;
  for (const { name } of run.processes) highest = Math.max(highest, commitIndex(run.inspect(name).program));
  return highest;
}

function commitIndex(view: unknown): number {
  if (typeof view !== 'object' || view === null) return 0;
  if ('commit' in view && typeof view.commit === 'number') return view.commit;
  return 'raft' in view ? commitIndex(view.raft) : 0;
}
