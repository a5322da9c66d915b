/**
 * The seeds that are known to show what is looked for, and then, since a change of the model moves them, `more` others from 1 on.
 */
export function* seedsToTry(known: readonly number[], more: number): Generator<number> {
  yield* known;
  for (let seed = 1; seed <= more; seed++) yield seed;
}
