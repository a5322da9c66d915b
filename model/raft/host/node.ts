/** A member of the group in a simulated process: the pure core over this process's disk, clock and network. */
import { kind, Panic, type Kind, type Micros, type Os, type Stream } from '../../../sim/index.ts';
import { noMember, type MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import { announceKind, farewellKind, welcomeKind, type Announcement, type Farewell, type Welcome } from './joining.ts';
import { messageName, MessageType, type Message } from '../core/message.ts';
import type { Recovered } from '../core/options.ts';
import { createCore } from './node-core.ts';
import { NodeDisk } from './node-disk.ts';
import { NodeGroup } from './node-group.ts';
import type { RaftNodeOptions, RaftNodeView } from './node-options.ts';
import { NodeProposals } from './node-proposals.ts';
import { NodeSnapshots } from './node-snapshots.ts';
import { RaftPanic } from '../core/panic.ts';
import type { Raft } from '../core/raft.ts';
import { ReadRequests, type ReadDone } from './read-requests.ts';
import { Roster } from './roster.ts';
import type { Ready } from '../core/ready.ts';
import type { Snapshot } from '../core/snapshot.ts';
import {
  snapshotChunkKind,
  snapshotChunkResponseKind,
  type SnapshotChunk,
  type SnapshotChunkResponse,
} from './snapshot-transfer.ts';
import { appliedBoundary, type AppliedEntry, type Command, type StateMachine } from './state-machine.ts';
import { isMessageKind, kindOf, proposeKind, type ForwardedProposal } from './transport.ts';
import { Wal } from './wal.ts';

const tickKind: Kind<null> = kind<null>('raft/tick', { serviceUs: 2, describe: () => 'a heartbeat interval has passed' });

/** Make one in each incarnation, and `start` it when the program starts. */
export class RaftNode {
  private readonly os: Os;
  private readonly options: RaftNodeOptions;
  private readonly machine: StateMachine;
  /** Which member this process is, and how the group is changed. */
  readonly group: NodeGroup;
  private readonly roster: Roster;
  private readonly stream: Stream;
  private readonly wal: Wal;
  private readonly reads: ReadRequests;
  private readonly proposals: NodeProposals;
  private readonly tickUs: Micros;
  private readonly snapshots: NodeSnapshots;
  private readonly disk: NodeDisk;
  private readonly onTick = (): void => this.tick();

  /** Null until the disk is read, and while this process is no member. */
  private core: Raft | null = null;
  /** What the state machine holds: behind the core while a received snapshot is being written. */
  private appliedIndex = 0;
  private leading = false;
  private leadingTerm = 0;
  /** Readys are being served: whatever is asked meanwhile is served by the same loop. */
  private serving = false;
  private askedAgain = false;

  constructor(options: RaftNodeOptions) {
    const { os, design, defects } = options;
    this.os = os;
    this.options = options;
    this.machine = options.machine;
    this.roster = new Roster(options.members);
    this.stream = os.random('raft');
    this.tickUs = design.heartbeatUs;
    this.wal = new Wal(
      os,
      { segmentBytes: design.walSegmentBytes, defects },
      {
        blank: () => this.group.blank(),
        recovered: (member, recovered) => this.recover(member, recovered),
        durable: (ready) => this.durable(ready),
        snapshotSaved: (snapshot) => this.snapshots.saved(snapshot),
        idle: () => this.serve(),
      },
    );
    this.group = new NodeGroup({
      options,
      roster: this.roster,
      wal: this.wal,
      raft: () => this.raft,
      serve: () => this.serve(),
      stopped: () => this.stopped(),
    });
    this.proposals = new NodeProposals({
      raft: () => this.raft,
      command: (data, tag) => ({ origin: this.member, incarnation: os.incarnation, tag, data }),
      send: (to, what, body) => this.sendTo(to, what, body),
      serve: () => this.serve(),
    });
    this.snapshots = this.createSnapshots(options);
    this.disk = this.createDisk(options);
    this.reads = new ReadRequests(
      {
        term: () => this.term,
        leader: () => this.raft?.leader ?? noMember,
        applied: () => this.appliedIndex,
        nowUs: () => os.monotonicUs(),
        ask: (requestId) => this.raft?.readIndex(requestId) ?? false,
      },
      os.incarnation,
      design.storeRequestUs,
    );
  }

  /** Reads the disk, which takes time; then takes part. */
  start(): void {
    this.wal.recover();
  }

  /** A datagram has come. True when it was Raft's, whatever became of it. May throw Panic, like everything that follows. */
  receive(from: string, what: Kind, body: unknown): boolean {
    if (isMessageKind(what)) {
      const message = body as Message;
      if (this.raft !== null && this.group.concerns(message, from)) this.step(this.raft, message);
      return true;
    }
    if (what === welcomeKind) this.group.welcomed(body as Welcome);
    else if (what === farewellKind) this.group.dismissed(body as Farewell);
    else if (what === proposeKind) this.proposals.take(body as ForwardedProposal);
    else if (what === announceKind) this.group.announced(body as Announcement);
    else if (what === snapshotChunkKind) this.takeChunk(body as SnapshotChunk, from);
    else if (what === snapshotChunkResponseKind) this.takeChunkResponse(body as SnapshotChunkResponse);
    else return false;
    return true;
  }

  /**
   * Proposes a command; a follower passes it on to its leader. False: not ready, no leader is known, or it hands over, and
   * nothing was done. True promises nothing: the proposer waits for `apply` with its `tag`, and gives up at its own deadline.
   * `data` is a plain value that nobody changes afterwards, `hash` any 32-bit number of it.
   */
  propose(data: unknown, bytes: number, hash: number, tag: string): boolean {
    return this.proposals.propose(data, bytes, hash, tag);
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
    return this.group.removed ? null : this.core;
  }

  /** The disk is read and this member takes part. */
  get ready(): boolean {
    return this.raft !== null;
  }

  /** Process name of the current term's leader as far as known. */
  get leader(): string | null {
    const leader = this.raft?.leader ?? noMember;
    return leader === noMember ? null : (this.roster.nameOf(leader) ?? null);
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
    return this.group.id;
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
      member: this.group.id,
      process: this.os.name,
      leader: this.leader,
      applied: this.appliedIndex,
      isSpare: this.options.id === noMember && this.group.id === noMember,
      removed: this.group.removed,
      members: this.roster.addresses,
      pendingReads: this.reads.pending,
      wal: this.wal.inspect(),
      raft: this.core?.inspect() ?? null,
    };
  }

  // ── what drives the core ─────────────────────────────────────────────────────────────────────────────────────────

  private recover(member: MemberId, recovered: Recovered): void {
    const { snapshot } = recovered;
    this.group.recovered(member, snapshot === null ? null : snapshot.members);
    if (snapshot !== null) this.snapshots.index = snapshot.index;
    this.machine.recover(snapshot, (applied) => {
      this.appliedIndex = applied;
      this.begin({ ...recovered, applied });
    });
  }

  private begin(recovered: Recovered): void {
    const { snapshot, entries, applied } = recovered;
    try {
      this.core = createCore(this.options, this.group.id, this.group.initialConfiguration, this.stream, recovered);
    } catch (error) {
      throw asPanic(error);
    }
    this.snapshots.covered(snapshot?.index ?? 0);
    // What the state machine holds already is not handed out again.
    for (const entry of entries)
      if (entry.index <= applied && entry.change !== null) this.group.changed(entry, this.core.configuration);
    // It may already have applied all that it may before its next snapshot: then nothing more comes that would cause one.
    this.snapshots.mayTake();
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
    this.group.tick();
    this.disk.tick();
    this.reads.tick();
    this.serve();
    this.group.checkOwnMembership(raft.leader);
  }

  private step(raft: Raft, message: Message): void {
    try {
      raft.step(message);
    } catch (error) {
      throw asPanic(error, message);
    }
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
    for (let at = 0; at < ready.committed.length; at++)
      if (ready.committed[at]!.change !== null) this.group.changed(ready.committed[at]!, this.core!.configuration);
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
    if (this.group.removed) return;
    const name = this.roster.nameOf(to);
    if (name !== undefined) this.os.send(name, what, body);
  }

  private apply(entry: Entry): void {
    const command = entry.data as Command | null;
    const { index, term, bytes, hash, change } = entry;
    // What goes with a change of membership is the host's own.
    const data = command === null || change !== null ? null : command.data;
    const applied: AppliedEntry = {
      member: this.group.id,
      index,
      term,
      data,
      bytes,
      hash,
      change,
      tag: command === null ? '' : command.tag,
    };
    this.appliedIndex = index;
    this.os.cross(appliedBoundary, applied);
    this.machine.apply(
      applied,
      command !== null && command.origin === this.group.id && command.incarnation === this.os.incarnation,
    );
    // Checked after each entry: the first one of the own term is applied before the leader is promoted, the next ones after.
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
    this.group.restored(snapshot.members);
    this.appliedIndex = snapshot.index;
    this.snapshots.index = snapshot.index;
    this.snapshots.covered(snapshot.index);
    this.reads.release();
  }

  // ── snapshots in chunks, and the end of a member ─────────────────────────────────────────────────────────────────

  private takeChunk(chunk: SnapshotChunk, from: string): void {
    if (this.raft !== null && this.group.concerns(chunk.message, from)) this.snapshots.takeChunk(chunk);
  }

  private takeChunkResponse(response: SnapshotChunkResponse): void {
    if (this.raft !== null) this.snapshots.answered(response);
  }

  /** It was removed: from now on it says nothing more. */
  private stopped(): void {
    if (this.leading) this.options.leadership?.(false, this.leadingTerm);
    this.leading = false;
    this.reads.checkLeader();
  }

  // ── what it is made of ───────────────────────────────────────────────────────────────────────────────────────────

  private createSnapshots({ os, design, defects }: RaftNodeOptions): NodeSnapshots {
    return new NodeSnapshots({
      os,
      roster: this.roster,
      machine: this.machine,
      wal: this.wal,
      design,
      takesNone: defects.has('snapshot-never-taken'),
      losesPromotions: defects.has('promotion-not-persisted'),
      raft: () => this.core!,
      send: (to, what, body) => this.sendTo(to, what, body),
      step: (message) => this.step(this.core!, message),
      serve: () => this.serve(),
      diskFails: () => this.disk.fails(),
      applied: () => this.appliedIndex,
    });
  }

  private createDisk({ os, design, defects }: RaftNodeOptions): NodeDisk {
    return new NodeDisk({
      electionUs: design.heartbeatUs * design.electionTicks,
      resigns: design.resignOnDiskTrouble && !defects.has('leads-with-failing-disk'),
      raft: () => this.raft,
      nowUs: () => os.monotonicUs(),
      writingSinceUs: () => this.wal.writingSinceUs,
      readingSinceUs: () => this.snapshots.readingSinceUs,
    });
  }
}

/** The core found an invariant broken: this incarnation ends, and its supervisor starts another. */
function asPanic(error: unknown, message?: Message): unknown {
  if (!(error instanceof RaftPanic)) return error;
  return new Panic(
    message === undefined ? error.message : `${error.message} (${messageName(message.type)} from member ${message.from})`,
    { cause: error },
  );
}
