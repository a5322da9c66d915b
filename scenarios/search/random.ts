/** Uniformly random: each seed draws its platform, its work and its faults, independently of all other seeds. */
import { swarmPlan } from '../swarm/swarm-plan.ts';
import type { Strategy } from './strategy.ts';

export const random: Strategy = {
  id: 'random',
  isDrawnFromSeed: true,
  learning: null,
  candidate: ({ scenarioOf, request }, seed) => {
    const scenario = scenarioOf(seed);
    return { scenario, plan: swarmPlan({ ...request, scenario, seed }) };
  },
};
