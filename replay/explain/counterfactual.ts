/**
 * Finds out what a failure hung on: the run is executed again with something left out, and whether it still fails is seen, never
 * assumed (Halpern and Pearl's but-for cause; delta debugging where there is much to leave out). All chance comes from named
 * streams, so the rest stays as it was.
 */
import { ms, type Micros, type Omission, type Run, type Violation } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';
import { ddmin } from '../shrink/ddmin.ts';
import type { Failed } from '../shrink/trials.ts';
import type { Happening } from './chronicle.ts';
import type { Part } from './explanation.ts';

export type Question =
  /** Run the inputs as they are to the end, with this attached before the first step. */
  | { readonly ask: 'watch'; readonly attach: (run: Run) => void }
  /** Run other inputs, without some messages, judged by the property in question alone. */
  | { readonly ask: 'try'; readonly inputs: Inputs; readonly omitted: readonly Omission[] };

/**
 * Asks its questions one after the other; whoever executes them answers how it failed, in the
 * same way as the recorded run, or null.
 */
export type Inquiry<Result> = Generator<Question, Result, Failed | null>;

/** So long after the failure a run without something may come to the same, a little later. */
const SLACK_US: Micros = ms(1_500);
/** Of all runs, so many in a hundred at most go to faults, and to operations. */
const FAULTS_PERCENT = 40;
const OPERATIONS_PERCENT = 35;
/** So many messages are left out together at first. */
const GROUP = 8;

export class Counterfactuals {
  runs = 0;
  /** There was more to try than runs allowed. */
  exhausted = false;
  private readonly inputs: Inputs;
  private readonly failure: Violation;
  private readonly budget: number;

  constructor(inputs: Inputs, failure: Violation, budget: number) {
    this.inputs = inputs;
    this.failure = failure;
    this.budget = budget;
  }

  /** The part of each fault, and the inputs with only those that are needed. */
  *faults(): Inquiry<{ readonly parts: readonly Part[]; readonly inputs: Inputs }> {
    const { faults } = this.inputs;
    const parts = yield* this.partsOf(faults, percentOf(this.budget, FAULTS_PERCENT), (left) => ({
      ...this.inputs,
      faults: left,
    }));
    return { parts, inputs: { ...this.inputs, faults: faults.filter((_, at) => parts[at] !== 'nothing') } };
  }

  /** The part of each operation, in a run of these inputs. */
  *operations(inputs: Inputs): Inquiry<readonly Part[]> {
    return yield* this.partsOf<{ readonly at?: Micros }>(
      inputs.workload,
      percentOf(this.budget, OPERATIONS_PERCENT),
      (workload) => ({ ...inputs, workload }),
    );
  }

  /**
   * The part of messages: of those on the way to the failure one by one, of others in groups. When a run without a whole group
   * still fails, none of the group is needed.
   */
  *messages(chain: readonly Happening[], others: readonly Happening[]): Inquiry<ReadonlyMap<Happening, Part>> {
    const parts = new Map<Happening, Part>();
    for (const message of chain) yield* this.group([message], parts);
    for (let at = 0; at < others.length; at += GROUP) yield* this.group(others.slice(at, at + GROUP), parts);
    return parts;
  }

  private *group(messages: readonly Happening[], parts: Map<Happening, Part>): Inquiry<void> {
    const still = yield* this.stillFails(this.inputs, messages.flatMap(omissionOf));
    if (still === null || still) {
      for (const message of messages) parts.set(message, still ? 'nothing' : 'untried');
    } else if (messages.length === 1) {
      parts.set(messages[0] as Happening, 'needed');
    } else {
      const half = messages.length >> 1;
      yield* this.group(messages.slice(0, half), parts);
      yield* this.group(messages.slice(half), parts);
    }
  }

  private *partsOf<Item extends { readonly at?: Micros }>(
    items: readonly Item[],
    budget: number,
    inputsWith: (left: readonly Item[]) => Inputs,
  ): Inquiry<readonly Part[]> {
    const runsMax = this.runs + budget;
    const parts: Part[] = items.map(() => 'nothing');
    // What would have begun later cannot have had a part in it.
    let rest: readonly number[] = items.flatMap(({ at }, index) => (at !== undefined && at > this.failure.timeUs ? [] : [index]));
    for (const index of rest) parts[index] = 'untried';
    let vanishesWithoutAll = false;
    const stillFails = this.stillFails.bind(this);
    yield* ddmin(rest, function* (left): Inquiry<boolean> {
      const still = yield* stillFails(inputsWith(left.map((index) => items[index] as Item)), [], runsMax);
      if (still === null) return false;
      const gone = rest.filter((index) => !left.includes(index));
      if (still) {
        for (const index of gone) parts[index] = 'nothing';
        rest = left;
      } else if (left.length === 0) {
        vanishesWithoutAll = true;
      } else if (gone.length === 1) {
        parts[gone[0] as number] = 'needed';
      }
      return still;
    });
    // Without the last one nothing is left, and that was tried first.
    if (rest.length === 1 && vanishesWithoutAll) parts[rest[0] as number] = 'needed';
    return parts;
  }

  /** Null: there is no run left to try it. */
  private *stillFails(inputs: Inputs, omitted: readonly Omission[], runsMax = this.budget): Inquiry<boolean | null> {
    if (this.runs >= Math.min(runsMax, this.budget)) {
      this.exhausted = true;
      return null;
    }
    this.runs++;
    return (yield { ask: 'try', inputs: this.untilFailure(inputs), omitted }) !== null;
  }

  /** Of a property that must always hold nothing is to be waited for long after the failure; a goal has all its time. */
  private untilFailure(inputs: Inputs): Inputs {
    if (this.failure.kind !== 'always') return inputs;
    const endUs = Math.min(inputs.endUs, this.failure.timeUs + SLACK_US);
    return { ...inputs, endUs, healAtUs: Math.min(inputs.healAtUs, endUs - 1) };
  }
}

function percentOf(total: number, percent: number): number {
  return Math.floor((total * percent) / 100);
}

function omissionOf({ source, target, luck }: Happening): readonly Omission[] {
  return source === null || target === null ? [] : [{ from: source, to: target, luck }];
}
