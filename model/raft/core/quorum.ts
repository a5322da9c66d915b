/**
 * Majorities: the one place that knows how many members, and which, are enough. Of a joint configuration both halves are asked.
 */

import type { Configuration, MemberId } from './configuration.ts';

export type VoteResult = 'pending' | 'won' | 'lost';

/** State of one member's vote, in an array indexed by member. A hole counts as unknown. */
export const Ballot = Object.freeze({ unknown: 0, granted: 1, rejected: 2 });

/** How many of so many are a majority. */
export function majority(count: number): number {
  return (count >> 1) + 1;
}

export function voteResult({ voters, outgoing }: Configuration, ballots: readonly number[]): VoteResult {
  const result = voteOf(voters, ballots);
  if (outgoing.length === 0) return result;
  const other = voteOf(outgoing, ballots);
  if (result === other) return result;
  return result === 'lost' || other === 'lost' ? 'lost' : 'pending';
}

function voteOf(voters: readonly MemberId[], ballots: readonly number[]): VoteResult {
  let granted = 0;
  let rejected = 0;
  for (let at = 0; at < voters.length; at++) {
    const ballot = ballots[voters[at]!];
    if (ballot === Ballot.granted) granted++;
    else if (ballot === Ballot.rejected) rejected++;
  }
  const needed = majority(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - rejected < needed ? 'lost' : 'pending';
}

/**
 * The largest number that a quorum has reached. `reached` is indexed by member (a hole counts as 0), `scratch` is
 * overwritten. With the indices of a leader's followers this is the commit candidate (etcd `JointConfig.CommittedIndex`).
 */
export function quorumReached({ voters, outgoing }: Configuration, reached: readonly number[], scratch: number[]): number {
  const index = majorityReached(voters, reached, scratch);
  if (outgoing.length === 0) return index;
  const other = majorityReached(outgoing, reached, scratch);
  return index < other ? index : other;
}

function majorityReached(voters: readonly MemberId[], reached: readonly number[], scratch: number[]): number {
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
  return scratch[count - majority(count)]!;
}
