/** The group as one of its processes has it: who belongs to it, which member this process is, and how it is changed. */
import type { Os } from '../../../sim/index.ts';
import { createConfiguration, isVoter, type Configuration, type MemberId } from '../core/configuration.ts';
import type { Raft } from '../core/raft.ts';
import type { AddressBook } from '../core/snapshot.ts';
import type { Announcement, Farewell } from './joining.ts';
import { NodeChanges, type MemberRefusal, type MemberRequest } from './node-changes.ts';
import { NodeIdentity } from './node-identity.ts';
import { NodeMembers } from './node-members.ts';
import type { RaftNodeOptions } from './node-options.ts';
import { NodeStanding } from './node-standing.ts';
import type { Wal } from './wal.ts';

export interface GroupHost {
  readonly os: Os;
  readonly options: RaftNodeOptions;
  readonly wal: Wal;
  /** Null while this process is no member. */
  raft(): Raft | null;
  /** To be called when the core was told something outside of a Ready. */
  serve(): void;
  /** This process was removed from the group. */
  stop(): void;
}

export class NodeGroup {
  /** With which it began. */
  readonly configuration: Configuration;
  readonly members: NodeMembers;
  readonly identity: NodeIdentity;
  readonly standing: NodeStanding;
  private readonly changes: NodeChanges;
  private readonly host: GroupHost;

  constructor(host: GroupHost) {
    const { os, wal } = host;
    const { id, members, spares = [], design, defects } = host.options;
    const electionUs = design.heartbeatUs * design.electionTicks;
    this.host = host;
    this.configuration = createConfiguration([...members.keys()]);
    this.members = new NodeMembers(members);
    this.identity = new NodeIdentity({
      os, wal, id,
      configuration: this.configuration,
      processes: [...members.values(), ...spares],
      everyUs: electionUs,
      forgetsLosses: defects.has('rejoins-under-old-id'),
    });
    this.standing = new NodeStanding({
      os,
      members: this.members,
      identity: this.identity,
      electionTicks: design.electionTicks,
      electionUs,
      answersNamedOnly: defects.has('answer-named-members-only'),
    });
    this.changes = new NodeChanges({
      members: this.members,
      electionUs,
      strict: design.strictReconfiguration,
      raft: () => host.raft()!,
      nowUs: () => os.monotonicUs(),
      send: (process, what, body) => os.send(process, what, body),
      command: (data, tag) => ({ origin: this.standing.id, incarnation: os.incarnation, tag, data }),
    });
  }

  /** Asks the group to change, if this member leads. Done when an entry with this tag is applied; or returns why it is not proposed. */
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

  /** By which this member counts; null while it is none. */
  get configurationNow(): Configuration | null {
    return this.host.raft()?.configuration ?? null;
  }

  /** Everybody who is or was a member. */
  get addresses(): AddressBook {
    return this.members.addresses;
  }

  /** Somebody has no log, or asks whether it is a member still. */
  announced(announcement: Announcement): void {
    if (this.host.raft() === null || this.standing.answers(announcement)) return;
    this.changes.heard(announcement);
    this.host.serve();
  }

  dismissed(farewell: Farewell): void {
    if (this.host.raft() !== null && this.standing.isMeant(farewell)) this.host.stop();
  }

  /** One heartbeat interval has passed. */
  tick(): void {
    this.changes.tick();
  }
}
