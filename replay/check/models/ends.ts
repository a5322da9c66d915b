/** What becomes of operations that were never answered, where each brings about something that only it can have brought about. */
import type { Asked } from './model.ts';

interface Traces<Op> {
  /** What an operation leaves for others to see, by its text; null for nothing. */
  readonly leaves: (op: Op) => string | null;
  /** What has to be there for an answer to be true. */
  readonly shows: (op: Op) => Iterable<string>;
  /** What was there in the beginning. */
  readonly initially?: string | undefined;
}

/**
 * For models in which an operation whose traces nobody ever shows is not missed by anybody (`Model.ends`). A trace that several
 * may have left, or that was there in the beginning, says nothing of any of them.
 */
export function endsByTraces<Op>(
  all: readonly Asked<Op>[],
  { leaves, shows, initially }: Traces<Op>,
): readonly (number | null)[] {
  const left = new Map<string, number>();
  const shown = new Map<string, number>();
  for (const { op, returnedAt } of all) {
    const trace = leaves(op);
    if (trace !== null) left.set(trace, (left.get(trace) ?? 0) + 1);
    for (const each of shows(op)) shown.set(each, Math.min(shown.get(each) ?? Infinity, returnedAt));
  }
  return all.map(({ op, returnedAt }) => {
    const trace = leaves(op);
    if (trace === null || returnedAt !== Infinity) return returnedAt;
    const seenAt = shown.get(trace);
    if (seenAt === undefined) return null;
    return left.get(trace) === 1 && trace !== initially ? seenAt : Infinity;
  });
}
