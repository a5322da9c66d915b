/** The tasks of a review: each is carried out by itself, in any order, and gives a finding. All of it is plain data. */
import { placementOf, stateClasses, type Side, type StateClassId } from '../../model/api/state-classes.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import { createRun, type Verdict } from '../../sim/index.ts';
import { tryWithCuts } from '../boundary/measure.ts';
import { catalogue } from '../catalogue/index.ts';
import { firstCaught } from '../defect-run.ts';
import { defects } from '../defects.ts';
import type { Scenario } from '../define-scenario.ts';
import { plan, runSpec, type Plan, type RunRequest } from '../run-spec.ts';
import { invariants } from './invariants.ts';
import { grownOld, type Aged } from './recovery.ts';

export type ReviewTask =
  /** A run of a scenario whose faults challenge an invariant. */
  | { readonly do: 'challenge'; readonly scenario: string; readonly seed: number }
  /** Looks for a run in which the invariant's property sees its defect. */
  | { readonly do: 'witness'; readonly property: string }
  /** Looks for the harm of a design without fencing. */
  | { readonly do: 'unfenced' }
  /** Cuts regions off while a class of state stands on the other side of the boundary. */
  | { readonly do: 'cut'; readonly stateClass: StateClassId; readonly side: Side }
  /** Lets the platform grow old. */
  | { readonly do: 'age' };

export interface Challenge {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: Verdict;
  /** What failed; null when nothing did. */
  readonly property: string | null;
  readonly message: string | null;
}

export interface Witness {
  readonly property: string;
  readonly defect: string;
  readonly scenario: string;
  /** The first seed in which the property saw it; null: in none of the first `WITNESS_SEEDS`. */
  readonly seed: number | null;
}

/** What breaks when a class of state stands on the other side of the boundary than usual. */
export interface Harm {
  readonly stateClass: StateClassId;
  readonly broken: readonly string[];
}

/** A run in which something stale was let through; null: in none of the first `WITNESS_SEEDS`. */
export interface Unfenced {
  readonly run: Challenge | null;
}

export type Finding =
  | ({ readonly of: 'challenge' } & Challenge)
  | ({ readonly of: 'witness' } & Witness)
  | ({ readonly of: 'unfenced' } & Unfenced)
  | ({ readonly of: 'cut' } & Harm)
  | ({ readonly of: 'age' } & Aged);

/** Seeds in which a witness, or harm, is looked for. */
export const WITNESS_SEEDS = 40;

/** The scenarios that challenge an invariant, in the order of the catalogue. */
export const challenges: readonly Scenario[] = catalogue.filter(({ challenges: property }) =>
  invariants.some((invariant) => invariant.property === property),
);

/** The longest tasks come first, so that no worker is left with one alone at the end. `seeds`: both ends are included. */
export function reviewTasks(
  design: Partial<Design>,
  seeds: { readonly first: number; readonly last: number },
): readonly ReviewTask[] {
  const whole: Design = { ...defaultDesign, ...design };
  const across = stateClasses.filter(({ id, placement }) => placementOf(id, whole) !== placement);
  const tasks: ReviewTask[] = [
    { do: 'age' },
    ...(whole.fencing ? [] : [{ do: 'unfenced' } as const]),
    ...across.map(({ id }): ReviewTask => ({ do: 'cut', stateClass: id, side: placementOf(id, whole) })),
    ...invariants.map(({ property }): ReviewTask => ({ do: 'witness', property })),
  ];
  for (let seed = seeds.first; seed <= seeds.last; seed++) {
    for (const { name } of challenges) tasks.push({ do: 'challenge', scenario: name, seed });
  }
  return tasks;
}

/** `design`: values that differ from the default. Throws what a run threw when it ended without a verdict. */
export function carryOut(task: ReviewTask, design: Partial<Design>): Finding {
  switch (task.do) {
    case 'challenge':
      return { of: 'challenge', ...challenged(task.scenario, task.seed, design) };
    case 'witness':
      return { of: 'witness', ...witnessed(task.property, design) };
    case 'unfenced':
      return { of: 'unfenced', run: harmOf(STALE.scenario, STALE.property, design) };
    case 'cut':
      return { of: 'cut', stateClass: task.stateClass, broken: tryWithCuts(task.stateClass, task.side, design).broken };
    case 'age':
      return { of: 'age', ...grownOld(design) };
  }
}

function challenged(name: string, seed: number, design: Partial<Design>): Challenge {
  const scenario = scenarioOf(name);
  const run = createRun({ ...runSpec(scenario, plan({ scenario, seed, design })), keepHistory: false });
  const verdict = run.advance() as Verdict;
  const { violation, failure } = run;
  return {
    scenario: name,
    seed,
    verdict,
    property: violation?.property ?? null,
    message: violation?.message ?? failure?.message ?? null,
  };
}

/** What fencing is for. */
const STALE = { scenario: 'old-leader-resumes', property: 'platform/no-stale-side-effects' };

function harmOf(scenario: string, property: string, design: Partial<Design>): Challenge | null {
  for (let seed = 1; seed <= WITNESS_SEEDS; seed++) {
    const run = challenged(scenario, seed, design);
    if (run.property === property) return run;
  }
  return null;
}

function witnessed(property: string, design: Partial<Design>): Witness {
  const invariant = invariants.find((each) => each.property === property);
  const defect = defects.find(({ id }) => id === invariant?.witness.defect);
  if (invariant === undefined || defect === undefined) throw new RangeError(`nothing is known that breaks ${property}`);
  const { witness } = invariant;
  const draw = (request: RunRequest): Plan => plan({ ...request, design: { ...request.design, ...design } });
  return {
    property,
    ...witness,
    seed: firstCaught({ defect: { ...defect, property }, scenario: scenarioOf(witness.scenario), draw }, 1, WITNESS_SEEDS),
  };
}

function scenarioOf(name: string): Scenario {
  const scenario = catalogue.find((known) => known.name === name);
  if (scenario === undefined) throw new RangeError(`no scenario is called ${name}`);
  return scenario;
}
