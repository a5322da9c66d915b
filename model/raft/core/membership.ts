/** Changing the group: what a leader may propose when, and what an applied change does to a member (etcd `switchToConfig`). */

import { changeConfiguration, leaveJoint, type ConfChange } from './conf-change.ts';
import { isJoint, isVoter, noMember, type Configuration } from './configuration.ts';
import type { Entry } from './entry.ts';
import { Role, type Member } from './member.ts';
import { panic } from './panic.ts';
import { advanceCommit, appendAsLeader, followMember } from './replication.ts';
import { confirmReads } from './read-index.ts';
import { endTransfer } from './transfer.ts';

/**
 * Why a change was not proposed. etcd puts an empty entry in its place in most of these cases, so that its proposer waits in
 * vain; here it is told, and nothing enters the log.
 */
export type ChangeRefusal =
  | 'not leading'
  /** Leadership is being handed over. */
  | 'handing over'
  /** This leader has committed nothing of its own term yet: a change of its predecessor may be under way (R02). */
  | 'term not begun'
  /** An earlier change is not applied yet. */
  | 'another change is pending'
  /** It cannot be made of the present configuration: see `changeConfiguration`. */
  | 'impossible';

/** Appends a change to the log, or says why not. */
export function proposeChange(
  member: Member,
  change: ConfChange,
  data: unknown,
  bytes: number,
  hash: number,
): Entry | ChangeRefusal {
  const { defects, log } = member;
  if (member.role !== Role.leader) return 'not leading';
  if (member.transferee !== noMember) return 'handing over';
  if (log.termAt(log.committed) !== member.term && !defects.changeBeforeOwnCommit) return 'term not begun';
  // Two changes at once: majorities of before and after need not meet (R03).
  if (member.pendingChange > log.applied && !defects.overlappingChanges) return 'another change is pending';
  try {
    changeConfiguration(member.configuration, change);
  } catch (error) {
    if (error instanceof RangeError) return 'impossible';
    throw error;
  }
  member.pendingChange = log.lastIndex + 1;
  return appendAsLeader(member, data, bytes, hash, change);
}

/** Called for each entry that is handed out to be applied: from then on its change counts. */
export function applyChange(member: Member, entry: Entry): void {
  if (entry.change === null) return;
  let configuration: Configuration;
  try {
    configuration = changeConfiguration(member.configuration, entry.change);
  } catch (error) {
    if (error instanceof RangeError) panic(`the change at ${entry.index} cannot be made: ${error.message}`);
    throw error;
  }
  member.configure(configuration, entry.index);
  if (member.role === Role.leader) switchAsLeader(member);
}

function switchAsLeader(member: Member): void {
  const { configuration, id, log, peers, progress } = member;
  for (let other = 0; other < progress.length; other++) if (!peers.includes(other)) progress[other] = undefined;
  if (!isVoter(configuration, id)) {
    // Whoever was removed, or made a learner, leads no longer (etcd `StepDownOnRemoval`).
    member.becomeFollower(member.term, noMember);
    return;
  }
  for (let at = 0; at < peers.length; at++)
    if (progress[peers[at]!] === undefined) followMember(member, peers[at]!, log.lastIndex);
  // What the old quorum answered says nothing of the new one.
  if (member.lease !== null) member.lease.reset();
  // A smaller quorum may have been reached long ago.
  advanceCommit(member);
  confirmReads(member);
  if (member.transferee !== noMember && !isVoter(configuration, member.transferee)) endTransfer(member);
  member.appendsDue = true;
}

/**
 * As soon as the joint configuration is applied, its leader proposes to leave it, also one that has become so since. Not while it
 * hands over: either its successor does, or it does afterwards.
 */
export function leaveJointIfDue(member: Member): void {
  const { configuration, log } = member;
  if (!configuration.autoLeave || member.role !== Role.leader || !isJoint(configuration)) return;
  if (member.pendingChange > log.applied) return;
  proposeChange(member, leaveJoint, null, 0, LEAVE_HASH);
}

/** Distinguishes it from the empty entry of a new leader. */
const LEAVE_HASH = 1;

/**
 * A change that is known to be committed and not applied yet: this member counts by a configuration of the past and must not
 * campaign (etcd `hasUnappliedConfChanges`).
 */
export function hasUnappliedChange(member: Member): boolean {
  const { log } = member;
  for (let index = log.applied + 1; index <= log.committed; index++) if (log.entryAt(index)!.change !== null) return true;
  return false;
}
