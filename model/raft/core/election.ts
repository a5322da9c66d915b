/**
 * Elections: who asks for votes when, who grants them, who wins (Raft §5.2, §5.4.1; dissertation
 * §9.6; etcd `hup`, `campaign`, `Step`).
 */

import { isVoter, noMember, votersOf } from './configuration.ts';
import { Role, type Member } from './member.ts';
import { hasUnappliedChange } from './membership.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import { appendAsLeader, becomeLeaderOf } from './replication.ts';
import { Ballot, voteResult } from './quorum.ts';

/** One tick of a member that does not lead. */
export function tickElection(member: Member): void {
  member.electionElapsed++;
  if (member.electionElapsed >= member.electionTicks) member.mayHavePromised = false;
  if (member.electionElapsed < member.randomizedTimeout || !isVoter(member.configuration, member.id)) return;
  member.electionElapsed = 0;
  startElection(member, false);
}

/** `ordered`: by the leader, who hands over. Then nobody is asked beforehand, and voters that hear the leader answer too. */
export function startElection(member: Member, ordered: boolean): void {
  if (!mayCampaign(member)) return;
  if (member.preVote && !ordered) askForPreVotes(member);
  else campaign(member, ordered);
}

function mayCampaign(member: Member): boolean {
  const { configuration, id, log } = member;
  if (!isVoter(configuration, id) || hasUnappliedChange(member)) return false;
  // A received snapshot is not durable yet, and what came before it is gone.
  return log.durability.durable >= log.baseIndex;
}

/** Would an election be won? A member that was cut off finds out without a term that unseats the leader. */
function askForPreVotes(member: Member): void {
  member.role = Role.preCandidate;
  member.leader = noMember;
  clearBallots(member);
  askVoters(member, MessageType.preVote, member.term + 1, false);
  recordBallot(member, member.id, false);
}

function campaign(member: Member, ordered: boolean): void {
  member.enterTerm(member.term + 1);
  member.role = Role.candidate;
  member.vote = member.id;
  clearBallots(member);
  askVoters(member, MessageType.vote, member.term, ordered);
}

function clearBallots(member: Member): void {
  const { ballots } = member;
  for (let at = 0; at < ballots.length; at++) ballots[at] = Ballot.unknown;
}

function askVoters(member: Member, type: MessageType, term: number, ordered: boolean): void {
  const { configuration, id, log } = member;
  const voters = votersOf(configuration);
  // How far a log goes is told by its last entry, not by terms in which nothing was agreed on.
  const progress = member.defects.termAsLogProgress ? term : log.lastTerm;
  for (let at = 0; at < voters.length; at++) {
    const to = voters[at]!;
    if (to === id) continue;
    const request = createMessage(type, id, to, term, log.lastIndex, progress, 0, false, 0, 0, ordered ? 1 : 0);
    // A vote request tells of the own vote; a pre-vote promises nothing.
    if (type === MessageType.vote) member.sendAfterSync(request);
    else member.send(request);
  }
}

/**
 * A leader was heard of within an election timeout: then a candidate is one that was cut off, or was removed, and must not
 * disturb (dissertation §4.2.3, §6.2; etcd `inLease`).
 */
export function holdsToLeader(member: Member): boolean {
  return (
    member.checkQuorum && (member.leader !== noMember || member.mayHavePromised) && member.electionElapsed < member.electionTicks
  );
}

/**
 * A request for a vote in the member's own term (an older one was refused, a newer one has raised the term), or for a pre-vote in
 * the own or a later one.
 */
export function handleVote(member: Member, request: Message): void {
  const pre = request.type === MessageType.preVote;
  const free =
    member.vote === request.from ||
    (member.vote === noMember && member.leader === noMember) ||
    (pre && request.term > member.term);
  // A learner votes too when asked: whoever asks may know of a promotion that is news here (etcd).
  const granted = free && member.log.isUpToDate(request.index, request.logTerm);
  if (pre) {
    respondToPreVote(member, request, granted);
    return;
  }
  if (granted) {
    member.vote = request.from;
    member.electionElapsed = 0;
  }
  respondToVote(member, request, granted);
}

export function respondToVote(member: Member, request: Message, granted: boolean): void {
  const response = createMessage(MessageType.voteResponse, member.id, request.from, member.term, 0, 0, 0, !granted);
  // An answered vote that a crash can take back is a second vote in the same term (R04).
  if (member.defects.voteBeforeSync) member.send(response);
  else member.sendAfterSync(response);
}

/** Refused, the answer carries the own term, so that a pre-candidate of an older one hears of it (etcd). */
export function respondToPreVote(member: Member, request: Message, granted: boolean): void {
  const term = granted ? request.term : member.term;
  member.sendAfterSync(createMessage(MessageType.preVoteResponse, member.id, request.from, term, 0, 0, 0, !granted));
}

export function handleVoteResponse(member: Member, response: Message): void {
  const awaited = response.type === MessageType.preVoteResponse ? Role.preCandidate : Role.candidate;
  if (member.role === awaited) recordBallot(member, response.from, response.reject);
}

/** The leader hands over, to this member. */
export function handleTimeoutNow(member: Member): void {
  if (member.role === Role.follower) startElection(member, true);
}

/** A candidate's own vote counts from when it is durable, which it is with the term. */
export function countOwnVote(member: Member, sequence: number): void {
  if (member.role === Role.candidate && sequence >= member.termSequence) recordBallot(member, member.id, false);
}

function recordBallot(member: Member, from: number, rejected: boolean): void {
  const { ballots, configuration } = member;
  if ((ballots[from] ?? Ballot.unknown) === Ballot.unknown) ballots[from] = rejected ? Ballot.rejected : Ballot.granted;
  const result = voteResult(configuration, ballots);
  if (result === 'pending') return;
  if (result === 'lost') member.becomeFollower(member.term, noMember);
  else if (member.role === Role.preCandidate) campaign(member, false);
  else becomeLeader(member);
}

function becomeLeader(member: Member): void {
  const { log } = member;
  member.enterTerm(member.term);
  member.role = Role.leader;
  member.leader = member.id;
  // A leader never overwrites nor deletes entries of its log: those it does not know to be committed may well be.
  if (member.defects.leaderOverwritesOwnLog) log.truncateAfter(log.committed);
  becomeLeaderOf(member);
  if (member.lease !== null) member.lease.begin();
  // Entries of older terms are only committed by one of the own term (Raft §8, §5.4.2).
  appendAsLeader(member, null, 0, 0, null);
}
