/** How a process stands to its group: which member it is, whether it is one still, and whose words concern it. */
import type { Micros, Os } from '../../../sim/index.ts';
import { noMember, type Configuration, type MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import { farewellKind, type Announcement, type Farewell } from './joining.ts';
import type { Message } from '../core/message.ts';
import type { NodeIdentity } from './node-identity.ts';
import type { NodeMembers } from './node-members.ts';
import type { AddressBook } from '../core/snapshot.ts';

/** A member that was removed goes on for so many election timeouts: others must still hear that the change is committed (etcd, too). */
const STOP_TIMEOUTS = 2;
/** A member that has heard of no leader for so many asks whether it is one still. */
const SILENT_TIMEOUTS = 4;

export interface StandingHost {
  readonly os: Os;
  readonly members: NodeMembers;
  readonly identity: NodeIdentity;
  readonly electionTicks: number;
  readonly electionUs: Micros;
  /** Answers only those whom the log has named to it (etcd #3699). */
  readonly answersNamedOnly: boolean;
}

export class NodeStanding {
  /** Which member it is; `noMember` until its log says so. */
  id: MemberId = noMember;
  /** It was removed, and has stopped. */
  removed = false;
  private readonly host: StandingHost;
  /** When a member that was removed stops; negative: it was not. */
  private stopsAtUs: Micros = -1;
  private leaderlessTicks = 0;

  constructor(host: StandingHost) {
    this.host = host;
  }

  /** A change of membership is applied, which has led to this configuration. */
  changed(entry: Entry, configuration: Configuration): void {
    this.host.members.apply(entry, configuration);
    this.mayStop();
  }

  /** A snapshot is installed, or was found on the disk. */
  restored(book: AddressBook): void {
    this.host.members.restore(book);
    this.mayStop();
  }

  /** The message is for this member, and from somebody who has not left. */
  concerns({ to, from }: Message, process: string): boolean {
    const { os, members, answersNamedOnly } = this.host;
    if (to !== this.id) return false;
    if (members.isRemoved(from)) {
      os.send(process, farewellKind, { member: from });
      return false;
    }
    if (!answersNamedOnly) members.learn(from, process);
    return true;
  }

  /** A member asks whether it is one still; false: it has no log, and asks for something else. */
  answers({ member, process }: Announcement): boolean {
    if (member === noMember) return false;
    if (this.host.members.isRemoved(member)) this.host.os.send(process, farewellKind, { member });
    return true;
  }

  isMeant({ member }: Farewell): boolean {
    return member === this.id;
  }

  /** True when it is time to stop. */
  tick(leader: MemberId): boolean {
    const { os, identity, electionTicks } = this.host;
    this.leaderlessTicks = leader === noMember ? this.leaderlessTicks + 1 : 0;
    if (this.leaderlessTicks >= SILENT_TIMEOUTS * electionTicks && this.leaderlessTicks % electionTicks === 0) identity.ask(this.id);
    return this.stopsAtUs >= 0 && os.monotonicUs() >= this.stopsAtUs;
  }

  private mayStop(): void {
    const { os, members, electionUs } = this.host;
    if (members.isRemoved(this.id) && this.stopsAtUs < 0) this.stopsAtUs = os.monotonicUs() + STOP_TIMEOUTS * electionUs;
  }
}
