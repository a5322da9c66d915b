/** The follower's side of replication: appends, heartbeats and snapshots of the term's leader (Raft §5.3, dissertation §5.1). */

import type { Member } from './member.ts';
import { createMessage, MessageType, type Message } from './message.ts';

/** A message that only a leader sends, in the own term. */
export function hearLeader(member: Member, leader: number): void {
  if (member.leader === leader) member.electionElapsed = 0;
  else member.becomeFollower(member.term, leader);
}

export function handleAppend(member: Member, append: Message): void {
  const { log, defects } = member;
  if (append.index < log.committed) {
    // Everything up to the commit index is known to match: say so, and look no further (etcd `handleAppendEntries`).
    accept(member, append.from, log.committed);
    return;
  }
  const matches = defects.skipPreviousTermCheck ? append.index <= log.lastIndex : log.termAt(append.index) === append.logTerm;
  if (!matches) {
    refuse(member, append);
    return;
  }
  // The first entry of the term is what makes this log that of the new leader.
  const joins = log.lastTerm < member.term;
  if (defects.staleAppendTruncates) log.truncateAfter(append.index);
  log.merge(append.entries);
  const last = append.index + append.entries.length;
  learnCommit(member, append.commit < last ? append.commit : last);
  if (defects.catchUpAckedBeforeSync && joins) member.send(accepted(member, append.from, last));
  else accept(member, append.from, last);
}

export function handleHeartbeat(member: Member, heartbeat: Message): void {
  learnCommit(member, heartbeat.commit);
  const response = createMessage(
    MessageType.heartbeatResponse,
    member.id,
    heartbeat.from,
    member.term,
    0,
    0,
    0,
    false,
    0,
    0,
    heartbeat.round,
  );
  // It promises nothing but the term: where that is durable, a slow disk must not make the leader believe it is alone.
  if (member.log.durability.stableSequence >= member.termSequence) member.send(response);
  else member.sendAfterSync(response);
}

/** Three cases: stale; the log has the snapshot's last entry and what follows is kept; or the whole log goes (etcd `restore`). */
export function handleSnapshot(member: Member, message: Message): void {
  const { log } = member;
  const snapshot = message.snapshot!;
  if (snapshot.index > log.committed) {
    const reaches = log.termAt(snapshot.index) === snapshot.term && !member.defects.snapshotDropsSuffix;
    if (reaches) log.commitTo(snapshot.index);
    else {
      log.restore(snapshot);
      member.configure(snapshot.configuration, snapshot.index);
      member.forgetConfigurations(snapshot.index);
    }
  }
  accept(member, message.from, log.committed);
}

/**
 * A leader of an older term hears of the newer one. With check-quorum or pre-vote this is what frees a member whose term ran
 * ahead: others ignore its candidacy, and it ignores their leader, for ever (etcd `Step`).
 */
export function answerOldLeader(member: Member, message: Message): void {
  if ((!member.checkQuorum && !member.preVote) || member.defects.oldLeaderNotAnswered) return;
  if (message.type === MessageType.snapshot) return;
  member.sendAfterSync(createMessage(MessageType.appendResponse, member.id, message.from, member.term));
}

function learnCommit(member: Member, commit: number): void {
  // Messages overtake each other, and a new leader starts from what it knows: an older value is no news.
  if (member.defects.commitNotMonotonic) member.log.committed = Math.min(commit, member.log.lastIndex);
  else if (member.defects.commitPastMatch) member.log.commitTo(Math.min(commit, member.log.lastIndex));
  else member.log.commitTo(commit);
}

function accept(member: Member, leader: number, index: number): void {
  respond(member, accepted(member, leader, index));
}

function accepted(member: Member, leader: number, index: number): Message {
  return createMessage(MessageType.appendResponse, member.id, leader, member.term, index);
}

function refuse(member: Member, append: Message): void {
  const { log } = member;
  const from = append.index < log.lastIndex ? append.index : log.lastIndex;
  const hintIndex = log.findConflictByTerm(from, append.logTerm);
  const hintTerm = Math.max(log.termAt(hintIndex), 0);
  respond(
    member,
    createMessage(MessageType.appendResponse, member.id, append.from, member.term, append.index, 0, 0, true, hintIndex, hintTerm),
  );
}

function respond(member: Member, response: Message): void {
  // Acknowledged from the page cache, an entry counts as committed and is gone after a power loss (R05).
  if (member.defects.ackBeforeSync) member.send(response);
  else member.sendAfterSync(response);
}
