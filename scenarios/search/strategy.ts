/** How a search comes from a seed to a run: the strategies stand side by side behind one interface. */
import type { Fault, Run } from '../../sim/index.ts';
import type { Scenario } from '../define-scenario.ts';
import type { Plan, RunRequest } from '../run-spec.ts';

/** What to run. */
export interface Candidate {
  readonly scenario: Scenario;
  readonly plan: Plan;
}

/** What is searched. */
export interface SearchSpace {
  /** The first seed of all: some strategies count from there. */
  readonly first: number;
  /** The scenario of a seed. */
  readonly scenarioOf: (seed: number) => Scenario;
  /** What every run is asked for. */
  readonly request: Omit<RunRequest, 'scenario' | 'seed'>;
}

export interface Strategy {
  readonly id: string;
  /** Whether `run --swarm` reproduces the run from its seed and scenario; if not, only the recording does. */
  readonly isDrawnFromSeed: boolean;
  /** How it learns; null when no run influences later ones. */
  readonly learning: Learning | null;
  /** What to run on a seed of the space, by what was learnt so far. */
  candidate(space: SearchSpace, seed: number, learnt: readonly Lesson[]): Candidate;
}

/** Runs of a generation know nothing of each other, so that it does not matter in which order, or where, they are made. */
export interface Learning {
  /** Seeds of a generation. */
  readonly generation: number;
  /**
   * Begins to watch a run. The function it returns is called when the run is over, and gives distinct hashes of what was seen.
   */
  watch(run: Run): () => readonly number[];
  /** Lessons worth keeping, of all that there were, in the order of seeds. */
  keep(lessons: readonly Lesson[]): readonly Lesson[];
}

/** What is known of a run. */
export interface Lesson {
  /** Of the search. */
  readonly seed: number;
  /** The seed of the platform that it ran on. */
  readonly platform: number;
  readonly scenario: string;
  readonly faults: readonly Fault[];
  readonly seen: readonly number[];
}
