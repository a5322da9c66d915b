// The errors of the store: values with stable codes, never exceptions, worded as etcd words them.

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
  | 'ErrLeaseNotFound'
  | 'ErrLeaseExists'
  | 'ErrLeaseTTLTooLarge'
  | 'ErrEmptyWatcherRange';

/** A request that was refused; etcd's error responses carry no header, so there is no revision here either. */
export interface StoreError {
  readonly kind: 'error';
  readonly code: StoreErrorCode;
  readonly message: string;
}

const refusal = (code: StoreErrorCode, message: string): StoreError => Object.freeze({ kind: 'error', code, message });

/** One shared, frozen value per code: refusing allocates nothing. */
export const storeErrors: Readonly<Record<StoreErrorCode, StoreError>> = Object.freeze({
  ErrCompacted: refusal('ErrCompacted', 'etcdserver: mvcc: required revision has been compacted'),
  ErrFutureRev: refusal('ErrFutureRev', 'etcdserver: mvcc: required revision is a future revision'),
  ErrEmptyKey: refusal('ErrEmptyKey', 'etcdserver: key is not provided'),
  ErrKeyNotFound: refusal('ErrKeyNotFound', 'etcdserver: key not found'),
  ErrValueProvided: refusal('ErrValueProvided', 'etcdserver: value is provided'),
  ErrLeaseProvided: refusal('ErrLeaseProvided', 'etcdserver: lease is provided'),
  ErrDuplicateKey: refusal('ErrDuplicateKey', 'etcdserver: duplicate key given in txn request'),
  ErrTooManyOps: refusal('ErrTooManyOps', 'etcdserver: too many operations in txn request'),
  ErrLeaseNotFound: refusal('ErrLeaseNotFound', 'etcdserver: requested lease not found'),
  ErrLeaseExists: refusal('ErrLeaseExists', 'etcdserver: lease already exists'),
  ErrLeaseTTLTooLarge: refusal('ErrLeaseTTLTooLarge', 'etcdserver: too large lease TTL'),
  ErrEmptyWatcherRange: refusal('ErrEmptyWatcherRange', 'mvcc: watcher range is empty'),
});
