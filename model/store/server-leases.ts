/** Leases at a member: keepalives are answered by the primary alone, and what has expired it revokes through the log. */
import { Channel, type Micros, type Os, type Reply } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import type { RaftNode } from '../raft/node.ts';
import { hostErrors, type HostErrorCode } from './host-errors.ts';
import { Lessor } from './lessor.ts';
import type { LeaseTable } from './lease-table.ts';
import { forwardedKeepAliveMethod, type KeepAliveResponse } from './methods.ts';
import type { Command, StoreResponse } from './requests.ts';

interface LeaseKeeperOptions {
  readonly os: Os;
  readonly raft: RaftNode;
  readonly table: LeaseTable;
  readonly design: Design;
  readonly defects: ReadonlySet<string>;
  /** Proposes the revoke of an expired lease. */
  readonly revoke: (id: number) => void;
}

type KeepAliveReply = Reply<KeepAliveResponse>;

/** etcd revokes at most so many leases in one scan. */
const EXPIRED_PER_SCAN = 500;

export class LeaseKeeper {
  readonly lessor: Lessor;
  private readonly options: LeaseKeeperOptions;
  private readonly os: Os;
  private readonly raft: RaftNode;
  /** A change of leader extends every lease by this. */
  private readonly electionUs: Micros;
  private readonly revokesWithoutLeadership: boolean;
  private readonly keepAliveBeforeApply: boolean;
  /** Keepalives of expired leases: answered when the revoke is applied. */
  private readonly expiring = new Map<number, KeepAliveReply[]>();
  private leaderChannel: { readonly leader: string; readonly channel: Channel } | null = null;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
    this.os = options.os;
    this.raft = options.raft;
    const { heartbeatUs, electionTicks } = options.design;
    this.electionUs = heartbeatUs * electionTicks;
    this.revokesWithoutLeadership = options.defects.has('revoke-without-leadership');
    this.keepAliveBeforeApply = options.defects.has('keepalive-before-apply');
    this.lessor = new Lessor(options.table, { defects: options.defects });
  }

  /** This member has applied the first entry of its own term, or leads no longer. */
  leadership(leading: boolean): void {
    if (leading) {
      this.lessor.promote(this.os.monotonicUs(), this.electionUs);
      return;
    }
    if (!this.revokesWithoutLeadership) this.lessor.demote();
    for (const replies of this.expiring.values()) for (const reply of replies) refuse(reply, 'ErrLeaderChanged');
    this.expiring.clear();
  }

  /** To be told of every command applied here. */
  applied({ request }: Command, response: StoreResponse): void {
    if (request.kind === 'leaseGrant' && response.kind === 'leaseGrant') {
      this.lessor.granted(request.id, this.os.monotonicUs());
    } else if (request.kind === 'leaseRevoke' && response.kind === 'leaseRevoke') {
      for (const reply of this.expiring.get(request.id) ?? []) reply.ok({ id: request.id, ttlUs: 0 });
      this.expiring.delete(request.id);
    }
  }

  /** A keepalive from a client; goes on to the leader if that is another member (etcd `LeaseRenew`). */
  keepAlive(id: number, reply: KeepAliveReply): void {
    const { leader } = this.raft;
    if (this.lessor.isPrimary || leader === this.os.name) this.renew(id, reply);
    else if (leader === null) refuse(reply, 'ErrNoLeader');
    else this.forward(leader, id, reply);
  }

  /**
   * Only who is known to lead, and has applied all that was committed before, may renew: the lease of a deposed leader is
   * worth nothing, and one just granted may not be applied here yet (bugs.md E12).
   */
  renew(id: number, reply: KeepAliveReply): void {
    if (this.keepAliveBeforeApply) {
      this.renewNow(id, reply);
      return;
    }
    this.raft.readIndex((ok) => {
      if (ok) this.renewNow(id, reply);
      else refuse(reply, 'ErrLeaderChanged');
    });
  }

  private renewNow(id: number, reply: KeepAliveReply): void {
    const { outcome, ttlUs } = this.lessor.renew(id, this.os.monotonicUs());
    switch (outcome) {
      case 'renewed':
      case 'not-found':
        reply.ok({ id, ttlUs });
        return;
      case 'not-primary':
        refuse(reply, 'ErrNotPrimary');
        return;
      case 'expired': {
        const waiting = this.expiring.get(id);
        if (waiting === undefined) this.expiring.set(id, [reply]);
        else waiting.push(reply);
      }
    }
  }

  private forward(leader: string, id: number, reply: KeepAliveReply): void {
    const timeoutUs = this.options.design.storeRequestUs;
    this.os.spawn('forward a keepalive', this.channelTo(leader).call(forwardedKeepAliveMethod, { id }, timeoutUs), (outcome) => {
      if (outcome.status === 'ok') reply.ok(outcome.value);
      else if (outcome.status === 'refused') reply.refuse(outcome.code, outcome.message);
      else refuse(reply, 'ErrTimeout');
    });
  }

  private channelTo(leader: string): Channel {
    if (this.leaderChannel?.leader !== leader) {
      this.leaderChannel?.channel.close();
      this.leaderChannel = { leader, channel: new Channel(this.os, [leader]) };
    }
    return this.leaderChannel.channel;
  }

  /** Revokes what has expired, after making sure that this member still leads: its clock went on while it may have been deposed. */
  scan(): void {
    const expired = this.lessor.expired(this.os.monotonicUs(), EXPIRED_PER_SCAN);
    if (expired.length === 0) return;
    if (this.revokesWithoutLeadership) {
      for (const id of expired) this.options.revoke(id);
      return;
    }
    this.raft.readIndex((ok) => {
      // A proposal of a member that was deposed in this very step would be forwarded to its successor, who counts anew.
      if (!ok || !this.lessor.isPrimary || !this.raft.isLeader) return;
      // A keepalive may have come before the round was over: no lease that it saved is revoked.
      for (const id of expired) if (this.lessor.remainingUs(id, this.os.monotonicUs()) <= 0) this.options.revoke(id);
    });
  }
}

function refuse(reply: KeepAliveReply, code: HostErrorCode): void {
  reply.refuse(code, hostErrors[code].message);
}
