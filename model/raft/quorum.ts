/** Majorities: the one place that knows how many members, and which, are enough. */

import type { Configuration } from './configuration.ts';

export type VoteResult = 'pending' | 'won' | 'lost';

/** State of one member's vote, in an array indexed by member. A hole counts as unknown. */
export const Ballot = Object.freeze({ unknown: 0, granted: 1, rejected: 2 });

export function quorumSize(configuration: Configuration): number {
  return (configuration.voters.length >> 1) + 1;
}

export function voteResult(configuration: Configuration, ballots: readonly number[]): VoteResult {
  const voters = configuration.voters;
  let granted = 0;
  let rejected = 0;
  for (let at = 0; at < voters.length; at++) {
    const ballot = ballots[voters[at]!];
    if (ballot === Ballot.granted) granted++;
    else if (ballot === Ballot.rejected) rejected++;
  }
  const needed = quorumSize(configuration);
  if (granted >= needed) return 'won';
  return voters.length - rejected < needed ? 'lost' : 'pending';
}

/**
 * The largest number that a majority of voters has reached. `reached` is indexed by member (a hole counts as 0), `scratch` is
 * overwritten. With the indices of a leader's followers this is the commit candidate (etcd `MajorityConfig.CommittedIndex`).
 */
export function quorumReached(configuration: Configuration, reached: readonly number[], scratch: number[]): number {
  const voters = configuration.voters;
  const count = voters.length;
  if (count === 0) return 0;
  // Insertion sort, ascending: groups are small, and nothing is allocated.
  for (let at = 0; at < count; at++) {
    const value = reached[voters[at]!] ?? 0;
    let to = at;
    while (to > 0 && scratch[to - 1]! > value) {
      scratch[to] = scratch[to - 1]!;
      to--;
    }
    scratch[to] = value;
  }
  return scratch[count - quorumSize(configuration)]!;
}
