/** Explains a failure: which way led to it, what it hung on, and who knew what when. */
import type { Violation } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';
import { Beliefs } from './beliefs.ts';
import { Chronicle } from './chronicle.ts';
import { Counterfactuals, type Inquiry } from './counterfactual.ts';
import type { Explanation, Part } from './explanation.ts';
import { relevantTo } from './relevance.ts';
import { castOf, tellStory } from './story.ts';
import { accountOf, type Account } from './account.ts';

export interface ExplainOptions {
  /** Runs that may be tried with something left out. 0: only what happened is told. */
  readonly budget?: number;
}

export const DEFAULT_BUDGET = 150;

/** Null: the inputs do not fail. Deterministic: the same answers lead to the same explanation. */
export function* explain(inputs: Inputs, { budget = DEFAULT_BUDGET }: ExplainOptions = {}): Inquiry<Explanation | null> {
  let chronicle: Chronicle | undefined;
  yield { ask: 'watch', attach: (run) => void (chronicle = new Chronicle(run)) };
  const failure = chronicle?.failure ?? null;
  if (chronicle === undefined || failure === null) return null;
  const account = yield* tryWithout(inputs, failure, chronicle, budget);
  const cast = castOf(account, failure, chronicle);
  const steps = chronicle.happenings.length;
  let beliefs: Beliefs | undefined;
  yield { ask: 'watch', attach: (run) => void (beliefs = new Beliefs(run, cast, steps)) };
  return tellStory(account, failure, chronicle, beliefs as Beliefs);
}

function* tryWithout(inputs: Inputs, failure: Violation, chronicle: Chronicle, budget: number): Inquiry<Account> {
  const relevant = relevantTo(failure, chronicle);
  const trials = new Counterfactuals(inputs, failure, budget);
  const { parts: faults, inputs: fewer } = yield* trials.faults();
  const operations: readonly Part[] = yield* trials.operations(fewer);
  const messages = yield* trials.messages(relevant.chain, relevant.others);
  return accountOf({ inputs, chronicle, relevant, faults, operations, messages, runs: trials.runs, complete: !trials.exhausted });
}
