/** Who belongs to the group: the one value that elections, commits and reads consult (etcd `ConfState`). */

/** A small positive integer. Arrays are indexed by it, so it should stay below a few hundred. */
export type MemberId = number;

/** Stands for "nobody" wherever a member id is expected: no leader known, no vote cast. */
export const noMember: MemberId = 0;

/** Immutable: a change of membership is another value. Every list is sorted and without duplicates. */
export interface Configuration {
  /** Members whose votes and acknowledgements make a quorum. */
  readonly voters: readonly MemberId[];
  /** While the configuration is joint: the voters that were before. A quorum is then a majority of both. Else empty. */
  readonly outgoing: readonly MemberId[];
  /** Members that get the log and do not count. None of them is in `voters` or `outgoing`. */
  readonly learners: readonly MemberId[];
  /** Outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  /** The leader leaves the joint configuration by itself, as soon as it is applied. */
  readonly autoLeave: boolean;
}

const nobody: readonly MemberId[] = Object.freeze([]);

/** Checks and normalises. Throws a RangeError unless the ids are distinct positive integers. */
export function createConfiguration(voters: readonly MemberId[], learners: readonly MemberId[] = nobody): Configuration {
  const ids = sorted([...voters, ...learners]);
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at]!;
    if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`member id ${id} is not a positive integer`);
    if (id === ids[at - 1]) throw new RangeError(`member ${id} is listed twice`);
  }
  return freezeConfiguration({ voters, outgoing: nobody, learners, learnersNext: nobody, autoLeave: false });
}

/** Sorts the lists, so that equal configurations look alike. */
export function freezeConfiguration({ voters, outgoing, learners, learnersNext, autoLeave }: Configuration): Configuration {
  return Object.freeze({
    voters: sorted(voters),
    outgoing: sorted(outgoing),
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
    autoLeave,
  });
}

/** Votes and acknowledgements of this member count, in one of the two halves at least. */
export function isVoter({ voters, outgoing }: Configuration, member: MemberId): boolean {
  return voters.includes(member) || outgoing.includes(member);
}

export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0;
}

/** All that are voters in either half, sorted. */
export function votersOf({ voters, outgoing }: Configuration): readonly MemberId[] {
  if (outgoing.length === 0) return voters;
  return sorted([...voters, ...outgoing.filter((id) => !voters.includes(id))]);
}

/** All that get the log, sorted. */
export function membersOf(configuration: Configuration): readonly MemberId[] {
  const voters = votersOf(configuration);
  return configuration.learners.length === 0 ? voters : sorted([...voters, ...configuration.learners]);
}

/** As people write it: `{1 2 3}`, `{1 2 4}&{1 2 3}` while joint, `{1 2 3} learners {4}`. */
export function describeConfiguration({ voters, outgoing, learners, learnersNext }: Configuration): string {
  const list = (ids: readonly MemberId[]): string => `{${ids.join(' ')}}`;
  const joint = outgoing.length === 0 ? '' : `&${list(outgoing)}`;
  const also = learners.length === 0 ? '' : ` learners ${list(learners)}`;
  return `${list(voters)}${joint}${also}${learnersNext.length === 0 ? '' : ` learners next ${list(learnersNext)}`}`;
}

function sorted(ids: readonly MemberId[]): readonly MemberId[] {
  return Object.freeze(ids.toSorted((a, b) => a - b));
}
