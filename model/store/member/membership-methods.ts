/** What the store's members serve of etcd's Cluster service, and of its Maintenance service the change of leader. */
import { method } from '../../../sim/index.ts';
import type { MemberId } from '../../raft/core/configuration.ts';

export interface MemberInfo {
  readonly id: MemberId;
  /** Name of its process (etcd: peer URLs). */
  readonly process: string;
  readonly isLearner: boolean;
}

/** The members after the change, or now. */
export interface MemberListResponse {
  /** Who answers (etcd: `member_id` of the header). */
  readonly member: MemberId;
  readonly members: readonly MemberInfo[];
}

export interface MemberAddRequest {
  /** Where an idle member runs. */
  readonly process: string;
  readonly isLearner: boolean;
}

export interface MemberIdRequest {
  readonly id: MemberId;
}

export const memberAddMethod = method<MemberAddRequest, MemberListResponse>('store/member-add', {
  describeRequest: ({ process, isLearner }) => `add the member at ${process}${isLearner ? ' as a learner' : ''}`,
});
export const memberRemoveMethod = method<MemberIdRequest, MemberListResponse>('store/member-remove', {
  describeRequest: ({ id }) => `remove member ${id}`,
});
export const memberPromoteMethod = method<MemberIdRequest, MemberListResponse>('store/member-promote', {
  describeRequest: ({ id }) => `make member ${id} a voter`,
});
export const memberListMethod = method<null, MemberListResponse>('store/member-list', {
  describeRequest: () => 'list the members',
});
export const moveLeaderMethod = method<MemberIdRequest, null>('store/move-leader', {
  describeRequest: ({ id }) => `let member ${id} lead`,
});
