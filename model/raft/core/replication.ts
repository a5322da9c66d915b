/** The leader's side of replication: what to send to whom, what its answers mean, what is committed (Raft §5.3, §5.4.2). */

import type { ConfChange } from './conf-change.ts';
import { noMember, type MemberId } from './configuration.ts';
import { noEntries, type Entry } from './entry.ts';
import { Role, type Member } from './member.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import { Progress, ProgressState } from './progress.ts';
import { majority, quorumReached } from './quorum.ts';
import { confirmReads, releasePostponedReads } from './read-index.ts';
import { abandonTransfer, orderElection } from './transfer.ts';

/** A new leader's view of its followers: it knows nothing of them. */
export function becomeLeaderOf(member: Member): void {
  const { log, peers } = member;
  for (let at = 0; at < member.progress.length; at++) member.progress[at] = undefined;
  for (let at = 0; at < peers.length; at++) {
    const progress = followMember(member, peers[at]!, log.lastIndex + 1);
    progress.recentActive = false;
  }
  member.match[member.id] = log.durability.durable;
  // Its log may hold a change that is not applied yet (etcd).
  member.pendingChange = member.defects.changeBeforeOwnCommit ? 0 : log.lastIndex;
}

/**
 * Begins to follow a member of which nothing is known. It counts as active, or a change of
 * membership could cost the quorum (etcd).
 */
export function followMember(member: Member, id: MemberId, next: number): Progress {
  const progress = new Progress(id, member.maxInflight, member.maxInflightBytes);
  progress.next = next < 1 ? 1 : next;
  progress.recentActive = true;
  member.progress[id] = progress;
  member.match[id] = 0;
  member.answeredRound[id] = 0;
  return progress;
}

/** Appends one entry of the own term. The caller leads. */
export function appendAsLeader(member: Member, data: unknown, bytes: number, hash: number, change: ConfChange | null): Entry {
  const entry: Entry = { index: member.log.lastIndex + 1, term: member.term, data, bytes, hash, change };
  member.log.push(entry);
  member.uncommittedBytes += bytes;
  member.appendsDue = true;
  return entry;
}

/** One tick of a leader: checks whether a quorum still answers, and sends everybody a heartbeat. */
export function tickLeader(member: Member): void {
  member.electionElapsed++;
  if (member.electionElapsed >= member.electionTicks) {
    member.electionElapsed = 0;
    if (member.checkQuorum && !quorumWasActive(member)) {
      // Else a leader cut off goes on taking proposals and delays their clients forever (dissertation §6.2).
      member.becomeFollower(member.term, noMember);
      return;
    }
    abandonTransfer(member);
    if (member.role !== Role.leader) return;
  }
  const { peers } = member;
  for (let at = 0; at < peers.length; at++) {
    const progress = member.progress[peers[at]!]!;
    progress.silentTicks++;
    if (progress.state !== ProgressState.snapshot) continue;
    progress.snapshotTicks++;
    if (progress.snapshotTicks >= member.snapshotRetryTicks && !member.defects.lostSnapshotAwaited) {
      progress.abortSnapshot(member.match[progress.member]!);
      member.appendsDue = true;
    }
  }
  broadcastHeartbeat(member);
}

function quorumWasActive(member: Member): boolean {
  const { configuration, peers } = member;
  const active =
    majorityIsActive(member, configuration.voters) &&
    (configuration.outgoing.length === 0 || majorityIsActive(member, configuration.outgoing));
  for (let at = 0; at < peers.length; at++) member.progress[peers[at]!]!.recentActive = false;
  return active;
}

function majorityIsActive(member: Member, voters: readonly MemberId[]): boolean {
  let active = 0;
  for (let at = 0; at < voters.length; at++) {
    const id = voters[at]!;
    if (id === member.id || member.progress[id]!.recentActive) active++;
  }
  return active >= majority(voters.length);
}

export function broadcastHeartbeat(member: Member): void {
  // With leases a tick's round is news as well.
  if (member.lease !== null) member.lease.sent(++member.readRound);
  const { id, term, match, readRound, peers } = member;
  const committed = member.log.committed;
  for (let at = 0; at < peers.length; at++) {
    const to = peers[at]!;
    if (member.defects.heartbeatsBackOff && !isRetryDue(member.progress[to]!)) continue;
    const commit = match[to]! < committed && !member.defects.commitPastMatch ? match[to]! : committed;
    member.send(createMessage(MessageType.heartbeat, id, to, term, 0, 0, commit, false, 0, 0, readRound));
  }
  member.roundDue = false;
}

/** After 1, 2, 4, 8… ticks of silence. */
function isRetryDue({ silentTicks }: Progress): boolean {
  return (silentTicks & (silentTicks - 1)) === 0;
}

/** Sends every follower what its progress allows. Called when the host fetches: what came meanwhile goes in one message. */
export function sendAppends(member: Member): void {
  const { peers } = member;
  for (let at = 0; at < peers.length; at++) sendAppendsTo(member, member.progress[peers[at]!]!);
  member.appendsDue = false;
}

function sendAppendsTo(member: Member, progress: Progress): void {
  const { log } = member;
  if (progress.state === ProgressState.snapshot) return;
  if (progress.state === ProgressState.probe) {
    if (!progress.paused) sendAppend(member, progress, log.lastIndex);
    return;
  }
  let sent = false;
  while (progress.next <= log.lastIndex && !progress.inflightFull) {
    if (!sendAppend(member, progress, log.lastIndex)) return;
    sent = true;
  }
  if (sent) return;
  const news = log.committed < progress.next - 1 ? log.committed : progress.next - 1;
  // An empty append tells of a new commit index, or finds out what was lost: the follower refuses it if it has a gap.
  if (progress.mustSend || news > progress.sentCommit) sendAppend(member, progress, progress.next - 1);
}

/** One append with entries up to `to` at most, or a snapshot where they are compacted. False if it was a snapshot. */
function sendAppend(member: Member, progress: Progress, to: number): boolean {
  const { log } = member;
  const from = progress.next;
  const previous = from - 1;
  if (previous < log.baseIndex) {
    sendSnapshot(member, progress);
    return false;
  }
  const last = from > to ? previous : log.limit(from, to, member.maxAppendBytes);
  const entries = last === previous ? noEntries : log.between(from, last);
  member.send(
    createMessage(
      MessageType.append,
      member.id,
      progress.member,
      member.term,
      previous,
      log.termAt(previous),
      log.committed,
      false,
      0,
      0,
      0,
      entries,
    ),
  );
  progress.sentCommit = log.committed < last ? log.committed : last;
  progress.mustSend = false;
  if (progress.state === ProgressState.probe) progress.paused = true;
  else if (last > previous) {
    progress.next = last + 1;
    progress.addInflight(last, bytesOf(entries));
  }
  return true;
}

function bytesOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (let at = 0; at < entries.length; at++) bytes += entries[at]!.bytes;
  return bytes;
}

function sendSnapshot(member: Member, progress: Progress): void {
  const snapshot = member.log.snapshot!;
  // To a follower that may be down a snapshot is wasted; it will answer a heartbeat first (etcd).
  if (!progress.recentActive) return;
  progress.becomeSnapshot(snapshot.index);
  progress.mustSend = false;
  member.send(
    createMessage(MessageType.snapshot, member.id, progress.member, member.term, 0, 0, 0, false, 0, 0, 0, noEntries, snapshot),
  );
}

export function handleAppendResponse(member: Member, response: Message): void {
  if (member.role !== Role.leader) return;
  const progress = member.progress[response.from];
  if (progress === undefined) return;
  progress.answered();
  const match = member.match[response.from]!;
  if (response.reject) {
    let hint = response.hintIndex;
    // Skip every own entry of a term the follower has nothing of: at most one probe per term (etcd, fast back-up).
    if (response.hintTerm > 0) hint = member.log.findConflictByTerm(hint, response.hintTerm);
    if (progress.reject(response.index, hint, match)) member.appendsDue = true;
    return;
  }
  const index = response.index;
  if (index > member.log.lastIndex) return;
  const advanced = index > match;
  if (advanced) {
    member.match[response.from] = index;
    progress.paused = false;
    if (progress.next <= index) progress.next = index + 1;
  }
  if (progress.state === ProgressState.replicate) progress.freeInflight(index);
  else if (progress.state === ProgressState.probe) {
    if (advanced || index === match) progress.becomeReplicate(member.match[response.from]!);
  } else if (member.match[response.from]! >= member.log.baseIndex) {
    // Whether by this snapshot or otherwise: the follower has reached the log again.
    progress.becomeReplicate(member.match[response.from]!);
  }
  if (advanced) advanceCommit(member);
  if (advanced && response.from === member.transferee && index === member.log.lastIndex) orderElection(member);
  member.appendsDue = true;
}

export function handleHeartbeatResponse(member: Member, response: Message): void {
  if (member.role !== Role.leader) return;
  const progress = member.progress[response.from];
  if (progress === undefined) return;
  progress.answered();
  progress.paused = false;
  if (progress.state === ProgressState.probe || member.match[response.from]! < member.log.lastIndex) {
    progress.mustSend = true;
    member.appendsDue = true;
  }
  if (response.round > member.answeredRound[response.from]!) {
    member.answeredRound[response.from] = response.round;
    confirmReads(member);
  }
}

/** The next probe waits for an answer to a heartbeat: by then the snapshot is installed, or the network better. */
export function handleSnapshotReport(member: Member, to: MemberId, arrived: boolean): void {
  const progress = member.progress[to];
  if (member.role !== Role.leader || progress === undefined || progress.state !== ProgressState.snapshot) return;
  if (arrived) progress.becomeProbe(member.match[to]!);
  else progress.abortSnapshot(member.match[to]!);
  progress.paused = true;
}

/** What of the own log is durable counts like a follower's acknowledgement, and no sooner. */
export function countOwnLog(member: Member): void {
  const { durable } = member.log.durability;
  if (member.role !== Role.leader || durable <= member.match[member.id]!) return;
  member.match[member.id] = durable;
  advanceCommit(member);
}

/** Commits what a quorum holds. */
export function advanceCommit(member: Member): void {
  const { log } = member;
  const index = quorumReached(member.configuration, member.match, member.scratch);
  if (index <= log.committed) return;
  // An older term's entry on a majority can still be overwritten by a leader that lacks it (Raft figure 8).
  if (log.termAt(index) !== member.term && !member.defects.commitOlderTerm) return;
  log.commitTo(index);
  member.appendsDue = true;
  if (member.postponedReads.length > 0) releasePostponedReads(member);
}
