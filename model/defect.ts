/** A defect: a switch that puts a real system's bug in place of the healthy line beside it. */
import type { Design } from './design.ts';

export interface Defect {
  /** What it does, in a few words with hyphens; the argument of `--defect`. */
  readonly id: string;
  /** One sentence: the wrong behaviour. */
  readonly title: string;
  /**
   * Where it was seen: a real bug, with its label in a catalogue of them where it has one (`R01`, see
   * docs/design-review.md), or a paper.
   */
  readonly source: string;
  /** The property that must catch it. */
  readonly property: string;
  /** Values of the design without which another safeguard masks it, and nobody can tell that it is there. */
  readonly needs?: Partial<Design>;
}

/** The defects switched on in a run. Read once, at construction, into private booleans. */
export type DefectSet = ReadonlySet<string>;

export const noDefects: DefectSet = Object.freeze(new Set<string>());
