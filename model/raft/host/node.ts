/** A member of the group in a simulated process: the pure core over this process's disk, clock and network. */
import { kind, Panic, type Kind, type Micros, type Os, type Stream } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { createConfiguration, isVoter, noMember, type Configuration, type MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import { ForwardedProposals } from './forwarding.ts';
import type { RaftView } from '../core/inspection.ts';
import { announceKind, farewellKind, welcomeKind, type Announcement, type Farewell, type Welcome } from './joining.ts';
import { messageName, MessageType, type Message } from '../core/message.ts';
import { defaultTuning, type Recovered } from '../core/options.ts';
import { NodeChanges, type MemberRefusal, type MemberRequest } from './node-changes.ts';
import { NodeIdentity } from './node-identity.ts';
import { NodeMembers } from './node-members.ts';
import { NodeStanding } from './node-standing.ts';
import { NodeSnapshots, SNAPSHOT_RETRY_TIMEOUTS } from './node-snapshots.ts';
import { RaftPanic } from '../core/panic.ts';
import { Raft } from '../core/raft.ts';
import { ReadRequests, type ReadDone } from './read-requests.ts';
import type { Ready } from '../core/ready.ts';
import type { AddressBook, Snapshot } from '../core/snapshot.ts';
import { snapshotChunkKind, snapshotChunkResponseKind, type SnapshotChunk, type SnapshotChunkResponse } from './snapshot-transfer.ts';
import { appliedBoundary, type AppliedEntry, type Command, type StateMachine } from './state-machine.ts';
import { isMessageKind, kindOf, proposeKind, type ForwardedProposal } from './transport.ts';
import { Wal, type WalView } from './wal.ts';

export interface RaftNodeOptions {
  readonly os: Os;
  /** This process's id in the group as it began; 0: it is a spare, that idles until it is added. */
  readonly id: MemberId;
  /** Every member of the group as it began, with the name of its process. */
  readonly members: ReadonlyMap<MemberId, string>;
  /** Processes that idle until they are added. */
  readonly spares?: readonly string[];
  readonly machine: StateMachine;
  readonly design: Design;
  readonly defects: DefectSet;
  /**
   * True once this leader has applied the first entry of its own term, so that all that its predecessors acknowledged is
   * applied here (etcd promotes its lessor then); false when it no longer leads. Alternates, beginning with true.
   */
  readonly leadership?: (leading: boolean, term: number) => void;
}

export interface RaftNodeView {
  /** 0: it has no log, and waits to be told who it is. */
  readonly member: MemberId;
  readonly process: string;
  readonly leader: string | null;
  /** What the state machine holds. */
  readonly applied: number;
  /** It was no member in the beginning, and is none yet. */
  readonly isSpare: boolean;
  /** It was a member, and is none any more. */
  readonly removed: boolean;
  /** Everybody who is or was a member, as far as it knows. */
  readonly members: AddressBook;
  readonly pendingReads: number;
  readonly wal: WalView;
  /** Null while the disk is read. */
  readonly raft: RaftView | null;
}

const tickKind: Kind<null> = kind<null>('raft/tick', { serviceUs: 2, describe: () => 'a heartbeat interval has passed' });

/** Make one in each incarnation, and `start` it when the program starts. */
export class RaftNode {
  private readonly os: Os;
  private readonly options: RaftNodeOptions;
  private readonly machine: StateMachine;
  private readonly configuration: Configuration;
  private readonly members: NodeMembers;
  private readonly identity: NodeIdentity;
  private readonly changes: NodeChanges;
  private readonly standing: NodeStanding;
  private readonly startsFromFirstConfiguration: boolean;
  private readonly stream: Stream;
  private readonly wal: Wal;
  private readonly reads: ReadRequests;
  private readonly forwarded = new ForwardedProposals();
  private readonly tickUs: Micros;
  private readonly electionUs: Micros;
  /** Gives up leadership when its disk fails. */
  private readonly resigns: boolean;
  private readonly snapshots: NodeSnapshots;
  private readonly onTick = (): void => this.tick();

  /** Null until the disk is read, and while this process is no member. */
  private core: Raft | null = null;
  /** What the state machine holds: behind the core while a received snapshot is being written. */
  private appliedIndex = 0;
  /** Proposals forwarded by this incarnation. */
  private forwardedCount = 0;
  private leading = false;
  private leadingTerm = 0;
  /** Readys are being served: whatever is asked meanwhile is served by the same loop. */
  private serving = false;
  private askedAgain = false;

  constructor(options: RaftNodeOptions) {
    const { os, id, members, design, defects } = options;
    this.os = os;
    this.options = options;
    this.machine = options.machine;
    this.configuration = createConfiguration([...members.keys()]);
    this.members = new NodeMembers(members);
    this.startsFromFirstConfiguration = defects.has('configuration-from-start');
    this.stream = os.random('raft');
    this.tickUs = design.heartbeatUs;
    this.electionUs = design.heartbeatUs * design.electionTicks;
    this.resigns = design.resignOnDiskTrouble && !defects.has('leads-with-failing-disk');
    this.wal = new Wal(os, { segmentBytes: design.walSegmentBytes, defects }, {
      blank: () => this.identity.blank(),
      recovered: (member, recovered) => this.recover(member, recovered),
      durable: (ready) => this.durable(ready),
      snapshotSaved: (snapshot) => this.snapshots.saved(snapshot),
      idle: () => this.serve(),
    });
    this.identity = new NodeIdentity({
      os,
      wal: this.wal,
      id,
      configuration: this.configuration,
      processes: [...members.values(), ...(options.spares ?? [])],
      everyUs: this.electionUs,
      forgetsLosses: defects.has('rejoins-under-old-id'),
    });
    this.standing = new NodeStanding({
      os,
      members: this.members,
      identity: this.identity,
      electionTicks: design.electionTicks,
      electionUs: this.electionUs,
      answersNamedOnly: defects.has('answer-named-members-only'),
    });
    this.changes = new NodeChanges({
      members: this.members,
      electionUs: this.electionUs,
      strict: design.strictReconfiguration,
      raft: () => this.core!,
      nowUs: () => os.monotonicUs(),
      send: (process, what, body) => os.send(process, what, body),
      command: (data, tag) => ({ origin: this.standing.id, incarnation: os.incarnation, tag, data }),
    });
    this.snapshots = new NodeSnapshots({
      os,
      members: this.members,
      machine: this.machine,
      wal: this.wal,
      design,
      takesNone: defects.has('snapshot-never-taken'),
      losesPromotions: defects.has('promotion-not-persisted'),
      raft: () => this.core!,
      send: (to, what, body) => this.sendTo(to, what, body),
      step: (message) => this.step(this.core!, message),
      serve: () => this.serve(),
      diskFails: () => this.diskFails(),
      applied: () => this.appliedIndex,
    });
    this.reads = new ReadRequests({
      term: () => this.term,
      leader: () => this.raft?.leader ?? noMember,
      applied: () => this.appliedIndex,
      nowUs: () => os.monotonicUs(),
      ask: (requestId) => this.raft?.readIndex(requestId) ?? false,
    }, os.incarnation, design.storeRequestUs);
  }

  /** Reads the disk, which takes time; then takes part. */
  start(): void {
    this.wal.recover();
  }

  /** A datagram has come. True when it was Raft's, whatever became of it. May throw Panic, like everything that follows. */
  receive(from: string, what: Kind, body: unknown): boolean {
    if (isMessageKind(what)) {
      const message = body as Message;
      if (this.raft !== null && this.standing.concerns(message, from)) this.step(this.raft, message);
      return true;
    }
    if (what === welcomeKind) this.identity.welcomed(body as Welcome);
    else if (what === farewellKind) this.takeFarewell(body as Farewell);
    else if (what === proposeKind) this.takeForwarded(body as ForwardedProposal);
    else if (what === announceKind) this.takeAnnouncement(body as Announcement);
    else if (what === snapshotChunkKind) this.takeChunk(body as SnapshotChunk, from);
    else if (what === snapshotChunkResponseKind) this.takeChunkResponse(body as SnapshotChunkResponse);
    else return false;
    return true;
  }

  /**
   * Proposes a command; a follower passes it on to its leader. False: not ready, no leader is known, or it hands over, and nothing was done.
   * True promises nothing: the proposer waits for `apply` with its `tag`, and gives up at its own deadline. `data` is a plain
   * value that nobody changes afterwards, `hash` any 32-bit number of it.
   */
  propose(data: unknown, bytes: number, hash: number, tag: string): boolean {
    const { raft } = this;
    if (raft === null || raft.leader === noMember) return false;
    const command: Command = { origin: this.standing.id, incarnation: this.os.incarnation, tag, data };
    if (raft.isLeader) {
      if (raft.propose(command, bytes, hash) === null) return false;
      this.serve();
    } else {
      const proposal: ForwardedProposal = { term: raft.term, sequence: ++this.forwardedCount, command, bytes, hash };
      this.sendTo(raft.leader, proposeKind, proposal);
    }
    return true;
  }

  /**
   * Asks for a linearizable read: `done(true)` once local state reflects everything that was acknowledged before this call.
   * `done(false)` when no leader is known, or it changes, or it does not answer within the design's `storeRequestUs`. May call
   * at once. Reads asked for together share one round of heartbeats.
   */
  readIndex(done: ReadDone): void {
    this.reads.add(done);
    this.serve();
  }

  /** Null when it was removed, too. */
  private get raft(): Raft | null {
    return this.standing.removed ? null : this.core;
  }

  /** The disk is read and this member takes part. */
  get ready(): boolean {
    return this.raft !== null;
  }

  /** Process name of the current term's leader as far as known. */
  get leader(): string | null {
    const leader = this.raft?.leader ?? noMember;
    return leader === noMember ? null : (this.members.nameOf(leader) ?? null);
  }

  /** True from its election on; `leadership` tells when it may also act. */
  get isLeader(): boolean {
    return this.raft?.isLeader ?? false;
  }

  get term(): number {
    return this.raft?.term ?? 0;
  }

  /** By which it is known in the group now; 0 until its disk is read, and while it is no member yet. */
  get member(): MemberId {
    return this.standing.id;
  }

  /** Last index the state machine holds. */
  get applied(): number {
    return this.appliedIndex;
  }

  /** Entries that are known here to be committed and are not applied yet. */
  get unapplied(): number {
    return this.raft === null ? 0 : Math.max(0, this.raft.commit - this.appliedIndex);
  }

  /** A plain copy for people to look at. */
  inspect(): RaftNodeView {
    return {
      member: this.standing.id,
      process: this.os.name,
      leader: this.leader,
      applied: this.appliedIndex,
      isSpare: this.options.id === noMember && this.standing.id === noMember,
      removed: this.standing.removed,
      members: this.members.addresses,
      pendingReads: this.reads.pending,
      wal: this.wal.inspect(),
      raft: this.core?.inspect() ?? null,
    };
  }

  // ── what drives the core ─────────────────────────────────────────────────────────────────────────────────────────

  private recover(member: MemberId, recovered: Recovered): void {
    const { snapshot } = recovered;
    this.standing.id = member;
    if (snapshot !== null) {
      this.snapshots.index = snapshot.index;
      this.standing.restored(snapshot.members);
    }
    this.machine.recover(snapshot, (applied) => {
      this.appliedIndex = applied;
      this.begin({ ...recovered, applied });
    });
  }

  private begin(recovered: Recovered): void {
    const { design, defects } = this.options;
    const { snapshot, entries, applied } = recovered;
    try {
      this.core = new Raft({
        id: this.standing.id,
        configuration: this.configuration,
        electionTicks: design.electionTicks,
        preVote: design.preVote && !defects.has('no-pre-vote'),
        checkQuorum: design.checkQuorum && !defects.has('leader-never-steps-down'),
        maxAppendBytes: design.maxAppendBytes,
        maxInflight: design.maxInflight,
        maxInflightBytes: defaultTuning.maxInflightBytes,
        maxCommittedBytes: design.maxAppendBytes,
        maxUncommittedBytes: defaultTuning.maxUncommittedBytes,
        readMode: design.readMode,
        leaseMarginPercent: design.leaseMarginPercent,
        tickUs: design.heartbeatUs,
        nowUs: () => this.os.monotonicUs(),
        snapshotRetryTicks: SNAPSHOT_RETRY_TIMEOUTS * design.electionTicks,
        random: (bound) => this.stream.below(bound),
        recovered: this.startsFromFirstConfiguration && snapshot !== null
          ? { ...recovered, snapshot: { ...snapshot, configuration: this.configuration } } : recovered,
        defects,
      });
    } catch (error) {
      throw asPanic(error);
    }
    this.snapshots.covered(snapshot?.index ?? 0);
    // What the state machine holds already is not handed out again.
    for (const entry of entries) if (entry.index <= applied && entry.change !== null) this.standing.changed(entry, this.core.configuration);
    this.os.after(this.tickUs, tickKind, this.onTick);
    this.serve();
  }

  private tick(): void {
    const { raft } = this;
    if (raft === null) return;
    this.os.after(this.tickUs, tickKind, this.onTick);
    try {
      raft.tick();
    } catch (error) {
      throw asPanic(error);
    }
    this.snapshots.tick(raft.isLeader);
    this.changes.tick();
    this.checkDisk();
    this.reads.tick();
    this.serve();
    if (this.standing.tick(raft.leader)) this.stop();
  }

  private step(raft: Raft, message: Message): void {
    try {
      raft.step(message);
    } catch (error) {
      throw asPanic(error, message);
    }
    this.serve();
  }

  private takeForwarded(proposal: ForwardedProposal): void {
    const { raft } = this;
    // It is not passed on again: who has just lost the lead would only send it round in circles.
    if (raft === null || !raft.isLeader || !this.forwarded.admit(proposal, raft.term)) return;
    raft.propose(proposal.command, proposal.bytes, proposal.hash);
    this.serve();
  }

  // ── what the core asks for ───────────────────────────────────────────────────────────────────────────────────────

  /** Does what every Ready asks for, in the order that `Ready` prescribes. */
  private serve(): void {
    const { raft } = this;
    this.askedAgain = true;
    if (raft === null || this.serving) return;
    this.serving = true;
    try {
      while (this.askedAgain) {
        this.askedAgain = false;
        while (raft.hasReady()) this.serveReady(raft.takeReady());
        this.wal.flush();
        this.noteLeadership(raft);
        this.reads.checkLeader();
      }
    } catch (error) {
      throw asPanic(error);
    }
    this.serving = false;
  }

  private serveReady(ready: Ready): void {
    for (let at = 0; at < ready.committed.length; at++) if (ready.committed[at]!.change !== null) this.standing.changed(ready.committed[at]!, this.core!.configuration);
    this.send(ready.messages);
    this.wal.write(ready);
    const { committed, readStates } = ready;
    for (let at = 0; at < committed.length; at++) this.apply(committed[at]!);
    for (let at = 0; at < readStates.length; at++) this.reads.answered(readStates[at]!.requestId, readStates[at]!.index);
    this.snapshots.sendDue();
    if (committed.length > 0) this.snapshots.mayTake();
    if (committed.length > 0 || readStates.length > 0) this.reads.release();
  }

  /** Step 4 of a Ready. */
  private durable(ready: Ready): void {
    if (ready.snapshot !== null) this.install(ready.snapshot);
    this.send(ready.messagesAfterSync);
    if (!ready.mustSync) return;
    try {
      this.core!.stable(ready.sequence);
    } catch (error) {
      throw asPanic(error);
    }
  }

  private send(messages: readonly Message[]): void {
    for (let at = 0; at < messages.length; at++) {
      const message = messages[at]!;
      if (message.type === MessageType.snapshot) this.snapshots.want(message);
      else this.sendTo(message.to, kindOf(message), message);
    }
  }

  private sendTo(to: MemberId, what: Kind, body: unknown): void {
    if (this.standing.removed) return;
    const name = this.members.nameOf(to);
    if (name !== undefined) this.os.send(name, what, body);
  }

  private apply(entry: Entry): void {
    const command = entry.data as Command | null;
    const { index, term, bytes, hash, change } = entry;
    // What goes with a change of membership is the host's own.
    const data = command === null || change !== null ? null : command.data;
    const applied: AppliedEntry = { member: this.standing.id, index, term, data, bytes, hash, change, tag: command === null ? '' : command.tag };
    this.appliedIndex = index;
    this.os.cross(appliedBoundary, applied);
    this.machine.apply(applied, command !== null && command.origin === this.standing.id && command.incarnation === this.os.incarnation);
    // Looked at after each entry, so that the first of the own term finds a leader and the next ones a promoted one.
    const raft = this.core!;
    if (!this.leading && raft.isLeader && term === raft.term) {
      this.leading = true;
      this.leadingTerm = term;
      this.options.leadership?.(true, term);
    }
  }

  private noteLeadership(raft: Raft): void {
    if (!this.leading || (raft.isLeader && raft.term === this.leadingTerm)) return;
    this.leading = false;
    this.options.leadership?.(false, this.leadingTerm);
  }

  private install(snapshot: Snapshot): void {
    this.machine.restore(snapshot);
    this.standing.restored(snapshot.members);
    this.appliedIndex = snapshot.index;
    this.snapshots.index = snapshot.index;
    this.snapshots.covered(snapshot.index);
    this.reads.release();
  }

  // ── who belongs to the group ─────────────────────────────────────────────────────────────────────────────────────

  /** Asks the group to change, if this member leads. Done when an entry with this tag is applied; or returns why it is not proposed. */
  changeMembers(request: MemberRequest, tag: string): MemberRefusal | null {
    if (this.raft === null) return 'not leading';
    const refusal = this.changes.request(request, tag);
    this.serve();
    return refusal;
  }

  /** Hands leadership to another voter. False: this member does not lead, or the other one is no voter. */
  moveLeader(to: MemberId): boolean {
    const { raft } = this;
    if (raft === null || !raft.isLeader || !isVoter(raft.configuration, to) || !raft.transferLeadership(to)) return false;
    this.serve();
    return true;
  }

  /** By which this member counts; null while it is none. */
  get configurationNow(): Configuration | null {
    return this.raft?.configuration ?? null;
  }

  /** Everybody who is or was a member. */
  get addresses(): AddressBook {
    return this.members.addresses;
  }

  private takeAnnouncement(announcement: Announcement): void {
    if (this.raft === null || this.standing.answers(announcement)) return;
    this.changes.heard(announcement);
    this.serve();
  }

  private takeFarewell(farewell: Farewell): void {
    if (this.raft !== null && this.standing.isMeant(farewell)) this.stop();
  }

  private takeChunk(chunk: SnapshotChunk, from: string): void {
    if (this.raft !== null && this.standing.concerns(chunk.message, from)) this.snapshots.takeChunk(chunk);
  }

  private takeChunkResponse(response: SnapshotChunkResponse): void {
    if (this.raft !== null) this.snapshots.answered(response);
  }

  /** It was removed: from now on it says nothing more. */
  private stop(): void {
    this.standing.removed = true;
    if (this.leading) this.options.leadership?.(false, this.leadingTerm);
    this.leading = false;
    this.reads.checkLeader();
  }

  // ── a disk that fails ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A leader that waits for its own disk longer than others wait for it is none: it can apply nothing and answer nobody, and its
   * heartbeats keep everybody else from leading (hashicorp/raft #522; etcd stands still as a whole, and so is deposed).
   */
  private checkDisk(): void {
    if (!this.isLeader) return;
    const { writingSinceUs } = this.wal;
    const { readingSinceUs } = this.snapshots;
    const nowUs = this.os.monotonicUs();
    const waited = (sinceUs: Micros): boolean => sinceUs >= 0 && nowUs - sinceUs >= this.electionUs;
    if (waited(writingSinceUs) || waited(readingSinceUs)) this.diskFails();
  }

  private diskFails(): void {
    if (this.resigns) this.core!.resign();
  }
}

/** The core found an invariant broken: this incarnation ends, and its supervisor starts another. */
function asPanic(error: unknown, message?: Message): unknown {
  if (!(error instanceof RaftPanic)) return error;
  return new Panic(message === undefined ? error.message : `${error.message} (${messageName(message.type)} from member ${message.from})`, { cause: error });
}
