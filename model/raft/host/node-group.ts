/**
 * The group as one of its processes sees it: which member this process is and whether it still is one, whose messages
 * concern it, and how the group is changed.
 */
import { kind, type Kind, type Micros, type Os } from '../../../sim/index.ts';
import { createConfiguration, isVoter, noMember, type Configuration, type MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { Message } from '../core/message.ts';
import type { Raft } from '../core/raft.ts';
import type { AddressBook } from '../core/snapshot.ts';
import { announceKind, farewellKind, type Announcement, type Farewell, type Welcome } from './joining.ts';
import { MembershipChanges, type MemberRefusal, type MemberRequest } from './membership-changes.ts';
import type { RaftNodeOptions } from './node-options.ts';
import type { Roster } from './roster.ts';
import type { Wal } from './wal.ts';

/**
 * A member that was removed goes on for so many election timeouts: others must still hear that
 * the change is committed (etcd, too).
 */
const STOP_TIMEOUTS = 2;
/** A member that has heard of no leader for so many asks whether it is one still. */
const SILENT_TIMEOUTS = 4;

const announceAgainKind: Kind<null> = kind<null>('raft/announce-again', {
  serviceUs: 1,
  describe: () => 'tells once more that it has no log',
});

export interface GroupHost {
  readonly options: RaftNodeOptions;
  readonly roster: Roster;
  readonly wal: Wal;
  /** Null while this process is no member. */
  raft(): Raft | null;
  /** To be called when the core was told something outside of a Ready. */
  serve(): void;
  /** This process was removed from the group, and takes no part from now on. */
  stopped(): void;
}

export class NodeGroup {
  /** The configuration with which the group began. */
  readonly initialConfiguration: Configuration;
  /** Which member this process is; `noMember` until its log says so. */
  id: MemberId = noMember;
  /** It was removed, and has stopped. */
  removed = false;
  private readonly host: GroupHost;
  private readonly os: Os;
  private readonly roster: Roster;
  private readonly changes: MembershipChanges;
  private readonly electionTicks: number;
  private readonly electionUs: Micros;
  /** Where members may be found. */
  private readonly processes: readonly string[];
  /** Answers only those whom the log has named to it (etcd #3699). */
  private readonly answersNamedOnly: boolean;
  /** It has no log, and waits to be told who it is. */
  private joining = false;
  /** When a member that was removed stops; negative: it was not. */
  private stopsAtUs: Micros = -1;
  private leaderlessTicks = 0;

  constructor(host: GroupHost) {
    const {
      roster,
      options: { os, members, spares = [], design, defects },
    } = host;
    this.host = host;
    this.os = os;
    this.roster = roster;
    this.electionTicks = design.electionTicks;
    this.electionUs = design.heartbeatUs * design.electionTicks;
    this.initialConfiguration = createConfiguration([...members.keys()]);
    this.processes = [...members.values(), ...spares];
    this.answersNamedOnly = defects.has('answer-named-members-only');
    this.changes = new MembershipChanges({
      roster,
      electionUs: this.electionUs,
      strict: design.strictReconfiguration,
      raft: () => host.raft()!,
      nowUs: () => os.monotonicUs(),
      send: (process, what, body) => os.send(process, what, body),
      command: (data, tag) => ({ origin: this.id, incarnation: os.incarnation, tag, data }),
    });
  }

  // ── which member this process is: the one that its log names; without a log, one that it is given ────────────────

  /** There is no log: either this is the beginning, or the disk is another one, or this is a spare. */
  blank(): void {
    const {
      wal,
      options: { id, defects },
    } = this.host;
    if (id !== noMember && (this.os.disk.replaced === 0 || defects.has('rejoins-under-old-id'))) {
      wal.create(id, this.initialConfiguration);
      return;
    }
    this.joining = true;
    this.announce();
  }

  welcomed({ member, disk }: Welcome): void {
    if (!this.joining || disk !== this.os.disk.replaced) return;
    this.joining = false;
    this.host.wal.create(member, this.initialConfiguration);
  }

  /** The log of this member was read; `book`: what its snapshot says of the group, null if there is none. */
  recovered(member: MemberId, book: AddressBook | null): void {
    this.id = member;
    if (book !== null) this.restored(book);
  }

  private announce(): void {
    if (!this.joining) return;
    this.ask(noMember);
    this.os.after(this.electionUs, announceAgainKind, () => this.announce());
  }

  /** Asks who it is, or whether it is this member still: whoever is removed while it is down hears of it from nobody else. */
  private ask(member: MemberId): void {
    const { os } = this;
    const announcement: Announcement = { process: os.name, member, disk: os.disk.replaced };
    for (const process of this.processes) if (process !== os.name) os.send(process, announceKind, announcement);
  }

  // ── whether it still is one ──────────────────────────────────────────────────────────────────────────────────────

  /** A change of membership is applied, which has led to this configuration. */
  changed(entry: Entry, configuration: Configuration): void {
    this.roster.apply(entry, configuration);
    this.noteRemoval();
  }

  /** A snapshot is installed, or was found on the disk. */
  restored(book: AddressBook): void {
    this.roster.restore(book);
    this.noteRemoval();
  }

  private noteRemoval(): void {
    if (this.roster.isRemoved(this.id) && this.stopsAtUs < 0)
      this.stopsAtUs = this.os.monotonicUs() + STOP_TIMEOUTS * this.electionUs;
  }

  /**
   * Once a heartbeat interval: asks whether it is a member still when it has long heard of no leader, and stops when that is due.
   */
  checkOwnMembership(leader: MemberId): void {
    this.leaderlessTicks = leader === noMember ? this.leaderlessTicks + 1 : 0;
    if (this.leaderlessTicks >= SILENT_TIMEOUTS * this.electionTicks && this.leaderlessTicks % this.electionTicks === 0)
      this.ask(this.id);
    if (this.stopsAtUs >= 0 && this.os.monotonicUs() >= this.stopsAtUs) this.stop();
  }

  dismissed({ member }: Farewell): void {
    if (this.host.raft() !== null && member === this.id) this.stop();
  }

  private stop(): void {
    this.removed = true;
    this.host.stopped();
  }

  // ── the others ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The message is for this member, and from somebody who has not left. */
  concerns({ to, from }: Message, process: string): boolean {
    if (to !== this.id) return false;
    if (this.roster.isRemoved(from)) {
      this.os.send(process, farewellKind, { member: from });
      return false;
    }
    if (!this.answersNamedOnly) this.roster.learn(from, process);
    return true;
  }

  /** Somebody has no log, or asks whether it is a member still. */
  announced(announcement: Announcement): void {
    const { member, process } = announcement;
    if (this.host.raft() === null) return;
    if (member === noMember) {
      this.changes.heard(announcement);
      this.host.serve();
    } else if (this.roster.isRemoved(member)) {
      this.os.send(process, farewellKind, { member });
    }
  }

  /** Everybody who is or was a member. */
  get addresses(): AddressBook {
    return this.roster.addresses;
  }

  // ── how it is changed ────────────────────────────────────────────────────────────────────────────────────────────

  /** By which this member counts; null while it is none. */
  get configurationNow(): Configuration | null {
    return this.host.raft()?.configuration ?? null;
  }

  /**
   * Asks the group to change, if this member leads. Done when an entry with this tag is
   * applied; or returns why it is not proposed.
   */
  change(request: MemberRequest, tag: string): MemberRefusal | null {
    if (this.host.raft() === null) return 'not leading';
    const refusal = this.changes.request(request, tag);
    this.host.serve();
    return refusal;
  }

  /** Hands leadership to another voter. False: this member does not lead, or the other one is no voter. */
  moveLeader(to: MemberId): boolean {
    const raft = this.host.raft();
    if (raft === null || !raft.isLeader || !isVoter(raft.configuration, to) || !raft.transferLeadership(to)) return false;
    this.host.serve();
    return true;
  }

  /** Once a heartbeat interval: a leader proposes what is due without anybody's asking. */
  tick(): void {
    this.changes.tick();
  }
}
