/** Elections: who asks for votes when, who grants them, who wins (Raft §5.2, §5.4.1; etcd `campaign`, `Step`). */

import { isVoter, noMember } from './configuration.ts';
import { Role, type Member } from './member.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import { appendAsLeader, becomeLeaderOf } from './replication.ts';
import { Ballot, voteResult } from './quorum.ts';

/** One tick of a member that does not lead. */
export function tickElection(member: Member): void {
  member.electionElapsed++;
  if (member.electionElapsed >= member.randomizedTimeout) campaign(member);
}

/** Starts an election in the next term. A member that is no voter stays as it is. */
export function campaign(member: Member): void {
  const { configuration, id, ballots, log } = member;
  if (!isVoter(configuration, id)) {
    member.electionElapsed = 0;
    return;
  }
  member.enterTerm(member.term + 1);
  member.role = Role.candidate;
  member.vote = id;
  const voters = configuration.voters;
  for (let at = 0; at < voters.length; at++) ballots[voters[at]!] = Ballot.unknown;
  for (let at = 0; at < voters.length; at++) {
    const to = voters[at]!;
    if (to === id) continue;
    member.sendAfterSync(createMessage(MessageType.vote, id, to, member.term, log.lastIndex, log.lastTerm));
  }
}

/** A request in the member's own term (an older one was refused, a newer one has raised the term). */
export function handleVote(member: Member, request: Message): void {
  const free = member.vote === request.from || (member.vote === noMember && member.leader === noMember);
  const granted = free && member.log.isUpToDate(request.index, request.logTerm);
  if (granted) {
    member.vote = request.from;
    member.electionElapsed = 0;
  }
  const response = createMessage(MessageType.voteResponse, member.id, request.from, member.term, 0, 0, 0, !granted);
  // An answered vote that a crash can take back is a second vote in the same term (R04).
  if (member.defects.voteBeforeSync) member.send(response);
  else member.sendAfterSync(response);
}

export function handleVoteResponse(member: Member, response: Message): void {
  if (member.role === Role.candidate) recordBallot(member, response.from, response.reject);
}

/** A candidate's own vote counts from when it is durable, which it is with the term. */
export function countOwnVote(member: Member, sequence: number): void {
  if (member.role === Role.candidate && sequence >= member.termSequence) recordBallot(member, member.id, false);
}

function recordBallot(member: Member, from: number, rejected: boolean): void {
  const { ballots, configuration } = member;
  if ((ballots[from] ?? Ballot.unknown) === Ballot.unknown) ballots[from] = rejected ? Ballot.rejected : Ballot.granted;
  const result = voteResult(configuration, ballots);
  if (result === 'won') becomeLeader(member);
  else if (result === 'lost') member.becomeFollower(member.term, noMember);
}

function becomeLeader(member: Member): void {
  const { log } = member;
  member.enterTerm(member.term);
  member.role = Role.leader;
  member.leader = member.id;
  // A leader never overwrites nor deletes entries of its log: those it does not know to be committed may well be.
  if (member.defects.leaderOverwritesOwnLog) log.truncateAfter(log.committed);
  becomeLeaderOf(member);
  // Entries of older terms are only committed by one of the own term (Raft §8, §5.4.2).
  appendAsLeader(member, null, 0, 0);
}
