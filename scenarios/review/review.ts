/** A review of one design: what was found of it, put together. */
import { placementOf, stateClass, stateClasses, type Side, type StateClassId } from '../../model/api/state-classes.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import { checklist, type Point } from './checklist.ts';
import { matrixRow, type MatrixRow } from './matrix.ts';
import type { Aged, Restart } from './recovery.ts';
import { challenges, type Challenge, type Finding, type Harm, type Unfenced, type Witness } from './tasks.ts';

/** Where a class of state stands, and what of it an undisturbed run has written. */
export interface BoundaryRow {
  readonly stateClass: StateClassId;
  readonly side: Side;
  /** Where the design review puts it. */
  readonly usual: Side;
  /** Why there. */
  readonly reason: string;
  readonly entries: number;
  readonly entryBytes: number;
  readonly outsideWrites: number;
  readonly outsideBytes: number;
  /** Properties that broke when regions were cut off. Null: the class is where it usually is, and nothing was tried. */
  readonly breaks: readonly string[] | null;
}

export interface Review {
  readonly points: readonly Point[];
  readonly boundary: readonly BoundaryRow[];
  readonly matrix: readonly MatrixRow[];
  readonly recovery: { readonly restarts: readonly Restart[] };
}

/** All that was found of a design. */
export interface Findings {
  readonly design: Design;
  readonly challenges: readonly Challenge[];
  readonly witnesses: readonly Witness[];
  readonly boundary: readonly BoundaryRow[];
  readonly aged: Aged;
  /** Null: it has fencing. */
  readonly unfenced: Unfenced | null;
}

/** `design`: values that differ from the default. `found`: what became of all tasks, in their order. */
export function reviewOf(design: Partial<Design>, found: readonly Finding[]): Review {
  const aged = found.find((finding) => finding.of === 'age');
  if (aged === undefined) throw new RangeError('a review needs what became of all its tasks');
  const whole: Design = { ...defaultDesign, ...design };
  const runs = found.filter((finding) => finding.of === 'challenge');
  const witnesses = found.filter((finding) => finding.of === 'witness');
  const boundary = boundaryOf(
    whole,
    aged,
    found.filter((finding) => finding.of === 'cut'),
  );
  return {
    points: checklist({
      design: whole,
      challenges: runs,
      witnesses,
      boundary,
      aged,
      unfenced: found.find((finding) => finding.of === 'unfenced') ?? null,
    }),
    boundary,
    matrix: matrixOf(whole, runs),
    recovery: { restarts: aged.restarts },
  };
}

/** The table of faults and invariants, of however many runs there are. */
export function matrixOf(design: Design, runs: readonly Challenge[]): readonly MatrixRow[] {
  return challenges.map((scenario) => {
    const own = runs.filter(({ scenario: name }) => name === scenario.name);
    const failures = new Map<string, number>();
    for (const { verdict, property } of own) {
      const what = property ?? verdict;
      if (verdict !== 'ok') failures.set(what, (failures.get(what) ?? 0) + 1);
    }
    return matrixRow(scenario, own.length, failures, design);
  });
}

function boundaryOf(design: Design, { accounts }: Aged, harms: readonly Harm[]): readonly BoundaryRow[] {
  return stateClasses.map(({ id, placement }) => {
    const {
      entries = 0,
      entryBytes = 0,
      outsideWrites = 0,
      outsideBytes = 0,
    } = accounts.find((account) => account.stateClass === id) ?? {};
    return {
      stateClass: id,
      side: placementOf(id, design),
      usual: placement,
      reason: stateClass(id).reason,
      entries,
      entryBytes,
      outsideWrites,
      outsideBytes,
      breaks: harms.find((harm) => harm.stateClass === id)?.broken ?? null,
    };
  });
}
