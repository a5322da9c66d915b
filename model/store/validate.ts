// The checks a member makes before it proposes a request: on the request alone, never on the state (etcd `v3rpc/key.go`).

import { storeErrors, type StoreError } from './errors.ts';
import type { DeleteRangeRequest, PutRequest, StoreRequest, TxnOperation, TxnRequest } from './requests.ts';

/** etcd's default for `--max-txn-ops`: at most so many compares, and so many operations in each branch. */
export const maxTxnOperationsDefault = 128;

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
      return validateOperation(request);
    case 'txn':
      return validateTxn(request, maxTxnOperations);
    case 'compact':
    case 'leaseGrant':
    case 'leaseRevoke':
    case 'leaseCheckpoint':
      return null;
  }
}

function validateOperation(operation: TxnOperation): StoreError | null {
  if (operation.key === '') return storeErrors.ErrEmptyKey;
  return operation.kind === 'put' ? validatePut(operation) : null;
}

function validatePut(request: PutRequest): StoreError | null {
  if (request.ignoreValue && request.value !== '') return storeErrors.ErrValueProvided;
  if (request.ignoreLease && request.lease !== 0) return storeErrors.ErrLeaseProvided;
  return null;
}

function validateTxn(request: TxnRequest, maxOperations: number): StoreError | null {
  const { compare, success, failure } = request;
  if (compare.length > maxOperations || success.length > maxOperations || failure.length > maxOperations) {
    return storeErrors.ErrTooManyOps;
  }
  if (compare.some((comparison) => comparison.key === '')) return storeErrors.ErrEmptyKey;
  for (const branch of [success, failure]) {
    for (const operation of branch) {
      const failed = validateOperation(operation);
      if (failed !== null) return failed;
    }
  }
  return validateOverlap(success) ?? validateOverlap(failure);
}

/**
 * Refuses a key put twice or put and deleted in one branch. The range end is compared as it was given, as etcd does: a delete
 * up to `\0` ("every key ≥ key") therefore overlaps nothing here, and a txn may put a key and delete it after all.
 */
function validateOverlap(branch: readonly TxnOperation[]): StoreError | null {
  const puts = new Map<string, PutRequest>();
  for (const operation of branch) {
    if (operation.kind !== 'put') continue;
    if (puts.has(operation.key)) return storeErrors.ErrDuplicateKey;
    puts.set(operation.key, operation);
  }
  for (const operation of branch) {
    if (operation.kind === 'deleteRange' && [...puts.values()].some((put) => overlaps(put, operation))) {
      return storeErrors.ErrDuplicateKey;
    }
  }
  return null;
}

function overlaps({ key, ignoreValue, ignoreLease }: PutRequest, deleted: DeleteRangeRequest): boolean {
  if (deleted.rangeEnd === '') return key === deleted.key;
  // A put that needs its key must not lose it halfway. etcd lets this pass, and then every member panics applying it.
  if (deleted.rangeEnd === '\0' && (ignoreValue || ignoreLease)) return key >= deleted.key;
  return key >= deleted.key && key < deleted.rangeEnd;
}
