/**
 * How a process becomes a member: one without a log tells the group that it is there, and is answered when the group has given it
 * an id. Nobody takes up an id that its disk has forgotten: what was promised under it is lost (dissertation §11.7.2 on
 * replaced disks; etcd: a member that lost its data is removed and added under another id).
 */
import { kind, type Digest, type Kind } from '../../../sim/index.ts';
import type { MemberId } from '../core/configuration.ts';

/** A process has no log, or hears nobody who leads. */
export interface Announcement {
  readonly process: string;
  /** Under this id; 0: it has no log. */
  readonly member: MemberId;
  /** How often its machine has got another disk. */
  readonly disk: number;
}

/** A member to a process: this is who you are, as long as you have this disk. */
export interface Welcome {
  readonly member: MemberId;
  readonly disk: number;
}

/** To whoever speaks under an id that was removed (etcd: "the member has been permanently removed from the cluster"). */
export interface Farewell {
  readonly member: MemberId;
}

export const announceKind: Kind<Announcement> = kind<Announcement>('raft/announce', {
  digest: ({ member, disk }, digest: Digest) => {
    digest.int(member);
    digest.int(disk);
  },
  describe: ({ process, member, disk }) =>
    member > 0
      ? `is ${process} still member ${member}?`
      : `${process} has no log${disk === 0 ? '' : ', its disk is another one'}: who is it?`,
});

export const welcomeKind: Kind<Welcome> = kind<Welcome>('raft/welcome', {
  digest: ({ member, disk }, digest: Digest) => {
    digest.int(member);
    digest.int(disk);
  },
  describe: ({ member }) => `you are member ${member}`,
});

export const farewellKind: Kind<Farewell> = kind<Farewell>('raft/farewell', {
  digest: ({ member }, digest: Digest) => digest.int(member),
  describe: ({ member }) => `member ${member} was removed`,
});
