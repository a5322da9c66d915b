/** How much a request makes the store grow, as etcd reckons it before it takes one (etcd `storage/quota.go`). */
import type { Command, PutRequest, TxnOperation, TxnRequest } from './requests.ts';

/** etcd's `kvOverhead` and `leaseOverhead`. */
const pairOverheadBytes = 256;
const leaseOverheadBytes = 64;

/** An upper estimate; 0 for what is taken even when there is no space left: deletes, compactions, revokes, alarms. */
export function growthBytes(request: Command['request']): number {
  switch (request.kind) {
    case 'put':
      return putBytes(request);
    case 'txn':
      return txnBytes(request);
    case 'leaseGrant':
      return leaseOverheadBytes;
    case 'deleteRange':
    case 'compact':
    case 'leaseRevoke':
    case 'leaseCheckpoint':
    case 'alarm':
    case 'registerClient':
      return 0;
  }
}

function putBytes({ key, value }: PutRequest): number {
  return pairOverheadBytes + key.length + value.length;
}

/** The larger of the two branches: which one will be taken is not known yet. */
function txnBytes({ success, failure }: TxnRequest): number {
  return Math.max(branchBytes(success), branchBytes(failure));
}

function branchBytes(branch: readonly TxnOperation[]): number {
  let bytes = 0;
  for (const operation of branch) {
    if (operation.kind === 'put') bytes += putBytes(operation);
    else if (operation.kind === 'txn') bytes += txnBytes(operation);
  }
  return bytes;
}
