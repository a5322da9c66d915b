/** Changes of membership at a member of the store: etcd's Cluster service, served by whoever leads. */
import type { Co, Micros, Os, Reply, RpcServer } from '../../../sim/index.ts';
import type { MemberRefusal, MemberRequest } from '../../raft/host/membership-changes.ts';
import type { RaftNode } from '../../raft/host/node.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import { hostErrors, type HostErrorCode } from './host-errors.ts';
import {
  memberAddMethod,
  memberListMethod,
  memberPromoteMethod,
  memberRemoveMethod,
  moveLeaderMethod,
  type MemberInfo,
  type MemberListResponse,
} from './membership-methods.ts';

interface Asked {
  readonly reply: Reply<MemberListResponse>;
  readonly askedUs: Micros;
}

/** etcd names the reason; what it would make a caller wait for is told as an unhealthy cluster. */
const refusals: Readonly<Record<MemberRefusal, HostErrorCode>> = {
  unhealthy: 'ErrUnhealthy',
  'not enough started members': 'ErrMemberNotEnoughStarted',
  'not found': 'ErrMemberNotFound',
  exists: 'ErrPeerURLExist',
  'not a learner': 'ErrMemberNotLearner',
  'learner not ready': 'ErrMemberLearnerNotReady',
  'too many learners': 'ErrTooManyLearners',
  unreachable: 'ErrUnhealthy',
  'not leading': 'ErrNotLeader',
  busy: 'ErrUnhealthy',
};

export class Membership {
  private readonly os: Os;
  private readonly raft: RaftNode;
  private readonly tickUs: Micros;
  private readonly timeoutUs: Micros;
  /** By tag of the entry that is to make the change, in the order in which they were asked. */
  private readonly asked = new Map<string, Asked>();
  private count = 0;

  constructor(os: Os, raft: RaftNode, tickUs: Micros, timeoutUs: Micros) {
    this.os = os;
    this.raft = raft;
    this.tickUs = tickUs;
    this.timeoutUs = timeoutUs;
  }

  serve(rpc: RpcServer): void {
    rpc.handle(memberAddMethod, ({ process, isLearner }, reply) =>
      this.change({ operation: 'add', process, learner: isLearner }, reply),
    );
    rpc.handle(memberRemoveMethod, ({ id }, reply) => this.change({ operation: 'remove', member: id }, reply));
    rpc.handle(memberPromoteMethod, ({ id }, reply) => this.change({ operation: 'promote', member: id }, reply));
    rpc.handle(memberListMethod, (_request, reply) => this.list(reply));
    rpc.handle(moveLeaderMethod, ({ id }, reply) => this.moveLeader(id, reply));
  }

  /** An entry that changes the group is applied here. */
  applied({ tag }: AppliedEntry): void {
    const asked = this.asked.get(tag);
    if (asked === undefined) return;
    this.asked.delete(tag);
    asked.reply.ok(this.members());
  }

  /** Gives up on those that are too old; called now and then. Nobody knows what becomes of them. */
  sweep(nowUs: Micros): void {
    for (const [tag, { reply, askedUs }] of this.asked) {
      if (nowUs - askedUs < this.timeoutUs) return;
      this.asked.delete(tag);
      refuse(reply, 'ErrTimeout');
    }
  }

  private change(request: MemberRequest, reply: Reply<MemberListResponse>): void {
    const { os } = this;
    const tag = `${os.name}/${os.incarnation}-${++this.count}`;
    // Entered first: alone in its group, a leader applies before the call returns.
    this.asked.set(tag, { reply, askedUs: os.monotonicUs() });
    const refusal = this.raft.group.change(request, tag);
    if (refusal === null) return;
    this.asked.delete(tag);
    refuse(reply, refusals[refusal]);
  }

  /** Linearizable, as etcd's is by default: it tells of every change that was answered before. */
  private list(reply: Reply<MemberListResponse>): void {
    this.raft.readIndex((ok) => {
      if (ok) reply.ok(this.members());
      else refuse(reply, 'ErrLeaderChanged');
    });
  }

  private moveLeader(id: number, reply: Reply<null>): void {
    const { os, raft } = this;
    const heir = raft.group.addresses.find((address) => address.id === id);
    if (!raft.isLeader) refuse(reply, 'ErrNotLeader');
    else if (heir !== undefined && raft.group.moveLeader(id)) os.spawn('move the leader', this.moved(heir.process, reply));
    else refuse(reply, 'ErrBadLeaderTransferee');
  }

  /** Answers when the other one leads. Looks once in a tick, as etcd does. */
  private *moved(to: string, reply: Reply<null>): Co<void> {
    const { os, raft, tickUs } = this;
    const untilUs = os.monotonicUs() + this.timeoutUs;
    while (raft.leader !== to) {
      if (os.monotonicUs() >= untilUs) return refuse(reply, 'ErrTimeoutLeaderTransfer');
      yield* os.sleep(tickUs);
    }
    reply.ok(null);
  }

  private members(): MemberListResponse {
    const learners = this.raft.group.configurationNow?.learners ?? [];
    const members = this.raft.group.addresses
      .filter(({ removed }) => !removed)
      .map(({ id, process }): MemberInfo => ({ id, process, isLearner: learners.includes(id) }));
    return { member: this.raft.member, members };
  }
}

function refuse(reply: Reply<never>, code: HostErrorCode): void {
  reply.refuse(code, hostErrors[code].message);
}
