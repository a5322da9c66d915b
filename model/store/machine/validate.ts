/** The checks a member makes before it proposes a request: on the request alone, never on the state (etcd `v3rpc/key.go`). */
import { storeErrors, type StoreError } from './errors.ts';
import { mutationBytes } from '../member/methods.ts';
import type { DeleteRangeRequest, MutatingRequest, PutRequest, StoreRequest, TxnOperation, TxnRequest } from './requests.ts';

/** etcd's default for `--max-txn-ops`: at most so many compares, and so many operations in each branch. */
const maxTxnOperationsDefault = 128;

/**
 * What is wrong with a request, or null. The host calls this before it proposes or reads; the machine does not repeat it.
 * Keys must not be empty; `ignore…` forbids supplying what is ignored; a branch must not put a key twice, nor put a key that
 * it deletes (two deletes may overlap).
 */
export function validateRequest(request: StoreRequest, maxTxnOperations = maxTxnOperationsDefault): StoreError | null {
  switch (request.kind) {
    case 'range':
    case 'deleteRange':
    case 'put':
      return validateOperation(request, maxTxnOperations);
    case 'txn':
      return validateTxn(request, maxTxnOperations) ?? validateOverlaps(request);
    case 'compact':
    case 'leaseGrant':
    case 'leaseRevoke':
    case 'leaseCheckpoint':
    case 'alarm':
      return null;
  }
}

/** Whether a request is small enough for the log (etcd's `--max-request-bytes`, 1.5 MiB by default). */
export function validateSize(request: MutatingRequest, bytesMax: number): StoreError | null {
  return mutationBytes(request) > bytesMax ? storeErrors.ErrRequestTooLarge : null;
}

function validateOperation(operation: TxnOperation, maxOperations: number): StoreError | null {
  if (operation.kind === 'txn') return validateTxn(operation, maxOperations);
  if (operation.key === '') return storeErrors.ErrEmptyKey;
  return operation.kind === 'put' ? validatePut(operation) : null;
}

function validatePut(request: PutRequest): StoreError | null {
  if (request.ignoreValue && request.value !== '') return storeErrors.ErrValueProvided;
  if (request.ignoreLease && request.lease !== 0) return storeErrors.ErrLeaseProvided;
  return null;
}

/** A nested txn may be as large as the largest list of the outer one leaves room for. */
function validateTxn(request: TxnRequest, maxOperations: number): StoreError | null {
  const { compare, success, failure } = request;
  const largest = Math.max(compare.length, success.length, failure.length);
  if (largest > maxOperations) return storeErrors.ErrTooManyOps;
  for (const { key } of compare) if (key === '') return storeErrors.ErrEmptyKey;
  return validateBranch(success, maxOperations - largest) ?? validateBranch(failure, maxOperations - largest);
}

function validateBranch(branch: readonly TxnOperation[], maxOperations: number): StoreError | null {
  for (const operation of branch) {
    const failed = validateOperation(operation, maxOperations);
    if (failed !== null) return failed;
  }
  return null;
}

/** Looks at both branches, whichever will be taken. */
function validateOverlaps({ success, failure }: TxnRequest): StoreError | null {
  // Most branches hold one operation, which overlaps nothing.
  if (isAlone(success) && isAlone(failure)) return null;
  return checkIntervals(success) === null || checkIntervals(failure) === null ? storeErrors.ErrDuplicateKey : null;
}

function isAlone(branch: readonly TxnOperation[]): boolean {
  return branch.length === 0 || (branch.length === 1 && branch[0]!.kind !== 'txn');
}

/** What a branch and the txns nested in it may write. */
interface Written {
  readonly puts: Map<string, PutRequest>;
  readonly deletes: DeleteRangeRequest[];
}

/**
 * What a branch writes; null when it puts a key twice, or puts one that it deletes (etcd `checkIntervals`, with its order: a
 * nested put is held against the deletes of the branch itself and of the txns nested before it, but not of those after it).
 * The branches of one nested txn exclude each other, so that both may put the same key.
 */
function checkIntervals(branch: readonly TxnOperation[]): Written | null {
  const deletes = branch.filter((operation) => operation.kind === 'deleteRange');
  const puts = new Map<string, PutRequest>();
  const collides = (put: PutRequest): boolean => deletes.some((deleted) => overlaps(put, deleted));
  for (const operation of branch) {
    if (operation.kind !== 'txn') continue;
    const taken = checkIntervals(operation.success);
    const otherwise = taken === null ? null : checkIntervals(operation.failure);
    if (taken === null || otherwise === null) return null;
    for (const [key, put] of taken.puts) if (puts.has(key) || collides(put)) return null;
    for (const [key, put] of taken.puts) puts.set(key, put);
    for (const [key, put] of otherwise.puts) {
      if ((puts.has(key) && !taken.puts.has(key)) || collides(put)) return null;
      puts.set(key, put);
    }
    deletes.push(...taken.deletes, ...otherwise.deletes);
  }
  for (const operation of branch) {
    if (operation.kind !== 'put') continue;
    if (puts.has(operation.key) || collides(operation)) return null;
    puts.set(operation.key, operation);
  }
  return { puts, deletes };
}

/**
 * The range end is compared as it was given, as etcd does: a delete up to `\0` ("every key ≥ key") therefore overlaps nothing
 * here, and a txn may put a key and delete it after all.
 */
function overlaps({ key, ignoreValue, ignoreLease }: PutRequest, deleted: DeleteRangeRequest): boolean {
  if (deleted.rangeEnd === '') return key === deleted.key;
  // A put that needs its key must not lose it halfway. etcd lets this pass, and then every member panics applying it.
  if (deleted.rangeEnd === '\0' && (ignoreValue || ignoreLease)) return key >= deleted.key;
  return key >= deleted.key && key < deleted.rangeEnd;
}
