/** The strategies that there are. */
import { random } from './random.ts';
import type { Strategy } from './strategy.ts';

export const strategies: readonly Strategy[] = [random];

export const DEFAULT_STRATEGY = random.id;

/** Throws a RangeError when none is called so. */
export function strategyOf(id: string): Strategy {
  const strategy = strategies.find((known) => known.id === id);
  if (strategy === undefined) throw new RangeError(`no strategy is called ${id}`);
  return strategy;
}
