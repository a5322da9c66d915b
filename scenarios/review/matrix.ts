/** The design review's table: its faults against its invariants. */
import { defaultDesign, type Design } from '../../model/design.ts';
import type { Scenario } from '../define-scenario.ts';
import { propertiesOf } from '../run-spec.ts';
import { invariants } from './invariants.ts';

/** What became of the runs of one scenario. */
export interface MatrixRow {
  readonly scenario: string;
  readonly runs: number;
  /** One for each invariant, in their order. */
  readonly cells: readonly MatrixCell[];
  /** Runs that failed at something else. */
  readonly otherwiseBroken: number;
}

export interface MatrixCell {
  readonly property: string;
  /** Meaningless where the scenario is not judged by the property. */
  readonly isJudged: boolean;
  /** The scenario's faults are meant to challenge it. */
  readonly isChallenged: boolean;
  /** Runs that broke it. */
  readonly broken: number;
}

/** `failures`: by property, how many of the scenario's runs failed at it. */
export function matrixRow(
  scenario: Scenario,
  runs: number,
  failures: ReadonlyMap<string, number>,
  design: Design = defaultDesign,
): MatrixRow {
  const asked = new Set(propertiesOf(scenario, design).map(({ id }) => id));
  const cells = invariants.map(({ property }) => ({
    property,
    isJudged: runs > 0 && asked.has(property),
    isChallenged: scenario.challenges === property,
    broken: failures.get(property) ?? 0,
  }));
  const known = new Set(invariants.map(({ property }) => property));
  let otherwiseBroken = 0;
  for (const [property, count] of failures) if (!known.has(property)) otherwiseBroken += count;
  return { scenario: scenario.name, runs, cells, otherwiseBroken };
}
