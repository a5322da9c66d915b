/**
 * Small scope: one platform, its work, and every placement of one fault, then of two, over a grid of moments, processes and
 * kinds (most mistakes have a small example: Jackson's small-scope hypothesis). Seeds enumerate the placements; the
 * platform is drawn from the first one.
 */
import { createRun, type Fault, type Micros } from '../../sim/index.ts';
import { runSpec } from '../run-spec.ts';
import { random } from './random.ts';
import type { Strategy } from './strategy.ts';

export const exhaustive: Strategy = {
  id: 'exhaustive',
  isDrawnFromSeed: false,
  learning: null,
  candidate(space, seed) {
    const { scenario, plan } = random.candidate({ ...space, scenarioOf: () => space.scenarioOf(seed) }, space.first, []);
    const names = createRun(runSpec(scenario, { ...plan, faults: [] })).processes.map(({ name }) => name);
    return { scenario, plan: { ...plan, faults: placement(names, plan.healAtUs, seed - space.first) } };
  },
};

const MOMENTS = 12;
const kinds = ['crash', 'pause', 'isolate'] as const;

/** The n-th placement. All single faults come before the pairs, spread over the grid instead of row by row. */
export function placement(names: readonly string[], healAtUs: Micros, n: number): readonly Fault[] {
  const singles = MOMENTS * names.length * kinds.length;
  const fault = (at: number): Fault => faultAt(spread(at % singles, singles), names, healAtUs);
  if (n < singles) return [fault(n)];
  const pair = n - singles;
  // The second fault takes every other place before the first one moves on.
  const others = singles - 1;
  const first = Math.floor(pair / others) % singles;
  return [fault(first), fault((first + 1 + (pair % others)) % singles)].sort((a, b) => a.at - b.at);
}

function faultAt(cell: number, names: readonly string[], healAtUs: Micros): Fault {
  const moment = Math.floor(cell / (names.length * kinds.length));
  const target = names[Math.floor(cell / kinds.length) % names.length] as string;
  const stepUs: Micros = Math.floor((healAtUs * 4) / 5 / MOMENTS);
  return {
    do: kinds[cell % kinds.length] as (typeof kinds)[number],
    at: Math.floor(healAtUs / 5) + moment * stepUs,
    target,
    for: 3 * stepUs,
  };
}

/** A permutation of 0 … size − 1 that visits all parts early: its step is about the golden section, and coprime to the size. */
function spread(n: number, size: number): number {
  let step = Math.max(1, Math.floor(size * 0.618));
  while (divisor(step, size) !== 1) step++;
  return (n * step) % size;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
