/** The errors of the store: values with stable codes, never exceptions, worded and numbered as etcd has them. */
/**
 * Stable codes; a program branches on these, never on the message.
 * Source: etcd `api/v3rpc/rpctypes/error.go`.
 */
export type StoreErrorCode =
  | 'ErrCompacted'
  | 'ErrFutureRev'
  | 'ErrEmptyKey'
  | 'ErrKeyNotFound'
  | 'ErrValueProvided'
  | 'ErrLeaseProvided'
  | 'ErrDuplicateKey'
  | 'ErrTooManyOps'
  | 'ErrRequestTooLarge'
  | 'ErrNoSpace'
  | 'ErrCorrupt'
  | 'ErrLeaseNotFound'
  | 'ErrLeaseExists'
  | 'ErrLeaseTTLTooLarge'
  | 'ErrEmptyWatcherRange'
  | 'ErrWatcherDuplicateID'
  // Of client sessions, which etcd has not.
  | 'ErrClientSessionNotFound'
  | 'ErrCommandObsolete';

/** gRPC's status codes, as far as the store answers with them. Source: grpc `codes/codes.go`. */
export const grpcStatus = Object.freeze({
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unavailable: 14,
  dataLoss: 15,
});

/** A request that was refused; etcd's error responses carry no header, so there is no revision here either. */
export interface StoreError {
  readonly kind: 'error';
  readonly code: StoreErrorCode;
  readonly message: string;
  /** gRPC's number for it. */
  readonly grpc: number;
}

const refusal = (code: StoreErrorCode, grpc: number, message: string): StoreError =>
  Object.freeze({ kind: 'error', code, message, grpc });

const { unknown, invalidArgument, notFound, resourceExhausted, failedPrecondition, outOfRange, dataLoss } = grpcStatus;

/** One shared, frozen value per code: refusing allocates nothing. */
export const storeErrors: Readonly<Record<StoreErrorCode, StoreError>> = Object.freeze({
  ErrCompacted: refusal('ErrCompacted', outOfRange, 'etcdserver: mvcc: required revision has been compacted'),
  ErrFutureRev: refusal('ErrFutureRev', outOfRange, 'etcdserver: mvcc: required revision is a future revision'),
  ErrEmptyKey: refusal('ErrEmptyKey', invalidArgument, 'etcdserver: key is not provided'),
  ErrKeyNotFound: refusal('ErrKeyNotFound', invalidArgument, 'etcdserver: key not found'),
  ErrValueProvided: refusal('ErrValueProvided', invalidArgument, 'etcdserver: value is provided'),
  ErrLeaseProvided: refusal('ErrLeaseProvided', invalidArgument, 'etcdserver: lease is provided'),
  ErrDuplicateKey: refusal('ErrDuplicateKey', invalidArgument, 'etcdserver: duplicate key given in txn request'),
  ErrTooManyOps: refusal('ErrTooManyOps', invalidArgument, 'etcdserver: too many operations in txn request'),
  ErrRequestTooLarge: refusal('ErrRequestTooLarge', invalidArgument, 'etcdserver: request is too large'),
  ErrNoSpace: refusal('ErrNoSpace', resourceExhausted, 'etcdserver: mvcc: database space exceeded'),
  ErrCorrupt: refusal('ErrCorrupt', dataLoss, 'etcdserver: corrupt cluster'),
  ErrLeaseNotFound: refusal('ErrLeaseNotFound', notFound, 'etcdserver: requested lease not found'),
  ErrLeaseExists: refusal('ErrLeaseExists', failedPrecondition, 'etcdserver: lease already exists'),
  ErrLeaseTTLTooLarge: refusal('ErrLeaseTTLTooLarge', outOfRange, 'etcdserver: too large lease TTL'),
  // Of the store below etcd's API, which tells them as the reason of a cancelled watch.
  ErrEmptyWatcherRange: refusal('ErrEmptyWatcherRange', unknown, 'mvcc: watcher range is empty'),
  ErrWatcherDuplicateID: refusal('ErrWatcherDuplicateID', unknown, 'mvcc: duplicate watch ID provided on the WatchStream'),
  ErrClientSessionNotFound: refusal('ErrClientSessionNotFound', notFound, 'store: the session of the client is over'),
  ErrCommandObsolete: refusal('ErrCommandObsolete', failedPrecondition, 'store: the client has given the command up'),
});
