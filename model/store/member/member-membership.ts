/** Changes of membership at a member of the store: etcd's Cluster service, served by whoever leads. */
import type { Micros, Reply, RpcServer } from '../../../sim/index.ts';
import type { MemberRefusal, MemberRequest } from '../../raft/host/node-changes.ts';
import type { RaftNode } from '../../raft/host/node.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import { hostErrors, type HostErrorCode } from './host-errors.ts';
import {
  memberAddMethod, memberListMethod, memberPromoteMethod, memberRemoveMethod, moveLeaderMethod, type MemberInfo, type MemberListResponse,
} from './membership-methods.ts';

interface Asked {
  readonly reply: Reply<MemberListResponse>;
  readonly askedUs: Micros;
}

/** etcd names the reason; what it would make a caller wait for is told as an unhealthy cluster. */
const refusals: Readonly<Record<MemberRefusal, HostErrorCode>> = {
  'unhealthy': 'ErrUnhealthy',
  'not enough started members': 'ErrMemberNotEnoughStarted',
  'not found': 'ErrMemberNotFound',
  'exists': 'ErrPeerURLExist',
  'not a learner': 'ErrMemberNotLearner',
  'learner not ready': 'ErrMemberLearnerNotReady',
  'too many learners': 'ErrTooManyLearners',
  'unreachable': 'ErrUnhealthy',
  'not leading': 'ErrNotLeader',
  'busy': 'ErrUnhealthy',
};

export class Membership {
  private readonly raft: RaftNode;
  private readonly prefix: string;
  private readonly timeoutUs: Micros;
  private readonly nowUs: () => Micros;
  /** By tag of the entry that is to make the change, in the order in which they were asked. */
  private readonly asked = new Map<string, Asked>();
  private count = 0;

  /** `prefix` keeps tags apart between members and incarnations. */
  constructor(raft: RaftNode, prefix: string, timeoutUs: Micros, nowUs: () => Micros) {
    this.raft = raft;
    this.prefix = prefix;
    this.timeoutUs = timeoutUs;
    this.nowUs = nowUs;
  }

  serve(rpc: RpcServer): void {
    rpc.handle(memberAddMethod, ({ process, isLearner }, reply) => this.change({ operation: 'add', process, learner: isLearner }, reply));
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
    const tag = `${this.prefix}-${++this.count}`;
    // Entered first: alone in its group, a leader applies before the call returns.
    this.asked.set(tag, { reply, askedUs: this.nowUs() });
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
    if (!this.raft.isLeader) refuse(reply, 'ErrNotLeader');
    else if (this.raft.group.moveLeader(id)) reply.ok(null);
    else refuse(reply, 'ErrBadLeaderTransferee');
  }

  private members(): MemberListResponse {
    const learners = this.raft.group.configurationNow?.learners ?? [];
    const members = this.raft.group.addresses
      .filter(({ removed }) => !removed)
      .map(({ id, process }): MemberInfo => ({ id, process, isLearner: learners.includes(id) }));
    return { members };
  }
}

function refuse(reply: Reply<never>, code: HostErrorCode): void {
  reply.refuse(code, hostErrors[code].message);
}
