/** Who belongs to the group: the one value that elections, commits and reads consult. */

/** A small positive integer. Arrays are indexed by it, so it should stay below a few hundred. */
export type MemberId = number;

/** Stands for "nobody" wherever a member id is expected: no leader known, no vote cast. */
export const noMember: MemberId = 0;

/** Immutable: a change of membership is another value. */
export interface Configuration {
  /** Members whose votes and acknowledgements make a quorum. Sorted, without duplicates. */
  readonly voters: readonly MemberId[];
}

/** Checks and normalises. Throws a RangeError unless the ids are distinct positive integers. */
export function createConfiguration(voters: readonly MemberId[]): Configuration {
  const sorted = [...voters].sort((a, b) => a - b);
  for (let at = 0; at < sorted.length; at++) {
    const id = sorted[at]!;
    if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`member id ${id} is not a positive integer`);
    if (id === sorted[at - 1]) throw new RangeError(`member ${id} is listed twice`);
  }
  return Object.freeze({ voters: Object.freeze(sorted) });
}

export function isVoter(configuration: Configuration, member: MemberId): boolean {
  return configuration.voters.includes(member);
}
