/** Raft as a pure core: ticks, messages and proposals in, a {@link Ready} out. No clock, no I/O, no chance of its own. */

import { isVoter, noMember, type Configuration, type MemberId } from './configuration.ts';
import {
  countOwnVote,
  handleTimeoutNow,
  handleVote,
  handleVoteResponse,
  holdsToLeader,
  respondToPreVote,
  respondToVote,
  startElection,
  tickElection,
} from './election.ts';
import { noEntries, type Entry } from './entry.ts';
import { answerOldLeader, handleAppend, handleHeartbeat, handleSnapshot, hearLeader } from './following.ts';
import type { ConfChange } from './conf-change.ts';
import { inspectMember, viewProgressOf, type ProgressView, type RaftView } from './inspection.ts';
import { unknownTerm } from './log.ts';
import { Member, Role, roleNames, type RoleName } from './member.ts';
import { applyChange, leaveJointIfDue, proposeChange, type ChangeRefusal } from './membership.ts';
import { MessageType, noMessages, type Message } from './message.ts';
import type { RaftOptions } from './options.ts';
import { panic } from './panic.ts';
import { handleReadIndex, handleReadIndexResponse, requestRead } from './read-index.ts';
import { noReadStates, type HardState, type Ready } from './ready.ts';
import {
  appendAsLeader,
  broadcastHeartbeat,
  countOwnLog,
  handleAppendResponse,
  handleHeartbeatResponse,
  handleSnapshotReport,
  sendAppends,
  tickLeader,
} from './replication.ts';
import { noAddresses, type AddressBook, type Snapshot } from './snapshot.ts';
import { handleTransferLeader, resign, transferLeadership } from './transfer.ts';

/**
 * One member, one incarnation: after a crash the host constructs another from what it reads back. After each call of `tick`,
 * `step`, `propose`, `readIndex` or `stable` (or after several) the host asks `hasReady()` and, if so, does what {@link Ready}
 * says. Every method may throw {@link RaftPanic}: an invariant is broken, this incarnation must not go on.
 */
export class Raft {
  private readonly member: Member;
  private applyLimit = Number.MAX_SAFE_INTEGER;

  /** Starts as a follower. Throws RaftPanic if what was recovered contradicts itself, RangeError on senseless options. */
  constructor(options: RaftOptions) {
    if (!Number.isSafeInteger(options.id) || options.id < 1)
      throw new RangeError(`member id ${options.id} is not a positive integer`);
    if (!(options.electionTicks >= 1)) throw new RangeError('electionTicks must be at least 1');
    if (!(options.maxInflight >= 1)) throw new RangeError('maxInflight must be at least 1');
    if (options.readMode === 'lease' && !options.checkQuorum) throw new RangeError('a leader has a lease only with checkQuorum');
    this.member = new Member(options);
  }

  get id(): MemberId {
    return this.member.id;
  }
  get term(): number {
    return this.member.term;
  }
  get vote(): MemberId {
    return this.member.vote;
  }
  /** Who leads the current term as far as known; 0: nobody. */
  get leader(): MemberId {
    return this.member.leader;
  }
  get role(): RoleName {
    return roleNames[this.member.role];
  }
  get isLeader(): boolean {
    return this.member.role === Role.leader;
  }
  get commit(): number {
    return this.member.log.committed;
  }
  /** Last index handed out in `Ready.committed`, or covered by a snapshot handed out. */
  get applied(): number {
    return this.member.log.applied;
  }
  get firstIndex(): number {
    return this.member.log.firstIndex;
  }
  get lastIndex(): number {
    return this.member.log.lastIndex;
  }
  get lastTerm(): number {
    return this.member.log.lastTerm;
  }
  /** Last index of the log that the host has reported durable. */
  get durableIndex(): number {
    return this.member.log.durability.durable;
  }
  get snapshot(): Snapshot | null {
    return this.member.log.snapshot;
  }
  /** The last one that was handed out in `Ready.committed` or by a snapshot: the one by which this member counts. */
  get configuration(): Configuration {
    return this.member.configuration;
  }

  /** The entry, or null where the log has none (any more). */
  entryAt(index: number): Entry | null {
    return this.member.log.entryAt(index);
  }
  /** Its term; known for the last compacted entry too; −1 where it is not known. */
  termAt(index: number): number {
    return this.member.log.termAt(index);
  }

  /** One heartbeat interval has passed. */
  tick(): void {
    const { member } = this;
    if (member.role === Role.leader) {
      tickLeader(member);
      leaveJointIfDue(member);
    } else tickElection(member);
  }

  /** Starts an election at once (tests, operators). A leader stays one. */
  campaign(): void {
    if (this.member.role !== Role.leader) startElection(this.member, false);
  }

  /**
   * Appends a command to the log if this member leads. `data` must never be mutated, `hash` is any 32-bit number of it. Returns
   * the entry, of which (index, term) tells its fate: it is committed when `Ready.committed` holds the same index with the
   * same term, and lost when it holds another term. Returns null, and does nothing, if this member does not lead; or hands
   * leadership over, as a target that is to catch up must not be outrun (dissertation §3.10); or too much is not applied yet.
   */
  propose(data: unknown, bytes: number, hash: number): Entry | null {
    const { member } = this;
    if (member.role !== Role.leader || member.transferee !== noMember) return null;
    if (
      member.maxUncommittedBytes > 0 &&
      member.uncommittedBytes > 0 &&
      member.uncommittedBytes + bytes > member.maxUncommittedBytes
    )
      return null;
    return appendAsLeader(member, data, bytes, hash, null);
  }

  /**
   * Appends a change of membership. It counts from when it is handed out in `Ready.committed` as an entry with `change`, at
   * each member in its own time; `data` goes with it, and `hash` is of both. One that needs a joint configuration is followed
   * by a second entry, whose change is empty and whose data null, by which the leader leaves it. Returns why not, if it is
   * not appended; nothing was done then.
   */
  proposeConfChange(change: ConfChange, data: unknown, bytes: number, hash: number): Entry | ChangeRefusal {
    return proposeChange(this.member, change, data, bytes, hash);
  }

  /**
   * What this leader knows of another member, learners among them: whoever promotes one looks here first (etcd: its `match` is at
   * least 90 % of the leader's). Null if this member does not lead, or follows no such member.
   */
  progressOf(member: MemberId): ProgressView | null {
    return viewProgressOf(this.member, member);
  }

  /**
   * Asks for a linearizable read: a `ReadState` with this id will say from which applied index on local state may be read. A
   * follower forwards to its leader. Returns false, and does nothing, if no leader is known. The answer may be lost, come
   * late or come twice: time out, and ask again with a *new* id. Ids must not be reused, across incarnations either, or an
   * old answer passes for a new one (etcd #20418).
   */
  readIndex(requestId: number): boolean {
    return requestRead(this.member, requestId);
  }

  /**
   * Makes another voter lead: proposals are refused until it does, for one election timeout at most. A follower asks its leader.
   * Returns false, and does nothing, if nobody leads as far as known. A target that is no voter is ignored.
   */
  transferLeadership(target: MemberId): boolean {
    return transferLeadership(this.member, target);
  }

  /** Who leadership is being handed over to; 0: nobody. */
  get transferee(): MemberId {
    return this.member.transferee;
  }

  /**
   * A leader that can no longer do its work, for instance because its disk fails, resigns: it hands over to the most caught-up
   * voter that answers, and steps down at once if there is none, or after an election timeout if that one did not take over.
   */
  resign(): void {
    resign(this.member);
  }

  /** A message has arrived. It may be late, doubled or out of order; it must be whole and from the member it names. */
  step(message: Message): void {
    const { member } = this;
    const { type, term } = message;
    if (term > member.term) {
      if (isVoteRequest(type) && message.round === 0 && holdsToLeader(member)) return;
      if (!isOfTermToCome(message)) member.becomeFollower(term, isFromLeader(type) ? message.from : noMember);
    } else if (term < member.term && type !== MessageType.readIndex) {
      if (isFromLeader(type)) answerOldLeader(member, message);
      // Dropped, it would never learn the newer term, and where logs differ nobody could lead (etcd PR 8525).
      else if (type === MessageType.preVote && !member.defects.olderPreVoteDropped) respondToPreVote(member, message, false);
      // The paper answers every older request, etcd none: the candidate hears of the term when this member asks for its vote. One
      // that this member does not know is never asked.
      else if (type === MessageType.vote && !isVoter(member.configuration, message.from)) respondToVote(member, message, false);
      return;
    }
    switch (type) {
      case MessageType.append:
      case MessageType.heartbeat:
      case MessageType.snapshot:
        // Only a broken election makes two leaders of one term; like etcd's, they ignore each other.
        if (member.role === Role.leader) return;
        hearLeader(member, message.from);
        if (type === MessageType.append) handleAppend(member, message);
        else if (type === MessageType.heartbeat) handleHeartbeat(member, message);
        else handleSnapshot(member, message);
        return;
      case MessageType.appendResponse:
        handleAppendResponse(member, message);
        return;
      case MessageType.heartbeatResponse:
        handleHeartbeatResponse(member, message);
        return;
      case MessageType.vote:
      case MessageType.preVote:
        handleVote(member, message);
        return;
      case MessageType.voteResponse:
      case MessageType.preVoteResponse:
        handleVoteResponse(member, message);
        return;
      case MessageType.readIndex:
        handleReadIndex(member, message);
        return;
      case MessageType.readIndexResponse:
        handleReadIndexResponse(member, message);
        return;
      case MessageType.timeoutNow:
        handleTimeoutNow(member);
        return;
      case MessageType.transferLeader:
        handleTransferLeader(member, message);
    }
  }

  /** Is there anything for the host to do? */
  hasReady(): boolean {
    const { member } = this;
    this.composeMessages();
    const { log } = member;
    return (
      member.messages.length > 0 ||
      member.messagesAfterSync.length > 0 ||
      log.lastIndex > log.durability.handedOut ||
      this.toApply() > log.applied ||
      member.readStates.length > 0 ||
      log.committed !== member.handedCommit ||
      member.term !== member.handedTerm ||
      member.vote !== member.handedVote ||
      log.snapshotToWrite !== null
    );
  }

  /** Everything there is to do since the last call. See {@link Ready} for the order in which to do it. */
  takeReady(): Ready {
    const { member } = this;
    this.composeMessages();
    const { log } = member;
    const { durability } = log;
    const committed = this.takeCommitted();
    const entries = log.between(durability.handedOut + 1, log.lastIndex);
    const snapshot = log.snapshotToWrite;
    const mustSync =
      entries.length > 0 || snapshot !== null || member.term !== member.handedTerm || member.vote !== member.handedVote;
    const hardState = mustSync || log.committed !== member.handedCommit ? this.takeHardState() : null;
    const sequence = mustSync ? durability.begin(log.lastIndex) : durability.lastSequence;
    log.snapshotToWrite = null;
    const { messages, messagesAfterSync } = member;
    const readStates = member.readStates.length === 0 ? noReadStates : member.readStates;
    member.messages = noMessages;
    member.messagesAfterSync = noMessages;
    if (readStates !== noReadStates) member.readStates = [];
    return { sequence, hardState, snapshot, entries, mustSync, messages, messagesAfterSync, committed, readStates };
  }

  /** Every write up to and including `sequence` (of a Ready taken) is durable. An older number than the last one is no news. */
  stable(sequence: number): void {
    const { member } = this;
    member.log.durability.complete(sequence);
    countOwnVote(member, sequence);
    countOwnLog(member);
  }

  /**
   * The host has a snapshot of its state as of `index`, which was handed out to be applied. It is kept for followers that
   * need it, and returned to be written to disk; nothing is forgotten yet. It carries the configuration as of `index`. Throws
   * RaftPanic if `index` is unknown.
   */
  createSnapshot(index: number, state: unknown, bytes: number, hash: number, members: AddressBook = noAddresses): Snapshot {
    const { log } = this.member;
    const term = log.termAt(index);
    if (index > log.applied || term === unknownTerm) panic(`no snapshot can be made at ${index}: applied ${log.applied}`);
    const configuration = this.member.configurationAt(index);
    const snapshot: Snapshot = Object.freeze({ index, term, configuration, members, state, bytes, hash });
    if (log.snapshot === null || index > log.snapshot.index) log.snapshot = snapshot;
    return snapshot;
  }

  /**
   * Entries beyond `index` are not handed out to be applied until the limit is raised: that is how a host bounds what a restart
   * has to apply again. At first there is no limit.
   */
  applyUpTo(index: number): void {
    this.applyLimit = index;
  }

  /** Forgets entries up to and including `index`. A *durable* snapshot must cover them. */
  compact(index: number): void {
    const { defects, log } = this.member;
    log.compact(index);
    // Without its term nothing can follow it, and a member whose log is otherwise empty votes for
    // anybody (etcd keeps a dummy entry).
    if (defects.compactedTermForgotten) log.baseTerm = 0;
    this.member.forgetConfigurations(this.member.log.baseIndex);
  }

  /** A snapshot has reached the member, or did not: as a leader, find out what it has now (etcd `ReportSnapshot`). */
  reportSnapshot(to: MemberId, arrived: boolean): void {
    handleSnapshotReport(this.member, to, arrived);
  }

  /** A plain copy for people to look at. Changes nothing. */
  inspect(): RaftView {
    return inspectMember(this.member);
  }

  /** Last index that may be applied: committed, durable here, and within the host's limit. */
  private toApply(): number {
    const { committed, durability } = this.member.log;
    const upTo = committed < durability.durable ? committed : durability.durable;
    return upTo < this.applyLimit ? upTo : this.applyLimit;
  }

  /** Hands out what may be applied. Changes of membership among it count from here on. */
  private takeCommitted(): readonly Entry[] {
    const { member } = this;
    const { log } = member;
    if (this.toApply() <= log.applied) return noEntries;
    const upTo = log.limit(log.applied + 1, this.toApply(), member.maxCommittedBytes);
    const committed = log.between(log.applied + 1, upTo);
    log.applied = upTo;
    for (let at = 0; at < committed.length; at++) {
      const entry = committed[at]!;
      // Entries of earlier leaders are among them, which were never counted.
      member.uncommittedBytes = member.uncommittedBytes > entry.bytes ? member.uncommittedBytes - entry.bytes : 0;
      if (entry.change !== null) applyChange(member, entry);
    }
    leaveJointIfDue(member);
    // To those whom a change has brought in.
    this.composeMessages();
    return committed;
  }

  private composeMessages(): void {
    const { member } = this;
    if (member.roundDue) broadcastHeartbeat(member);
    if (member.appendsDue) sendAppends(member);
  }

  private takeHardState(): HardState {
    const { member } = this;
    member.handedTerm = member.term;
    member.handedVote = member.vote;
    member.handedCommit = member.log.committed;
    return { term: member.term, vote: member.vote, commit: member.log.committed };
  }
}

function isVoteRequest(type: MessageType): boolean {
  return type === MessageType.vote || type === MessageType.preVote;
}

/** A pre-vote, or the promise of a vote: it does not mean that anybody is in its term yet. */
function isOfTermToCome({ type, reject }: Message): boolean {
  return type === MessageType.preVote || (type === MessageType.preVoteResponse && !reject);
}

function isFromLeader(type: MessageType): boolean {
  return type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
}
