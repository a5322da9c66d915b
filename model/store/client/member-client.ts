/** An operator's way to the store: lists its members, changes them and who leads (etcdctl `member`, `move-leader`). */
import { Channel, ms, type CallOutcome, type Co, type Method, type Micros, type Os } from '../../../sim/index.ts';
import type { MemberId } from '../../raft/core/configuration.ts';
import {
  memberAddMethod,
  memberListMethod,
  memberPromoteMethod,
  memberRemoveMethod,
  moveLeaderMethod,
  type MemberInfo,
  type MemberListResponse,
} from '../member/membership-methods.ts';

const RETRY_US = ms(50);

/** Goes from member to member until one says that it leads, or the deadline has passed. A refusal has etcd's code. */
export class MemberClient {
  private readonly os: Os;
  private readonly channel: Channel;
  private readonly requestUs: Micros;

  constructor(os: Os, endpoints: readonly string[], requestUs: Micros) {
    this.os = os;
    this.channel = new Channel(os, endpoints, { rotateOnDeadline: true });
    this.requestUs = requestUs;
  }

  add(process: string, isLearner: boolean): Co<CallOutcome<MemberListResponse>> {
    return this.ofLeader(memberAddMethod, { process, isLearner });
  }

  remove(id: MemberId): Co<CallOutcome<MemberListResponse>> {
    return this.ofLeader(memberRemoveMethod, { id });
  }

  promote(id: MemberId): Co<CallOutcome<MemberListResponse>> {
    return this.ofLeader(memberPromoteMethod, { id });
  }

  list(): Co<CallOutcome<MemberListResponse>> {
    return this.ofLeader(memberListMethod, null);
  }

  /**
   * Whether a member runs, and knows of all that was changed before: asked itself, since it answers
   * when it has caught up with the leader.
   */
  *isWell({ id, process }: MemberInfo): Co<boolean> {
    const channel = new Channel(this.os, [process]);
    const listed = yield* channel.call(memberListMethod, null, this.requestUs);
    channel.close();
    return listed.status === 'ok' && listed.value.member === id;
  }

  moveLeader(id: MemberId): Co<CallOutcome<null>> {
    return this.ofLeader(moveLeaderMethod, { id });
  }

  close(): void {
    this.channel.close();
  }

  private *ofLeader<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    const deadlineUs = this.os.monotonicUs() + this.requestUs;
    for (;;) {
      const outcome = yield* this.channel.call(what, request, Math.max(1, deadlineUs - this.os.monotonicUs()));
      const mayTryElsewhere =
        outcome.status === 'unavailable' || (outcome.status === 'refused' && WRONG_MEMBER.includes(outcome.code));
      if (!mayTryElsewhere || this.os.monotonicUs() + RETRY_US >= deadlineUs) return outcome;
      this.channel.rotate();
      yield* this.os.sleep(RETRY_US);
    }
  }
}

const WRONG_MEMBER: readonly string[] = ['ErrNotLeader', 'ErrNoLeader', 'ErrLeaderChanged'];
