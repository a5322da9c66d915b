/** The strategies that there are. */
import { exhaustive } from './exhaustive.ts';
import { novelty } from './novelty.ts';
import { pct } from './pct.ts';
import { random } from './random.ts';
import type { Lesson, Strategy } from './strategy.ts';
import { unrestricted } from './unrestricted.ts';

export const strategies: readonly Strategy[] = [random, pct, novelty, exhaustive, unrestricted];

export const DEFAULT_STRATEGY = random.id;

/** Throws a RangeError when none is called so. */
export function strategyOf(id: string): Strategy {
  const strategy = strategies.find((known) => known.id === id);
  if (strategy === undefined) throw new RangeError(`no strategy is called ${id}`);
  return strategy;
}

/** How far the generation of a seed reaches, for a search that begins with `first`: all seeds where nothing is learnt. */
export function endOfGeneration({ learning }: Strategy, first: number, seed: number): number {
  if (learning === null) return Number.MAX_SAFE_INTEGER;
  return first + (Math.floor((seed - first) / learning.generation) + 1) * learning.generation - 1;
}

/** What is worth knowing of all lessons so far. */
export function learntFrom({ learning }: Strategy, lessons: readonly Lesson[]): readonly Lesson[] {
  return learning === null ? [] : learning.keep(lessons.toSorted((a, b) => a.seed - b.seed));
}
