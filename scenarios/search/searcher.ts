/**
 * A search within one process, seed after seed: the candidates of a strategy, given what it has learnt from earlier generations.
 */
import type { Run } from '../../sim/index.ts';
import { endOfGeneration, learntFrom } from './strategies.ts';
import type { Candidate, Lesson, SearchSpace, Strategy } from './strategy.ts';

export class Searcher {
  private readonly strategy: Strategy;
  private readonly space: SearchSpace;
  private readonly lessons: Lesson[] = [];
  private learnt: readonly Lesson[] = [];
  private generationEnd: number;

  constructor(strategy: Strategy, space: SearchSpace) {
    this.strategy = strategy;
    this.space = space;
    this.generationEnd = endOfGeneration(strategy, space.first, space.first);
  }

  /** What to run on a seed. Seeds are asked for in their order. */
  candidate(seed: number): Candidate {
    if (seed > this.generationEnd) {
      this.learnt = learntFrom(this.strategy, this.lessons);
      this.generationEnd = endOfGeneration(this.strategy, this.space.first, seed);
    }
    return this.strategy.candidate(this.space, seed, this.learnt);
  }

  /** Watches the run of a candidate; what is returned takes the lesson when it is over. */
  watch(seed: number, { scenario, plan }: Candidate, run: Run): () => void {
    const seen = this.strategy.learning?.watch(run);
    return () => {
      if (seen !== undefined)
        this.lessons.push({ seed, platform: plan.seed, scenario: scenario.name, faults: plan.faults, seen: seen() });
    };
  }
}
