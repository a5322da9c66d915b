/**
 * Priorities: processes and channels get drawn priorities, and whatever has a low one is late, until a change point draws new
 * priorities (after Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010: d change
 * points find what depends on the order of d + 1 events). The priorities are written into the plan as delays, so that a recording
 * holds them and a shrinker can take them away.
 */
import { createRun, Streams, type Fault, type Micros, type Stream } from '../../sim/index.ts';
import { runSpec, type Plan } from '../run-spec.ts';
import { random } from './random.ts';
import type { Candidate, Strategy } from './strategy.ts';

export const pct: Strategy = {
  id: 'pct',
  isDrawnFromSeed: false,
  learning: null,
  candidate(space, seed) {
    const { scenario, plan } = random.candidate(space, seed, []);
    const late = latecomers(new Streams(seed).stream('search/pct'), { scenario, plan });
    return { scenario, plan: { ...plan, faults: [...plan.faults, ...late].sort((a, b) => a.at - b.at) } };
  },
};

/** Change points of a run. */
const CHANGES = [1, 2, 3, 4] as const;
/** Delays in multiples of the slowest link's latency: for the lowest priority, the next lowest, and so on. */
const LATENESS = [8, 4, 2, 1] as const;

/** From one change point to the next, the delays of those that have the lowest priorities. */
function latecomers(stream: Stream, { scenario, plan }: Candidate): readonly Fault[] {
  const names = createRun(runSpec(scenario, { ...plan, faults: [] })).processes.map(({ name }) => name);
  const fromUs = Math.floor(plan.healAtUs / 8);
  const count = stream.pick(CHANGES);
  const moments = Array.from({ length: count }, () => stream.between(fromUs, plan.healAtUs - 1)).sort((a, b) => a - b);
  const bounds = [fromUs, ...moments, plan.healAtUs];
  return bounds.slice(0, -1).flatMap((at, interval) => {
    const forUs = (bounds[interval + 1] as Micros) - at;
    const lowest = stream.shuffle(names);
    return LATENESS.flatMap((factor, rank): readonly Fault[] => {
      const [from, other] = [lowest[2 * rank], lowest[2 * rank + 1]];
      if (from === undefined || other === undefined || forUs < 1) return [];
      // Half of them are late to everybody, half to one other process.
      const to = stream.percent(50) ? '*' : other;
      return [{ do: 'delay', at, from, to, oneWay: true, byUs: factor * slowestUs(plan), for: forUs }];
    });
  });
}

function slowestUs({ topology: { latency } }: Plan): Micros {
  return Math.max(...latency.flat().map(({ baseUs, jitterUs }) => baseUs + jitterUs));
}
