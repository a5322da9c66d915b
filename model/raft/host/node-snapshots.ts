/**
 * Snapshots at a member: when one is taken and how it becomes durable, how one is given to who lags, and taken in from a leader.
 */
import type { Kind, Micros, Os } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { freezeConfiguration, type MemberId } from '../core/configuration.ts';
import { noEntries } from '../core/entry.ts';
import { createMessage, MessageType, type Message } from '../core/message.ts';
import type { Raft } from '../core/raft.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { Roster } from './roster.ts';
import {
  snapshotChunkResponseKind,
  SnapshotReceiver,
  SnapshotSender,
  type SnapshotChunk,
  type SnapshotChunkResponse,
} from './snapshot-transfer.ts';
import type { StateMachine } from './state-machine.ts';
import { snapshotKind } from './transport.ts';
import type { Wal } from './wal.ts';
import { snapshotFile } from './wal-record.ts';

/** A snapshot that was sent and not answered for this many election timeouts is taken for lost. */
export const SNAPSHOT_RETRY_TIMEOUTS = 10;
/** A receiver that answers no chunk for this many is given up for now. */
const CHUNK_PATIENCE_TIMEOUTS = 2;
/** Numbers of transfers of one incarnation. */
const TRANSFERS_PER_INCARNATION = 0x1_0000;
const NOT_READING = -1;

/** What this needs of the node that it is a part of. */
export interface SnapshotsHost {
  readonly os: Os;
  readonly machine: StateMachine;
  readonly roster: Roster;
  readonly wal: Wal;
  readonly design: Design;
  readonly takesNone: boolean;
  readonly losesPromotions: boolean;
  raft(): Raft;
  send(to: MemberId, what: Kind, body: unknown): void;
  step(message: Message): void;
  /** To be called when the core was told something outside of a Ready. */
  serve(): void;
  /** The disk does not give back what it should. */
  diskFails(): void;
  /** Last index that the state machine holds. */
  applied(): number;
}

/** Intervals between snapshots that a member may be ahead of its last durable one. */
const INTERVALS_AHEAD = 2;

export class NodeSnapshots {
  /** Last entry in the newest snapshot, made or received. */
  index = 0;
  private readonly host: SnapshotsHost;
  private readonly every: number;
  private readonly keepEntries: number;
  private readonly sender: SnapshotSender;
  private readonly receiver = new SnapshotReceiver();
  /** They leave after the entries that their Ready commits are applied: state and configuration are then of one index. */
  private readonly toSend: Message[] = [];
  /** The state machine makes itself durable, so that a snapshot of it may count. */
  private persisting = false;
  private reading = 0;
  private readingFromUs: Micros = NOT_READING;

  constructor(host: SnapshotsHost) {
    const { os, design } = host;
    this.host = host;
    this.every = host.takesNone ? Number.POSITIVE_INFINITY : design.snapshotEveryEntries;
    this.keepEntries = design.entriesBehindSnapshot;
    this.sender = new SnapshotSender(
      {
        send: (to, what, body) => host.send(to, what, body),
        report: (to, arrived) => host.raft().reportSnapshot(to, arrived),
      },
      design.snapshotChunkBytes,
      CHUNK_PATIENCE_TIMEOUTS * design.electionTicks,
      os.incarnation * TRANSFERS_PER_INCARNATION,
    );
  }

  tick(leading: boolean): void {
    if (this.sender.active === 0) return;
    if (leading) this.sender.tick();
    else this.sender.abort();
  }

  /** Since when a snapshot is being read that somebody needs; negative: none is. */
  get readingSinceUs(): Micros {
    return this.readingFromUs;
  }

  // ── its own ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * There is a durable snapshot up to this index, or none (0). Another one is begun an interval later, and while it
   * is being written a member goes on for one more interval; then it waits for its disk, so that no restart has
   * more than two intervals to apply again.
   */
  covered(index: number): void {
    this.host.raft().applyUpTo(Math.min(index + INTERVALS_AHEAD * this.every, Number.MAX_SAFE_INTEGER));
  }

  /** Takes one when enough was applied since the last one. */
  mayTake(): void {
    const { machine, wal } = this.host;
    const raft = this.host.raft();
    const applied = this.host.applied();
    if (applied - this.index < this.every || this.persisting || wal.savingSnapshot) return;
    // A received snapshot has replaced the log and is not in the state machine yet.
    if (raft.termAt(applied) < 0) return;
    const { state, bytes, hash } = machine.snapshot();
    const snapshot = raft.createSnapshot(applied, state, bytes, hash, this.host.roster.addresses);
    this.index = applied;
    this.persisting = true;
    machine.persist(() => {
      this.persisting = false;
      // One that was received meanwhile is newer.
      if (this.index === snapshot.index)
        wal.saveSnapshot(this.host.losesPromotions ? withoutPromotions(snapshot, this.host.roster) : snapshot);
      else this.mayTake();
      this.host.serve();
    });
  }

  /** It is durable: the log may be forgotten up to a little before it. */
  saved(snapshot: Snapshot): void {
    this.host.raft().compact(Math.max(0, snapshot.index - this.keepEntries));
    this.covered(snapshot.index);
    // It may have been due again while this one was written, and perhaps nothing more is applied before it is taken.
    this.mayTake();
  }

  // ── to others ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The core wants a member to have one. `sendDue` follows, when what the same Ready commits is applied. */
  want(message: Message): void {
    this.toSend.push(message);
  }

  sendDue(): void {
    if (this.toSend.length === 0) return;
    for (let at = 0; at < this.toSend.length; at++) this.read(this.toSend[at]!);
    this.toSend.length = 0;
  }

  answered(response: SnapshotChunkResponse): void {
    const raft = this.host.raft();
    if (!raft.isLeader || response.term !== raft.term) return;
    this.sender.answered(response);
    this.host.serve();
  }

  /** What is given away is read first: a leader whose disk has lost it cannot serve who lags. */
  private read(message: Message): void {
    const { os } = this.host;
    if (this.reading++ === 0) this.readingFromUs = os.monotonicUs();
    os.disk.read(snapshotFile, (records, error) => {
      if (--this.reading === 0) this.readingFromUs = NOT_READING;
      const raft = this.host.raft();
      if (!raft.isLeader || raft.term !== message.term) return;
      if (error === null && records[0]?.ok === true)
        this.transfer(message.snapshot!.state === null ? this.withImage(message) : message);
      else {
        raft.reportSnapshot(message.to, false);
        this.host.diskFails();
      }
      this.host.serve();
    });
  }

  /** The state is the machine's to give, as of the last entry that it has applied (etcd `createMergedSnapshotMessage`). */
  private withImage({ type, from, to, term }: Message): Message {
    const raft = this.host.raft();
    const index = raft.applied;
    const snapshot: Snapshot = Object.freeze({
      index,
      term: raft.termAt(index),
      configuration: raft.configuration,
      members: this.host.roster.addresses,
      ...this.host.machine.image(),
    });
    return createMessage(type, from, to, term, 0, 0, 0, false, 0, 0, 0, noEntries, snapshot);
  }

  private transfer(message: Message): void {
    if (this.sender.isSmall(message)) this.host.send(message.to, snapshotKind, message);
    else this.sender.begin(message);
  }

  // ── from a leader ────────────────────────────────────────────────────────────────────────────────────────────────

  takeChunk(chunk: SnapshotChunk): void {
    const { message } = chunk;
    const { from, to, term, snapshot } = message;
    // Whoever sends a chunk leads: it counts like a heartbeat, and one of an older term is answered like one.
    this.host.step(createMessage(MessageType.heartbeat, from, to, term));
    if (this.host.raft().term !== term) return;
    const offset = this.receiver.take(chunk);
    if (offset < 0) return;
    const response: SnapshotChunkResponse = { from: to, term, transfer: chunk.transfer, offset };
    this.host.send(from, snapshotChunkResponseKind, response);
    if (offset === snapshot!.bytes) this.host.step(message);
  }
}

/**
 * The snapshot as a member keeps it that does not store a promotion, because it has a record of
 * the learner already (etcd PR 19563).
 */
function withoutPromotions(snapshot: Snapshot, roster: Roster): Snapshot {
  const { voters, outgoing, learners, learnersNext, autoLeave } = snapshot.configuration;
  const promoted = voters.filter((id) => roster.wasPromoted(id));
  const configuration = freezeConfiguration({
    voters: voters.filter((id) => !promoted.includes(id)),
    outgoing,
    learners: [...learners, ...promoted],
    learnersNext,
    autoLeave,
  });
  return { ...snapshot, configuration };
}
