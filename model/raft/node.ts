/** A member of the group in a simulated process: the pure core over this process's disk, clock and network. */
import { kind, Panic, type Kind, type Micros, type Os, type Stream } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { createConfiguration, noMember, type Configuration, type MemberId } from './configuration.ts';
import type { Entry } from './entry.ts';
import { ForwardedProposals } from './forwarding.ts';
import type { RaftView } from './inspection.ts';
import { messageName, MessageType, type Message } from './message.ts';
import { defaultTuning, type Recovered } from './options.ts';
import { NodeSnapshots, SNAPSHOT_RETRY_TIMEOUTS } from './node-snapshots.ts';
import { RaftPanic } from './panic.ts';
import { Raft } from './raft.ts';
import { ReadRequests, type ReadDone } from './read-requests.ts';
import type { Ready } from './ready.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotChunkKind, snapshotChunkResponseKind, type SnapshotChunk, type SnapshotChunkResponse } from './snapshot-transfer.ts';
import { appliedBoundary, type AppliedEntry, type Command, type StateMachine } from './state-machine.ts';
import { isMessageKind, kindOf, proposeKind, type ForwardedProposal } from './transport.ts';
import { Wal, type WalView } from './wal.ts';

export interface RaftNodeOptions {
  readonly os: Os;
  readonly id: MemberId;
  /** Every member of the group, this one too, with the name of its process. */
  readonly members: ReadonlyMap<MemberId, string>;
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
  readonly member: MemberId;
  readonly process: string;
  readonly leader: string | null;
  /** What the state machine holds. */
  readonly applied: number;
  readonly pendingReads: number;
  readonly wal: WalView;
  /** Null while the disk is read. */
  readonly raft: RaftView | null;
}

const tickKind: Kind<null> = kind<null>('raft/tick', { serviceUs: 2, describe: () => 'a heartbeat interval has passed' });

/** Make one in each incarnation, and `start` it when the program starts. */
export class RaftNode {
  readonly id: MemberId;
  private readonly os: Os;
  private readonly options: RaftNodeOptions;
  private readonly machine: StateMachine;
  private readonly configuration: Configuration;
  /** Process names by member id. */
  private readonly names: string[] = [];
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

  /** Null until the disk is read. */
  private raft: Raft | null = null;
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
    const { os, id, members, design } = options;
    this.id = id;
    this.os = os;
    this.options = options;
    this.machine = options.machine;
    this.configuration = createConfiguration([...members.keys()]);
    for (const [member, name] of members) this.names[member] = name;
    this.stream = os.random('raft');
    this.tickUs = design.heartbeatUs;
    this.electionUs = design.heartbeatUs * design.electionTicks;
    this.resigns = design.resignOnDiskTrouble && !options.defects.has('leads-with-failing-disk');
    this.wal = new Wal(os, { segmentBytes: design.walSegmentBytes, defects: options.defects }, {
      blank: () => this.wal.create(id, this.configuration),
      recovered: (_member, recovered) => this.recover(recovered),
      durable: (ready) => this.durable(ready),
      snapshotSaved: (snapshot) => this.snapshots.saved(snapshot),
      idle: () => this.serve(),
    });
    this.snapshots = new NodeSnapshots({
      os,
      machine: this.machine,
      wal: this.wal,
      design,
      takesNone: options.defects.has('snapshot-never-taken'),
      raft: () => this.raft!,
      send: (to, what, body) => os.send(this.names[to]!, what, body),
      step: (message) => this.step(this.raft!, message),
      serve: () => this.serve(),
      diskFails: () => this.diskFails(),
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
  receive(_from: string, what: Kind, body: unknown): boolean {
    if (isMessageKind(what)) {
      if (this.raft !== null) this.step(this.raft, body as Message);
      return true;
    }
    if (what === proposeKind) this.takeForwarded(body as ForwardedProposal);
    else if (what === snapshotChunkKind) {
      if (this.raft !== null) this.snapshots.takeChunk(body as SnapshotChunk);
    } else if (what === snapshotChunkResponseKind) {
      if (this.raft !== null) this.snapshots.answered(body as SnapshotChunkResponse);
    } else return false;
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
    const command: Command = { origin: this.id, incarnation: this.os.incarnation, tag, data };
    if (raft.isLeader) {
      if (raft.propose(command, bytes, hash) === null) return false;
      this.serve();
    } else {
      const proposal: ForwardedProposal = { term: raft.term, sequence: ++this.forwardedCount, command, bytes, hash };
      this.os.send(this.names[raft.leader]!, proposeKind, proposal);
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

  /** The disk is read and this member takes part. */
  get ready(): boolean {
    return this.raft !== null;
  }

  /** Process name of the current term's leader as far as known. */
  get leader(): string | null {
    const leader = this.raft?.leader ?? noMember;
    return leader === noMember ? null : this.names[leader]!;
  }

  /** True from its election on; `leadership` tells when it may also act. */
  get isLeader(): boolean {
    return this.raft?.isLeader ?? false;
  }

  get term(): number {
    return this.raft?.term ?? 0;
  }

  /** Last index the state machine holds. */
  get applied(): number {
    return this.appliedIndex;
  }

  /** A plain copy for people to look at. */
  inspect(): RaftNodeView {
    return {
      member: this.id,
      process: this.os.name,
      leader: this.leader,
      applied: this.appliedIndex,
      pendingReads: this.reads.pending,
      wal: this.wal.inspect(),
      raft: this.raft?.inspect() ?? null,
    };
  }

  // ── what drives the core ─────────────────────────────────────────────────────────────────────────────────────────

  private recover(recovered: Recovered): void {
    const { snapshot } = recovered;
    if (snapshot !== null) this.snapshots.index = snapshot.index;
    this.machine.recover(snapshot, (applied) => {
      this.appliedIndex = applied;
      this.begin({ ...recovered, applied });
    });
  }

  private begin(recovered: Recovered): void {
    const { design, defects } = this.options;
    try {
      this.raft = new Raft({
        id: this.id,
        configuration: this.configuration,
        electionTicks: design.electionTicks,
        preVote: design.preVote,
        checkQuorum: design.checkQuorum,
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
        recovered,
        defects,
      });
    } catch (error) {
      throw asPanic(error);
    }
    this.os.after(this.tickUs, tickKind, this.onTick);
    this.serve();
  }

  private tick(): void {
    this.os.after(this.tickUs, tickKind, this.onTick);
    try {
      this.raft?.tick();
    } catch (error) {
      throw asPanic(error);
    }
    this.snapshots.tick(this.isLeader);
    this.checkDisk();
    this.reads.tick();
    this.serve();
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
    this.send(ready.messages);
    this.wal.write(ready);
    const { committed, readStates } = ready;
    for (let at = 0; at < committed.length; at++) this.apply(committed[at]!);
    for (let at = 0; at < readStates.length; at++) this.reads.answered(readStates[at]!.requestId, readStates[at]!.index);
    this.snapshots.sendDue();
    if (committed.length > 0) this.snapshots.mayTake(this.appliedIndex);
    if (committed.length > 0 || readStates.length > 0) this.reads.release();
  }

  /** Step 4 of a Ready. */
  private durable(ready: Ready): void {
    if (ready.snapshot !== null) this.install(ready.snapshot);
    this.send(ready.messagesAfterSync);
    if (!ready.mustSync) return;
    try {
      this.raft!.stable(ready.sequence);
    } catch (error) {
      throw asPanic(error);
    }
  }

  private send(messages: readonly Message[]): void {
    for (let at = 0; at < messages.length; at++) {
      const message = messages[at]!;
      if (message.type === MessageType.snapshot) this.snapshots.want(message);
      else this.os.send(this.names[message.to]!, kindOf(message), message);
    }
  }

  private apply(entry: Entry): void {
    const command = entry.data as Command | null;
    const { index, term, bytes, hash, change } = entry;
    const applied: AppliedEntry = command === null
      ? { member: this.id, index, term, data: null, bytes, hash, change, tag: '' }
      : { member: this.id, index, term, data: command.data, bytes, hash, change, tag: command.tag };
    this.appliedIndex = index;
    this.os.cross(appliedBoundary, applied);
    this.machine.apply(applied, command !== null && command.origin === this.id && command.incarnation === this.os.incarnation);
    // Looked at after each entry, so that the first of the own term finds a leader and the next ones a promoted one.
    const raft = this.raft!;
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
    this.appliedIndex = snapshot.index;
    this.snapshots.index = snapshot.index;
    this.reads.release();
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
    if (this.resigns) this.raft!.resign();
  }
}

/** The core found an invariant broken: this incarnation ends, and its supervisor starts another. */
function asPanic(error: unknown, message?: Message): unknown {
  if (!(error instanceof RaftPanic)) return error;
  return new Panic(message === undefined ? error.message : `${error.message} (${messageName(message.type)} from member ${message.from})`, { cause: error });
}
