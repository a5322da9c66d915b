/** Leases at a member: keepalives are answered by the primary alone, and what has expired it revokes through the log. */
import { Channel, type Method, type Micros, type Os, type Reply } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import type { RaftNode } from '../../raft/host/node.ts';
import { hostErrors, type HostErrorCode } from './host-errors.ts';
import { Lessor } from './lessor.ts';
import type { LeaseTable } from '../machine/lease-table.ts';
import { forwardedKeepAliveMethod, forwardedTimeToLiveMethod, type KeepAliveResponse } from './methods.ts';
import { storeProfile } from '../machine/profile.ts';
import type {
  Command,
  LeaseCheckpointRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  StoreResponse,
} from '../machine/requests.ts';

interface LeaseKeeperOptions {
  readonly os: Os;
  readonly raft: RaftNode;
  readonly table: LeaseTable;
  readonly design: Design;
  readonly defects: ReadonlySet<string>;
  /** The store's revision now. */
  readonly revision: () => number;
  /** Proposes a revoke or a checkpoint; `done` tells whether it was applied, where somebody waits for it. */
  readonly propose: (request: LeaseRevokeRequest | LeaseCheckpointRequest, done?: (applied: boolean) => void) => void;
}

type KeepAliveReply = Reply<KeepAliveResponse>;
type TimeToLiveReply = Reply<LeaseTimeToLiveResponse>;

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
    const { storeCompat, leaseCheckpointUs } = options.design;
    const checkpointUs = storeProfile(storeCompat).checkpointsLeases ? leaseCheckpointUs : 0;
    this.lessor = new Lessor(options.table, { defects: options.defects, checkpointUs });
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
      for (const reply of this.expiring.get(request.id) ?? [])
        reply.ok({ revision: this.options.revision(), id: request.id, ttlUs: 0 });
      this.expiring.delete(request.id);
    } else if (request.kind === 'leaseCheckpoint') {
      for (const checkpoint of request.checkpoints) this.lessor.checkpointed(checkpoint, this.os.monotonicUs());
    }
  }

  /** A keepalive from a client; goes on to the leader if that is another member (etcd `LeaseRenew`). */
  keepAlive(id: number, reply: KeepAliveReply): void {
    const { leader } = this.raft;
    if (this.lessor.isPrimary || leader === this.os.name) this.renew(id, reply);
    else if (leader === null) refuse(reply, 'ErrNoLeader');
    else this.forward(leader, forwardedKeepAliveMethod, { id }, reply);
  }

  /**
   * Only who is known to lead, and has applied all that was committed before, may renew: the lease of a deposed leader is
   * worth nothing, and one just granted may not be applied here yet (E12).
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
        reply.ok({ revision: this.options.revision(), id, ttlUs });
        return;
      case 'not-primary':
        refuse(reply, 'ErrNotPrimary');
        return;
      case 'expired': {
        const waiting = this.expiring.get(id);
        if (waiting === undefined) this.expiring.set(id, [reply]);
        else waiting.push(reply);
        return;
      }
      case 'checkpointed':
        // As etcd: the note of what was left goes first, or a change of leader would end the lease by it.
        this.options.propose({ kind: 'leaseCheckpoint', checkpoints: [{ id, remainingTtlUs: 0 }] }, (applied) => {
          this.lessor.takenBack(id, applied);
          if (applied) this.renewNow(id, reply);
          else refuse(reply, 'ErrTimeout');
        });
    }
  }

  /** What is left of a lease, as the primary counts; another member asks it. */
  timeToLive(request: LeaseTimeToLiveRequest, reply: TimeToLiveReply): void {
    const { leader } = this.raft;
    if (this.lessor.isPrimary || leader === this.os.name) this.tellTimeToLive(request, reply);
    else if (leader === null) refuse(reply, 'ErrNoLeader');
    else this.forward(leader, forwardedTimeToLiveMethod, request, reply);
  }

  /** etcd waits until it has applied what was committed; a ReadIndex round gives that, and more. */
  tellTimeToLive({ id, keys }: LeaseTimeToLiveRequest, reply: TimeToLiveReply): void {
    this.raft.readIndex((ok) => {
      const { lessor, options } = this;
      const lease = options.table.get(id);
      const revision = options.revision();
      if (!ok) refuse(reply, 'ErrLeaderChanged');
      else if (lease === undefined) reply.ok({ kind: 'leaseTimeToLive', revision, id, ttlUs: -1, grantedTtlUs: 0, keys: [] });
      else if (!lessor.isPrimary) refuse(reply, 'ErrNotPrimary');
      else {
        const ttlUs = lessor.remainingUs(id, this.os.monotonicUs());
        const attached = keys ? options.table.sortedKeys(id) : [];
        reply.ok({ kind: 'leaseTimeToLive', revision, id, ttlUs, grantedTtlUs: lease.ttlUs, keys: attached });
      }
    });
  }

  /** The leases that this member knows, behind the others or not. */
  leases(): LeaseLeasesResponse {
    return { kind: 'leaseLeases', revision: this.options.revision(), ids: this.lessor.ids() };
  }

  private forward<Request, Response>(
    leader: string,
    what: Method<Request, Response>,
    request: Request,
    reply: Reply<Response>,
  ): void {
    const timeoutUs = this.options.design.storeRequestUs;
    this.os.spawn('forward to the leader', this.channelTo(leader).call(what, request, timeoutUs), (outcome) => {
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

  /**
   * Revokes what has expired, and notes what is left of long leases, after making sure that this member still leads: its clock
   * went on while it may have been deposed.
   */
  scan(): void {
    const nowUs = this.os.monotonicUs();
    const expired = this.lessor.expired(nowUs, EXPIRED_PER_SCAN);
    if (expired.length === 0 && !this.lessor.hasCheckpointsDue(nowUs)) return;
    if (this.revokesWithoutLeadership) {
      for (const id of expired) this.revoke(id);
      return;
    }
    this.raft.readIndex((ok) => {
      // A proposal of a member that was deposed in this very step would be forwarded to its successor, who counts anew.
      if (!ok || !this.lessor.isPrimary || !this.raft.isLeader) return;
      // A keepalive may have come before the round was over: no lease that it saved is revoked.
      for (const id of expired) if (this.lessor.remainingUs(id, this.os.monotonicUs()) <= 0) this.revoke(id);
      const checkpoints = this.lessor.takeCheckpointsDue(this.os.monotonicUs());
      if (checkpoints.length > 0) this.options.propose({ kind: 'leaseCheckpoint', checkpoints });
    });
  }

  private revoke(id: number): void {
    this.options.propose({ kind: 'leaseRevoke', id });
  }
}

function refuse(reply: { refuse(code: string, message: string): void }, code: HostErrorCode): void {
  reply.refuse(code, hostErrors[code].message);
}
