/**
 * Handing leadership over: to a member of one's choice, without waiting for a timeout
 * (dissertation §3.10; etcd `MsgTransferLeader`).
 */

import { isVoter, noMember, type MemberId } from './configuration.ts';
import { Role, type Member } from './member.ts';
import { createMessage, MessageType, type Message } from './message.ts';

/** False if nobody leads as far as known. A member that does not lead asks its leader. */
export function transferLeadership(member: Member, target: MemberId): boolean {
  if (member.role === Role.leader) {
    beginTransfer(member, target);
    return true;
  }
  if (member.leader === noMember) return false;
  // Its term may be news here: nobody speaks in a term that a crash can take back.
  member.sendAfterSync(createMessage(MessageType.transferLeader, member.id, member.leader, member.term, 0, 0, 0, false, target));
  return true;
}

/** A follower forwards the wish. One that does not lead passes it on, as etcd does. */
export function handleTransferLeader(member: Member, request: Message): void {
  transferLeadership(member, request.hintIndex);
}

/**
 * Leadership is given up: to the most caught-up voter that answers, else by stepping down. If the transfer fails within an
 * election timeout the leader steps down as well.
 */
export function resign(member: Member): void {
  if (member.role !== Role.leader) return;
  if (member.transferee === noMember) {
    const successor = mostCaughtUp(member);
    if (successor === noMember) {
      member.becomeFollower(member.term, noMember);
      return;
    }
    beginTransfer(member, successor);
  }
  member.resigning = true;
}

function beginTransfer(member: Member, target: MemberId): void {
  if (!isVoter(member.configuration, target) || target === member.transferee) return;
  // A newer wish replaces an older one, but a leader that is resigning still resigns.
  const { resigning } = member;
  endTransfer(member);
  if (target === member.id) return;
  member.resigning = resigning;
  // It has one election timeout (etcd).
  member.electionElapsed = 0;
  member.transferee = target;
  // Voters will not wait for an election timeout, so neither may its reads. The order may arrive late, too (dissertation §6.4.1).
  if (member.lease !== null && !member.defects.leaseOutlivesTransfer) member.lease.end();
  if (member.match[target] === member.log.lastIndex) orderElection(member);
  else {
    member.progress[target]!.mustSend = true;
    member.appendsDue = true;
  }
}

/** The transferee holds everything: it shall campaign. Its log is the leader's, and proposals wait, so it can win. */
export function orderElection(member: Member): void {
  member.send(createMessage(MessageType.timeoutNow, member.id, member.transferee, member.term));
}

/** An election timeout has passed and this member still leads: it takes proposals again, or steps down if it is resigning. */
export function abandonTransfer(member: Member): void {
  if (member.transferee === noMember) return;
  if (member.resigning) member.becomeFollower(member.term, noMember);
  else endTransfer(member);
}

/** The transfer is given up: this leader takes proposals again. */
export function endTransfer(member: Member): void {
  member.transferee = noMember;
  member.resigning = false;
}

function mostCaughtUp(member: Member): MemberId {
  const { configuration, peers } = member;
  let best = noMember;
  for (let at = 0; at < peers.length; at++) {
    const id = peers[at]!;
    const match = member.match[id]!;
    if (!isVoter(configuration, id) || !member.progress[id]!.answers(match, member.electionTicks)) continue;
    if (best === noMember || match > member.match[best]!) best = id;
  }
  return best;
}
