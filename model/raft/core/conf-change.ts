/**
 * Changes of membership as the log holds them, and what they make of a configuration (etcd `ConfChangeV2`, package `confchange`).
 */

import { freezeConfiguration, isJoint, type Configuration, type MemberId } from './configuration.ts';

/** One member's part in a change. `update` changes nothing here: what goes with the entry may (etcd: a member's URLs). */
export interface MemberChange {
  readonly change: 'add-voter' | 'add-learner' | 'remove' | 'update';
  readonly member: MemberId;
}

/**
 * `auto`: a single change is made at once, more than one by way of a joint configuration that is left automatically.
 * `joint`: a joint configuration in any case, left automatically. `joint-explicit`: it stays until somebody proposes to leave it.
 */
export type Transition = 'auto' | 'joint' | 'joint-explicit';

export interface ConfChange {
  readonly transition: Transition;
  /** Empty: leave the joint configuration. */
  readonly changes: readonly MemberChange[];
}

export const leaveJoint: ConfChange = Object.freeze({ transition: 'auto', changes: Object.freeze([]) });

/** What the change makes of the configuration. Throws a RangeError where it must not be made of this one. */
export function changeConfiguration(before: Configuration, change: ConfChange): Configuration {
  const { changes, transition } = change;
  if (changes.length === 0) return leave(before);
  if (isJoint(before)) throw new RangeError('the joint configuration must be left first');
  if (transition === 'auto' && changes.length === 1) return simple(before, changes);
  if (before.voters.length === 0) throw new RangeError('a configuration without voters cannot be left for another');
  return apply({ ...before, outgoing: before.voters, autoLeave: transition !== 'joint-explicit' }, changes);
}

function simple(before: Configuration, changes: readonly MemberChange[]): Configuration {
  return apply(before, changes);
}

function leave(before: Configuration): Configuration {
  if (!isJoint(before)) throw new RangeError('there is no joint configuration to leave');
  const { voters, learners, learnersNext } = before;
  return freezeConfiguration({
    voters,
    outgoing: [],
    learners: [...learners, ...learnersNext],
    learnersNext: [],
    autoLeave: false,
  });
}

function apply(before: Configuration, changes: readonly MemberChange[]): Configuration {
  const { outgoing } = before;
  const voters = new Set(before.voters);
  const learners = new Set(before.learners);
  const learnersNext = new Set(before.learnersNext);
  for (const { change, member } of changes) {
    if (!Number.isSafeInteger(member) || member < 1) throw new RangeError(`member id ${member} is not a positive integer`);
    if (change === 'update' || (change === 'add-learner' && (learners.has(member) || learnersNext.has(member)))) continue;
    voters.delete(member);
    learners.delete(member);
    learnersNext.delete(member);
    if (change === 'add-voter') voters.add(member);
    // Whoever still votes in the outgoing half cannot be a learner yet.
    else if (change === 'add-learner') (outgoing.includes(member) ? learnersNext : learners).add(member);
  }
  if (voters.size === 0) throw new RangeError('a configuration needs a voter');
  return freezeConfiguration({
    voters: [...voters],
    outgoing,
    learners: [...learners],
    learnersNext: [...learnersNext],
    autoLeave: before.autoLeave,
  });
}

export function describeChange({ changes, transition }: ConfChange): string {
  if (changes.length === 0) return 'leave the joint configuration';
  const what = changes.map(({ change, member }) => `${change} ${member}`).join(', ');
  return transition === 'auto' ? what : `${what} (${transition})`;
}
