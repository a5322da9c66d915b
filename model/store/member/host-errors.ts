/** Refusals that say something about the member that was asked, not about the request; worded as etcd words them. */
import { grpcStatus } from '../machine/errors.ts';

/** Source: etcd `api/v3rpc/rpctypes/error.go`. */
export type HostErrorCode =
  | 'ErrTooManyRequests'
  | 'ErrNoLeader'
  | 'ErrTimeout'
  | 'ErrLeaderChanged'
  | 'ErrNotPrimary'
  | 'ErrNotLeader'
  | 'ErrUnhealthy'
  | 'ErrMemberNotEnoughStarted'
  | 'ErrMemberNotFound'
  | 'ErrPeerURLExist'
  | 'ErrMemberNotLearner'
  | 'ErrMemberLearnerNotReady'
  | 'ErrTooManyLearners'
  | 'ErrBadLeaderTransferee'
  | 'ErrTimeoutLeaderTransfer';

export interface HostError {
  readonly code: HostErrorCode;
  readonly message: string;
  /** The request has had no effect and will have none. Otherwise nobody knows. */
  readonly definite: boolean;
  /** gRPC's number for it. */
  readonly grpc: number;
}

const { failedPrecondition, notFound, resourceExhausted, unknown, unavailable } = grpcStatus;

const hostError = (code: HostErrorCode, grpc: number, message: string, definite: boolean): HostError =>
  Object.freeze({ code, message, definite, grpc });

export const hostErrors: Readonly<Record<HostErrorCode, HostError>> = Object.freeze({
  ErrTooManyRequests: hostError('ErrTooManyRequests', resourceExhausted, 'etcdserver: too many requests', true),
  ErrNoLeader: hostError('ErrNoLeader', unavailable, 'etcdserver: no leader', true),
  ErrTimeout: hostError('ErrTimeout', unavailable, 'etcdserver: request timed out', false),
  ErrLeaderChanged: hostError('ErrLeaderChanged', unavailable, 'etcdserver: leader changed', false),
  ErrNotPrimary: hostError('ErrNotPrimary', unknown, 'etcdserver: not a primary lessor', true),
  ErrNotLeader: hostError('ErrNotLeader', failedPrecondition, 'etcdserver: not leader', true),
  ErrUnhealthy: hostError('ErrUnhealthy', unavailable, 'etcdserver: unhealthy cluster', true),
  ErrMemberNotEnoughStarted: hostError(
    'ErrMemberNotEnoughStarted',
    failedPrecondition,
    'etcdserver: re-configuration failed due to not enough started members',
    true,
  ),
  ErrMemberNotFound: hostError('ErrMemberNotFound', notFound, 'etcdserver: member not found', true),
  ErrPeerURLExist: hostError('ErrPeerURLExist', failedPrecondition, 'etcdserver: Peer URLs already exists', true),
  ErrMemberNotLearner: hostError(
    'ErrMemberNotLearner',
    failedPrecondition,
    'etcdserver: can only promote a learner member',
    true,
  ),
  ErrMemberLearnerNotReady: hostError(
    'ErrMemberLearnerNotReady',
    failedPrecondition,
    'etcdserver: can only promote a learner member which is in sync with leader',
    true,
  ),
  ErrTooManyLearners: hostError(
    'ErrTooManyLearners',
    failedPrecondition,
    'etcdserver: too many learner members in cluster',
    true,
  ),
  ErrBadLeaderTransferee: hostError('ErrBadLeaderTransferee', failedPrecondition, 'etcdserver: bad leader transferee', true),
  ErrTimeoutLeaderTransfer: hostError(
    'ErrTimeoutLeaderTransfer',
    unavailable,
    'etcdserver: request timed out, leader transfer took too long',
    false,
  ),
});

/** The host's own refusal behind a code, or undefined when the code judges the request itself. */
export function hostErrorOf(code: string): HostError | undefined {
  return (hostErrors as Readonly<Record<string, HostError | undefined>>)[code];
}
