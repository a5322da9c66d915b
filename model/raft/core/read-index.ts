/** Linearizable reads without a log entry: ReadIndex (dissertation §6.4; etcd `ReadOnlySafe`). */

import { noMember, type MemberId } from './configuration.ts';
import { Role, type Member, type PendingRead } from './member.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import { quorumReached } from './quorum.ts';

/** A read asked for at this member. False if it knows no leader to ask. */
export function requestRead(member: Member, requestId: number): boolean {
  if (member.role === Role.leader) {
    openRead(member, member.id, requestId);
    return true;
  }
  if (member.leader === noMember) return false;
  member.send(createMessage(MessageType.readIndex, member.id, member.leader, 0, 0, 0, 0, false, 0, 0, requestId));
  return true;
}

/** A follower forwards a read. A member that does not lead drops it: whoever asked will ask again. */
export function handleReadIndex(member: Member, request: Message): void {
  if (member.role === Role.leader) openRead(member, request.from, request.round);
}

export function handleReadIndexResponse(member: Member, response: Message): void {
  member.readStates.push({ requestId: response.round, index: response.index });
}

function openRead(member: Member, from: MemberId, requestId: number): void {
  const { log, defects } = member;
  if (log.termAt(log.committed) !== member.term && !defects.readBeforeOwnCommit) {
    // What the predecessor acknowledged may lie beyond a new leader's commit index (etcd #7331, PR 12762).
    member.postponedReads.push({ round: 0, from, requestId, index: 0 });
    return;
  }
  if (member.lease !== null && member.lease.isValid) {
    answer(member, { round: 0, from, requestId, index: log.committed });
    return;
  }
  // A round that is under way may have been answered before another leader was elected and committed more (etcd #20418).
  const joins = defects.readJoinsOldRound && member.reads.length > 0;
  const read: PendingRead = { round: joins ? member.readRound : ++member.readRound, from, requestId, index: log.committed };
  if (defects.readWithoutQuorum) {
    answer(member, read);
    return;
  }
  member.reads.push(read);
  member.roundDue = true;
  // Alone in its group a leader is its own quorum.
  if (member.configuration.voters.length === 1) confirmReads(member);
}

/** The first entry of the own term is committed: reads that waited for it start their rounds. */
export function releasePostponedReads(member: Member): void {
  const postponed = member.postponedReads;
  member.postponedReads = [];
  for (let at = 0; at < postponed.length; at++) openRead(member, postponed[at]!.from, postponed[at]!.requestId);
}

/**
 * Answers every read whose round a quorum has answered. Whoever answers a round, or a later one, in this term had not heard of
 * a newer term after the round was opened, so no newer leader had committed anything when it was.
 */
export function confirmReads(member: Member): void {
  const { lease, reads } = member;
  if (reads.length === 0 && lease === null) return;
  member.answeredRound[member.id] = member.readRound;
  const confirmed = quorumReached(member.configuration, member.answeredRound, member.scratch);
  if (lease !== null) lease.confirmed(confirmed);
  let answered = 0;
  while (answered < reads.length && reads[answered]!.round <= confirmed) answer(member, reads[answered++]!);
  if (answered > 0) reads.splice(0, answered);
}

function answer(member: Member, read: PendingRead): void {
  if (read.from === member.id) member.readStates.push({ requestId: read.requestId, index: read.index });
  else {
    member.send(
      createMessage(
        MessageType.readIndexResponse,
        member.id,
        read.from,
        member.term,
        read.index,
        0,
        0,
        false,
        0,
        0,
        read.requestId,
      ),
    );
  }
}
