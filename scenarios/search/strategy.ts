/** How a search comes from a seed to a run: the strategies stand side by side behind one interface. */
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
  /** One line: what it does. */
  readonly title: string;
  /** What to run on a seed of the space. */
  candidate(space: SearchSpace, seed: number): Candidate;
}
