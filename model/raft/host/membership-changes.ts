/** What a leader does about membership: checks what is asked for as etcd does, and gives an id to whoever announces itself. */
import { hashString, type Micros } from '../../../sim/index.ts';
import type { ConfChange, MemberChange } from '../core/conf-change.ts';
import { isJoint, isVoter, noMember, type MemberId } from '../core/configuration.ts';
import { welcomeKind, type Announcement } from './joining.ts';
import type { Raft } from '../core/raft.ts';
import type { MembershipData, Roster } from './roster.ts';
import type { MemberAddress } from '../core/snapshot.ts';
import type { Command } from './state-machine.ts';

export type MemberRequest =
  /** `process` must be idle: it has told that it has no log. */
  | { readonly operation: 'add'; readonly process: string; readonly learner: boolean }
  | { readonly operation: 'remove'; readonly member: MemberId }
  | { readonly operation: 'promote'; readonly member: MemberId };

/** Why nothing was proposed. Source of all but the last three: etcd `server/etcdserver/server.go`, `membership/errors.go`. */
export type MemberRefusal =
  | 'unhealthy'
  | 'not enough started members'
  | 'not found'
  | 'exists'
  | 'not a learner'
  | 'learner not ready'
  | 'too many learners'
  /** Nothing idles there. */
  | 'unreachable'
  | 'not leading'
  /** Another change is under way, or the leader has just begun. */
  | 'busy';

/** etcd's readyPercent: how much of the leader's log a learner must have to be promoted. */
const READY_PERCENT = 90;
/** etcd: learners at a time. */
const MAX_LEARNERS = 1;
/** An announcement is believed for so many election timeouts. */
const ANNOUNCEMENT_TIMEOUTS = 4;
const CHANGE_BYTES = 96;

export interface ChangesHost {
  readonly roster: Roster;
  readonly electionUs: Micros;
  readonly strict: boolean;
  raft(): Raft;
  nowUs(): Micros;
  send(process: string, what: typeof welcomeKind, body: { readonly member: MemberId; readonly disk: number }): void;
  command(data: MembershipData, tag: string): Command;
}

export class MembershipChanges {
  private readonly host: ChangesHost;
  private readonly announced = new Map<string, { readonly disk: number; readonly atUs: Micros }>();

  constructor(host: ChangesHost) {
    this.host = host;
  }

  /**
   * A process has no log. The leader answers; where nobody leads, whoever knows which member it is (in etcd any member tells): it may
   * be one without whose vote nobody can lead.
   */
  heard({ process, disk }: Announcement): void {
    const { roster } = this.host;
    this.announced.set(process, { disk, atUs: this.host.nowUs() });
    const raft = this.host.raft();
    if (!raft.isLeader && raft.leader !== noMember) return;
    const known = roster.at(process);
    if (known === undefined) return;
    if (known.disk === disk) this.host.send(process, welcomeKind, { member: known.id, disk });
    else if (raft.isLeader && known.disk < disk) this.replace(known, disk);
  }

  /** Learners that came in place of a member become voters by themselves, as soon as they have caught up. */
  tick(): void {
    const raft = this.host.raft();
    if (!raft.isLeader || raft.configuration.learners.length === 0 || isJoint(raft.configuration)) return;
    for (const id of raft.configuration.learners) {
      // Nobody has asked for it, so nobody vouches for one that is silent.
      if (this.host.roster.find(id)?.promote !== true || !this.isReady(id) || raft.progressOf(id)?.answers !== true) continue;
      this.propose([{ change: 'add-voter', member: id }], [], '');
      return;
    }
  }

  /** Proposes a change for whoever asked for it, or says why not. It is made when an entry with this tag is applied. */
  request(request: MemberRequest, tag: string): MemberRefusal | null {
    if (!this.host.raft().isLeader) return 'not leading';
    switch (request.operation) {
      case 'add':
        return this.add(request.process, request.learner, tag);
      case 'remove':
        return this.remove(request.member, tag);
      case 'promote':
        return this.promote(request.member, tag);
    }
  }

  private add(process: string, learner: boolean, tag: string): MemberRefusal | null {
    const { roster, electionUs } = this.host;
    const raft = this.host.raft();
    if (roster.at(process) !== undefined) return 'exists';
    const announcement = this.announced.get(process);
    if (announcement === undefined || this.host.nowUs() - announcement.atUs > ANNOUNCEMENT_TIMEOUTS * electionUs)
      return 'unreachable';
    if (roster.everHad(process, announcement.disk)) return 'exists';
    if (learner && raft.configuration.learners.length >= MAX_LEARNERS) return 'too many learners';
    const { voters } = raft.configuration;
    // The new one counts and has nothing yet: the others must make a quorum without it. One that is alone never could, and may add
    // it all the same (etcd `IsReadyToAddVotingMember`).
    if (this.host.strict && !learner && voters.length > 1 && this.active(voters) < quorumOf(voters.length + 1))
      return 'unhealthy';
    const id = roster.nextId;
    const address: MemberAddress = { id, process, disk: announcement.disk, promote: false, removed: false };
    return this.propose([{ change: learner ? 'add-learner' : 'add-voter', member: id }], [address], tag);
  }

  private remove(member: MemberId, tag: string): MemberRefusal | null {
    const raft = this.host.raft();
    const { voters } = raft.configuration;
    if (this.host.roster.find(member)?.removed !== false) return 'not found';
    if (voters.includes(member)) {
      const others = voters.filter((id) => id !== member);
      if (others.length === 0) return 'not enough started members';
      // Without it those that answer must still be a quorum.
      if (this.host.strict && this.active(others) < quorumOf(others.length)) return 'unhealthy';
    }
    return this.propose([{ change: 'remove', member }], [], tag);
  }

  private promote(member: MemberId, tag: string): MemberRefusal | null {
    const { configuration } = this.host.raft();
    if (this.host.roster.find(member)?.removed !== false) return 'not found';
    if (isVoter(configuration, member)) return 'not a learner';
    if (!this.isReady(member)) return 'learner not ready';
    const { voters } = configuration;
    if (this.host.strict && this.active(voters) + 1 < quorumOf(voters.length + 1)) return 'unhealthy';
    return this.propose([{ change: 'add-voter', member }], [], tag);
  }

  /** A member has lost its disk: its id goes, and another one comes, at once (a joint configuration). */
  private replace(known: MemberAddress, disk: number): void {
    const { roster } = this.host;
    const { voters } = this.host.raft().configuration;
    const others = voters.filter((id) => id !== known.id);
    if (others.length === 0 || this.active(others) < quorumOf(others.length)) return;
    const id = roster.nextId;
    const address: MemberAddress = {
      id,
      process: known.process,
      disk,
      promote: voters.includes(known.id) || known.promote,
      removed: false,
    };
    this.propose(
      [
        { change: 'remove', member: known.id },
        { change: 'add-learner', member: id },
      ],
      [address],
      '',
    );
  }

  private propose(changes: readonly MemberChange[], added: readonly MemberAddress[], tag: string): MemberRefusal | null {
    const raft = this.host.raft();
    const change: ConfChange = { transition: 'auto', changes };
    const text =
      changes.map(({ change: what, member }) => `${what} ${member}`).join() +
      added.map(({ process, disk }) => `${process} ${disk}`).join();
    const result = raft.proposeConfChange(change, this.host.command({ members: added }, tag), CHANGE_BYTES, hashString(text));
    if (typeof result !== 'string') return null;
    return result === 'not leading' ? 'not leading' : result === 'impossible' ? 'not found' : 'busy';
  }

  /** It may be silent by now (etcd `isLearnerReady`). */
  private isReady(learner: MemberId): boolean {
    const raft = this.host.raft();
    const progress = raft.progressOf(learner);
    return progress !== null && progress.match * 100 >= raft.lastIndex * READY_PERCENT;
  }

  /**
   * How many of them have entries from this leader, and answer (etcd asks its transport who has been connected of late); itself
   * among them. Who was just added has none.
   */
  private active(ids: readonly MemberId[]): number {
    const raft = this.host.raft();
    return ids.filter((id) => id === raft.id || raft.progressOf(id)?.answers === true).length;
  }
}

function quorumOf(voters: number): number {
  return (voters >> 1) + 1;
}
