/**
 * Delta debugging of a list (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002): ever smaller
 * chunks are left out, until no single item can be.
 */

/** Asks whether what is left still fails. */
export type Attempt<Item, Question, Answer> = (rest: readonly Item[]) => Generator<Question, boolean, Answer>;

/** A part of `items`, in their order, that fails and of which no single item can be left out. `items` themselves must fail. */
export function* ddmin<Item, Question, Answer>(
  items: readonly Item[],
  attempt: Attempt<Item, Question, Answer>,
): Generator<Question, readonly Item[], Answer> {
  if (items.length === 0 || (yield* attempt([]))) return [];
  let rest = items;
  let chunk = Math.ceil(rest.length / 2);
  for (;;) {
    const before = rest.length;
    // From the end: what comes late has the least that hangs on it.
    for (let end = rest.length; end > 0; end -= chunk) {
      const without = [...rest.slice(0, Math.max(0, end - chunk)), ...rest.slice(end)];
      // That all can go has been tried.
      if (without.length > 0 && (yield* attempt(without))) rest = without;
    }
    if (chunk === 1 && rest.length === before) return rest;
    chunk = Math.max(1, Math.min(Math.ceil(chunk / 2), Math.ceil(rest.length / 2)));
  }
}
