/** The state of one member (Raft figure 2, plus what its host has not fetched yet), and what every role does with it. */

import { changeConfiguration } from './conf-change.ts';
import { membersOf, noMember, type Configuration, type MemberId } from './configuration.ts';
import { readDefects, type DefectSwitches } from './defects.ts';
import { Lease } from './lease.ts';
import { RaftLog } from './log.ts';
import { noMessages, type Message } from './message.ts';
import type { RaftOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { ReadState } from './ready.ts';

export const Role = Object.freeze({ follower: 0, candidate: 1, leader: 2, preCandidate: 3 });
export type Role = (typeof Role)[keyof typeof Role];

export const roleNames = Object.freeze(['follower', 'candidate', 'leader', 'pre-candidate'] as const);
export type RoleName = (typeof roleNames)[number];

/** A read that a leader has not answered yet. */
export interface PendingRead {
  /** Round of heartbeats that will confirm it; 0 while it is postponed. */
  readonly round: number;
  /** Who asked: this member itself, or a follower. */
  readonly from: MemberId;
  readonly requestId: number;
  /** Commit index when the round began. */
  readonly index: number;
}

export class Member {
  readonly id: MemberId;
  readonly electionTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly maxAppendBytes: number;
  readonly maxInflight: number;
  readonly maxInflightBytes: number;
  readonly maxCommittedBytes: number;
  readonly maxUncommittedBytes: number;
  readonly lease: Lease | null;
  readonly snapshotRetryTicks: number;
  readonly random: (bound: number) => number;
  readonly defects: DefectSwitches;
  readonly log: RaftLog;

  /** The last one that was applied. */
  configuration: Configuration;
  /** All members of it but this one. */
  peers: readonly MemberId[] = [];
  /** The configuration since each index, oldest first, as far as a snapshot may still need it. Never empty. */
  private configurations: { readonly index: number; readonly configuration: Configuration }[] = [];
  role: Role = Role.follower;
  /** Latest term seen. Never decreases, across restarts too. */
  term: number;
  /** Number of the write that makes `term` durable, and with it a candidate's vote for itself; 0 if it was recovered. */
  termSequence = 0;
  /** Whom this member voted for in `term`. Invariant: once set, fixed for the term, across restarts too. */
  vote: MemberId;
  /** Who leads `term`, as far as known. */
  leader: MemberId = noMember;
  /** Ticks since a leader was heard of or a vote granted; as a leader, since the last check of the quorum. */
  electionElapsed = 0;
  randomizedTimeout = 0;

  /** As a candidate or pre-candidate: {@link Ballot} by member. */
  readonly ballots: number[] = [0];

  /** By member; a hole where a member was never followed. Reset when this member becomes leader, valid while it leads. */
  readonly progress: (Progress | undefined)[] = [];
  /** As a leader, by member: highest index known to be durable there and equal to the own log. Never decreases in a term. */
  readonly match: number[] = [0];
  /** Something happened that may allow appends to be sent; they are made up when the host fetches a Ready. */
  appendsDue = false;
  /** As a leader: bytes of entries that are not applied yet. */
  uncommittedBytes = 0;
  /**
   * It has restarted, and leases are in use: a leader that it heard before the restart may rely on it for an election timeout.
   */
  mayHavePromised: boolean;
  /** As a leader: no change of membership is proposed before this index is applied. Its log holds none after it. */
  pendingChange = 0;
  /** As a leader: who shall lead instead. While it is set, nothing is proposed. */
  transferee: MemberId = noMember;
  /** The host wants this leader gone: if the transfer fails, it steps down. */
  resigning = false;

  /** Number of the last round of reads. One per request and never reused, so that late answers confirm nothing (etcd #20418). */
  readRound = 0;
  /** As a leader, by member: newest round that it answered in this term. */
  readonly answeredRound: number[] = [0];
  /** As a leader: reads that wait for their round, oldest first; then those that wait for a commit in the own term. */
  reads: PendingRead[] = [];
  postponedReads: PendingRead[] = [];
  /** A round was opened and no heartbeat has carried it yet. */
  roundDue = false;

  messages: readonly Message[] = noMessages;
  messagesAfterSync: readonly Message[] = noMessages;
  readStates: ReadState[] = [];
  /** The hard state as last handed to the host. */
  handedTerm: number;
  handedVote: MemberId;
  handedCommit: number;

  /** Room for {@link quorumReached}. */
  readonly scratch: number[] = [];

  constructor(options: RaftOptions) {
    const { recovered } = options;
    const hardState = recovered?.hardState ?? null;
    const snapshot = recovered?.snapshot ?? null;
    this.id = options.id;
    this.electionTicks = options.electionTicks;
    this.preVote = options.preVote;
    this.checkQuorum = options.checkQuorum;
    this.maxAppendBytes = options.maxAppendBytes;
    this.maxInflight = options.maxInflight;
    this.maxInflightBytes = options.maxInflightBytes;
    this.maxCommittedBytes = options.maxCommittedBytes;
    this.maxUncommittedBytes = options.maxUncommittedBytes;
    this.snapshotRetryTicks = options.snapshotRetryTicks;
    this.random = options.random;
    this.defects = readDefects(options.defects);
    this.lease = options.readMode === 'lease' ? new Lease(options, this.defects) : null;
    this.mayHavePromised = this.lease !== null && recovered !== null && recovered.hardState !== null;
    this.configuration = snapshot === null ? options.configuration : snapshot.configuration;
    this.log = new RaftLog(snapshot, recovered?.entries ?? [], hardState?.commit ?? 0, recovered?.applied ?? 0);
    if (this.defects.snapshotTermIgnored) this.log.baseTerm = 0;
    this.configure(this.configuration, this.log.baseIndex);
    // Changes that the host has applied before are not handed out again, and count all the same.
    for (let index = this.log.firstIndex; index <= this.log.applied; index++) {
      const { change } = this.log.entryAt(index)!;
      if (change !== null) this.configure(changeConfiguration(this.configuration, change), index);
    }
    // A torn write may have kept entries of a term and lost the hard state that came with them.
    this.term = Math.max(hardState?.term ?? 0, this.log.lastTerm);
    this.vote = this.term === hardState?.term ? hardState.vote : noMember;
    if (this.defects.termNotRestored) {
      this.term = this.log.lastTerm;
      this.vote = noMember;
    }
    this.handedTerm = this.term;
    this.handedVote = this.vote;
    this.handedCommit = this.log.committed;
    this.resetElectionTimer();
  }

  /** Counts by this configuration, which is the one as of `index`. */
  configure(configuration: Configuration, index: number): void {
    this.configuration = configuration;
    this.peers = membersOf(configuration).filter((id) => id !== this.id);
    this.configurations.push({ index, configuration });
  }

  /** `index` is applied and not before the newest snapshot. */
  configurationAt(index: number): Configuration {
    let at = this.configurations.length - 1;
    while (at > 0 && this.configurations[at]!.index > index) at--;
    return this.configurations[at]!.configuration;
  }

  /** No snapshot will be made before `index` any more. */
  forgetConfigurations(index: number): void {
    while (this.configurations.length > 1 && this.configurations[1]!.index <= index) this.configurations.shift();
  }

  send(message: Message): void {
    this.messages = added(this.messages, message);
  }

  sendAfterSync(message: Message): void {
    this.messagesAfterSync = added(this.messagesAfterSync, message);
  }

  /** Draws a new timeout, so that members that tied once are unlikely to tie again (Raft §5.2). */
  resetElectionTimer(): void {
    this.electionElapsed = 0;
    this.randomizedTimeout = this.electionTicks + this.random(this.electionTicks);
  }

  /** `leader` is `noMember` when it is not known. A new term forgets the vote; the same term keeps it. */
  becomeFollower(term: number, leader: MemberId): void {
    this.enterTerm(term);
    this.role = Role.follower;
    this.leader = leader;
  }

  /** What every change of role has in common: reads that waited for this leader are dropped, whoever asked will ask again. */
  enterTerm(term: number): void {
    if (term !== this.term) {
      this.term = term;
      this.vote = noMember;
      // A new term makes the next Ready one with a sync.
      this.termSequence = this.log.durability.lastSequence + 1;
    }
    this.leader = noMember;
    this.resetElectionTimer();
    this.uncommittedBytes = 0;
    this.transferee = noMember;
    this.resigning = false;
    this.appendsDue = false;
    this.roundDue = false;
    if (this.reads.length > 0) this.reads = [];
    if (this.postponedReads.length > 0) this.postponedReads = [];
  }
}

/**
 * The messages with one more. An array made with the first has room for that one, and mostly it is the only one; the first `push`
 * to an empty array makes room for seventeen.
 */
function added(messages: readonly Message[], message: Message): readonly Message[] {
  if (messages.length === 0) return [message];
  (messages as Message[]).push(message);
  return messages;
}
