/** One script before both subjects: ours answers first, which says what to wait for at the other. */
import type { ScriptLine } from '../../bin/store/script.ts';
import { Comparison, type Difference } from './compare.ts';
import type { Outcome, Sitting, Subject } from './subject.ts';

export interface ScriptResult {
  readonly script: readonly ScriptLine[];
  readonly ours: readonly Outcome[];
  readonly theirs: readonly Outcome[];
  readonly difference: Difference | null;
  /**
   * The other one's clock has run away from ours by more than what scripts that wait leave: what
   * leases have come to there says nothing.
   */
  readonly isLate: boolean;
}

const LATE_MS = 1_000;

/** Where the lines come from: a script that is there, or one that is written while it is answered. */
export interface Author {
  next(): ScriptLine | null;
  /** Told what came of a line before it is asked for the next one. */
  learn(line: ScriptLine, outcome: Outcome): void;
}

/** An author who has written already. */
export function written(script: readonly ScriptLine[]): Author {
  let at = 0;
  return { next: () => script[at++] ?? null, learn: () => undefined };
}

/** Runs a script before both, until the first difference or `signal`. */
export async function runScript(author: Author, ours: Subject, theirs: Subject, signal?: AbortSignal): Promise<ScriptResult> {
  const { script, outcomes } = await writeDown(author, ours);
  const comparison = new Comparison();
  const answered: Outcome[] = [];
  const sitting = await theirs.open();
  try {
    for (const [at, line] of script.entries()) {
      if (signal?.aborted) break;
      const expected = outcomes[at] as Outcome;
      const outcome = await sitting.perform(line, expected);
      answered.push(outcome);
      const difference = comparison.next(line, expected, outcome);
      if (difference !== null)
        return { script, ours: outcomes, theirs: answered, difference, isLate: outcome.atMs - expected.atMs > LATE_MS };
    }
    return { script, ours: outcomes, theirs: answered, difference: comparison.surplus(await sitting.surplus()), isLate: false };
  } finally {
    await sitting.close();
  }
}

async function writeDown(author: Author, ours: Subject): Promise<{ script: ScriptLine[]; outcomes: Outcome[] }> {
  const script: ScriptLine[] = [];
  const outcomes: Outcome[] = [];
  const sitting: Sitting = await ours.open();
  try {
    for (let line = author.next(); line !== null; line = author.next()) {
      const outcome = await sitting.perform(line);
      author.learn(line, outcome);
      script.push(line);
      outcomes.push(outcome);
    }
  } finally {
    await sitting.close();
  }
  return { script, outcomes };
}
