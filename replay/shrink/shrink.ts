/**
 * Shrinks what made a run fail: the plan of faults, the workload, the processes and the time. Since all chance comes from named
 * streams, what is left runs much as it did before; whether it still fails is tried, never assumed.
 */
import { ms, type Fault, type Micros } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';
import { ddmin } from './ddmin.ts';
import { merged, shorter, softer } from './milder-faults.ts';
import type { Failed, Trials } from './trials.ts';

export interface ShrinkOptions {
  /** Inputs with fewer processes, or simpler ones, each a single change, the most telling first. They depend on the system. */
  readonly simpler?: (inputs: Inputs) => readonly Inputs[];
  /** Told of all that was found to fail, each smaller than the one before. */
  readonly found?: (inputs: Inputs, failed: Failed) => void;
}

/** How long after the failure a trial may go on: a smaller one may take a little longer to come to the same. */
const SLACK_US: Micros = ms(1_500);
/** What has become smaller lets something else go, but not for ever. */
const ROUNDS = 5;

/** `failed`: how `inputs` fail now. Deterministic: the same answers lead to the same result. */
export function shrink(inputs: Inputs, failed: Failed, options: ShrinkOptions = {}): Trials<Inputs> {
  return new Shrinker(inputs, failed, options).run();
}

class Shrinker {
  private readonly options: ShrinkOptions;
  private best: Inputs;
  private failed: Failed;
  private improvements = 0;

  constructor(inputs: Inputs, failed: Failed, options: ShrinkOptions) {
    this.best = inputs;
    this.failed = failed;
    this.options = options;
  }

  *run(): Trials<Inputs> {
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.improvements;
      yield* this.cutTime();
      yield* this.fewerFaults();
      yield* this.fewerOperations();
      yield* this.simplerSystem();
      yield* this.mergeFaults();
      yield* this.milder((fault) => shorter(fault, this.healUs));
      yield* this.milder(softer);
      if (this.improvements === before) break;
    }
    return this.best;
  }

  /** When a fault without an end of its own is over, as far as the failure goes. */
  private get healUs(): Micros {
    return Math.min(this.best.healAtUs, this.failed.timeUs);
  }

  /** True, and the new best, when the candidate fails as it should. */
  private *attempt(change: Partial<Inputs>): Trials<boolean> {
    const candidate = { ...this.best, ...change };
    const failed = yield candidate;
    if (failed === null) return false;
    this.best = candidate;
    this.failed = failed;
    this.improvements++;
    this.options.found?.(candidate, failed);
    return true;
  }

  /** Nothing is to be waited for after the failure: a trial that does not fail then ends soon. */
  private *cutTime(): Trials<void> {
    const endUs = this.failed.timeUs + SLACK_US;
    if (endUs + SLACK_US >= this.best.endUs) return;
    // Where faults have no end of their own, the heal ends them: it moves only when it must.
    yield* this.attempt({ endUs, healAtUs: Math.min(this.best.healAtUs, endUs - 1) });
  }

  private *fewerFaults(): Trials<void> {
    yield* ddmin(this.best.faults, (faults) => this.attempt({ faults }));
  }

  private *fewerOperations(): Trials<void> {
    yield* ddmin(this.best.workload, (workload) => this.attempt({ workload }));
  }

  private *simplerSystem(): Trials<void> {
    const { simpler } = this.options;
    if (simpler === undefined) return;
    // Every change that helps makes new ones possible; those tried in vain are not tried again in this round.
    const tried = new Set<string>();
    for (;;) {
      const next = simpler(this.best).find((candidate) => !tried.has(changeOf(this.best, candidate)));
      if (next === undefined) return;
      tried.add(changeOf(this.best, next));
      yield* this.attempt(next);
    }
  }

  private *mergeFaults(): Trials<void> {
    for (let first = 0; first < this.best.faults.length; first++) {
      for (let second = first + 1; second < this.best.faults.length; second++) {
        const { faults } = this.best;
        const one = merged(faults[first] as Fault, faults[second] as Fault, this.healUs);
        if (one === null) continue;
        const fewer = faults.flatMap((fault, at) => (at === first ? [one] : at === second ? [] : [fault]));
        if (yield* this.attempt({ faults: fewer })) second--;
      }
    }
  }

  /** Makes each fault milder for as long as that still fails. */
  private *milder(change: (fault: Fault) => Fault | null): Trials<void> {
    for (let at = 0; at < this.best.faults.length; at++) {
      for (;;) {
        const { faults } = this.best;
        const next = change(faults[at] as Fault);
        if (next === null || !(yield* this.attempt({ faults: faults.with(at, next) }))) break;
      }
    }
  }
}

/** What a candidate changes about the design: the same change of another best is not worth another try. */
function changeOf(best: Inputs, candidate: Inputs): string {
  const before = best.design as Readonly<Record<string, unknown>>;
  const after = candidate.design as Readonly<Record<string, unknown>>;
  return JSON.stringify(
    Object.keys(after)
      .filter((key) => after[key] !== before[key])
      .map((key) => [key, after[key]]),
  );
}
