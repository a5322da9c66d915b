/** Adds up journals: each run counts once, however often it stands there. */
import { SwarmTally } from '../../scenarios/swarm/swarm-result.ts';
import type { Again, JournalContent } from './journal.ts';

export interface JournalsTally {
  readonly tally: SwarmTally;
  /** By seed, how many scenarios ran on it. */
  readonly runsOf: ReadonlyMap<number, number>;
}

export function tallyJournals(journals: readonly JournalContent[]): JournalsTally {
  const tally = new SwarmTally();
  const runsOf = new Map<number, number>();
  const seen = new Set<string>();
  for (const { known } of journals)
    for (const { result, failure } of known) if (isNew(seen, `known ${keyOf(result)}`)) tally.addKnown(failure);
  for (const { runs, again } of journals) {
    for (const { result, failure } of runs) {
      if (!isNew(seen, `run ${keyOf(result)}`)) continue;
      tally.add(result, failure);
      runsOf.set(result.seed, (runsOf.get(result.seed) ?? 0) + 1);
    }
    for (const one of again) if (isNew(seen, `again ${one.again} ${one.scenario}`)) countAgain(tally, one);
  }
  return { tally, runsOf };
}

/** A run was repeated in another process. */
export function countAgain(tally: SwarmTally, { again, scenario, digests }: Again): void {
  tally.rerun++;
  if (digests[0] !== digests[1]) tally.nondeterministic.push({ scenario, seed: again, digests });
}

/** One run of a swarm. */
export function keyOf({ seed, scenario }: { readonly seed: number; readonly scenario: string }): string {
  return `${seed} ${scenario}`;
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
