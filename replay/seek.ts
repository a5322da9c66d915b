/**
 * Moves to any step of a run, forwards and backwards. Generators cannot be cloned, so nothing can be saved and restored:
 * going back is re-execution from runs that were left parked on the way, and those are grown again in the background.
 */
import { createRun, type Run, type RunSpec } from '../sim/index.ts';

export interface SeekOptions {
  /** Steps between two parked runs; a seek re-executes less than that once the pool is grown. */
  readonly interval?: number;
  /** Runs kept alive at most, whatever the length: each holds a whole simulated world. */
  readonly parkedMax?: number;
}

export interface Seeker {
  /** A run that stands at this step, or at its end if it is shorter. Valid until the next call. */
  at(step: number): Run;
  /**
   * Grows parked runs where they are missing, taking about so many steps. Call it when there is nothing else to do.
   * Returns false when nothing is missing.
   */
  tend(steps: number): boolean;
  /** Where live runs stand, in order. */
  readonly parkedAt: readonly number[];
}

const DEFAULT_INTERVAL = 50_000;
const DEFAULT_PARKED_MAX = 24;

export function createSeeker(spec: RunSpec, options: SeekOptions = {}): Seeker {
  return new ParkedRuns(spec, options.interval ?? DEFAULT_INTERVAL, options.parkedMax ?? DEFAULT_PARKED_MAX);
}

class ParkedRuns implements Seeker {
  private readonly spec: RunSpec;
  private readonly parkedMax: number;
  /** Doubles when a run turns out to be too long for `parkedMax` runs. */
  private interval: number;
  /** All live runs, by step. Invariant: at most `parkedMax`, and `current` is one of them. */
  private runs: Run[] = [];
  private current: Run | null = null;
  /** On its way to a cell that has no run. */
  private growing: Run | null = null;
  /** As far as any run has come: there is nothing to grow beyond. */
  private furthest = 0;

  constructor(spec: RunSpec, interval: number, parkedMax: number) {
    if (interval < 1 || parkedMax < 2) throw new RangeError('a seeker needs an interval of 1 step or more, and 2 runs or more');
    this.spec = spec;
    this.interval = interval;
    this.parkedMax = parkedMax;
  }

  get parkedAt(): readonly number[] {
    return this.runs.map(({ step }) => step);
  }

  at(step: number): Run {
    const run = this.nearest(step) ?? this.create();
    this.current = run;
    // A long way forward leaves parked runs behind it on the next `tend`; here only the answer counts.
    run.advance(step);
    this.settle(run);
    return run;
  }

  tend(steps: number): boolean {
    const cell = this.missingCell();
    if (cell === null) return false;
    const run = this.growing ?? this.surplusBelow(cell) ?? this.create();
    this.growing = run;
    const goal = cell * this.interval;
    run.advance(Math.min(goal, run.step + steps));
    if (run.step >= goal || run.verdict !== null) this.growing = null;
    this.settle(run);
    return true;
  }

  /** The run that reaches `step` with the least work. */
  private nearest(step: number): Run | undefined {
    let best: Run | undefined;
    for (const run of this.runs) {
      if (run.step <= step && (best === undefined || run.step > best.step)) best = run;
    }
    if (best === this.growing) this.growing = null;
    return best;
  }

  private create(): Run {
    const run = createRun(this.spec);
    this.runs.push(run);
    return run;
  }

  private settle(run: Run): void {
    this.furthest = Math.max(this.furthest, run.step);
    this.runs.sort((a, b) => a.step - b.step);
    while (Math.floor(this.furthest / this.interval) + 2 > this.parkedMax) this.interval *= 2;
    while (this.runs.length > this.parkedMax) this.dropOne();
  }

  /** Gives up a run that shares its cell with another, else the one whose going leaves the smallest gap. */
  private dropOne(): void {
    let victim = -1;
    let smallest = Infinity;
    this.runs.forEach((run, i) => {
      if (run === this.current || run === this.growing) return;
      const gap = this.isSurplus(i) ? -1 : (this.runs[i + 1]?.step ?? this.furthest) - (this.runs[i - 1]?.step ?? 0);
      if (gap >= smallest) return;
      smallest = gap;
      victim = i;
    });
    this.runs.splice(victim, 1);
  }

  /** Whether a parked run stands before this one in the same cell. */
  private isSurplus(i: number): boolean {
    const run = this.runs[i] as Run;
    const before = this.runs[i - 1];
    const isParked = before !== undefined && before !== this.current && before !== this.growing;
    return isParked && run !== this.current && this.cellOf(before) === this.cellOf(run);
  }

  private cellOf(run: Run): number {
    return Math.floor(run.step / this.interval);
  }

  /** The nearest cell at or before the current step that has no run of its own, else the first one beyond; null: none. */
  private missingCell(): number | null {
    const covered = new Set<number>();
    for (const run of this.runs) if (run !== this.current && run !== this.growing) covered.add(this.cellOf(run));
    const last = Math.floor(this.furthest / this.interval);
    const here = Math.floor((this.current?.step ?? 0) / this.interval);
    for (let cell = here; cell >= 0; cell--) if (!covered.has(cell)) return cell;
    for (let cell = here + 1; cell <= last; cell++) if (!covered.has(cell)) return cell;
    return null;
  }

  /** A run that is not needed where it stands and can walk on to the cell. */
  private surplusBelow(cell: number): Run | undefined {
    for (let i = this.runs.length - 1; i > 0; i--) {
      const run = this.runs[i] as Run;
      if (run.step <= cell * this.interval && this.isSurplus(i)) return run;
    }
    return undefined;
  }
}
