/**
 * Faults that may make recovery impossible: any number of the store's members may lose what they hold. Such a run has no goals,
 * and ends when its faults do; it is judged by safety alone: whoever cannot know must neither answer nor act.
 */
import { unrestrictedPlan } from '../swarm/swarm-plan.ts';
import type { Strategy } from './strategy.ts';

export const unrestricted: Strategy = {
  id: 'unrestricted',
  isDrawnFromSeed: false,
  learning: null,
  candidate: ({ scenarioOf, request }, seed) => {
    const scenario = scenarioOf(seed);
    return { scenario, plan: unrestrictedPlan({ ...request, scenario, seed }) };
  },
};
