/**
 * Puts, deletes and txns on the keys and the leases that they hang on: what is checked, in which order, and what is done then.
 */
import { holds } from './compare.ts';
import { storeErrors, type StoreError } from './errors.ts';
import type { LeaseTable } from './lease-table.ts';
import type { Mvcc } from './mvcc.ts';
import type { StoreProfile } from './profile.ts';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  TxnOperation,
  TxnOperationResponse,
  TxnRequest,
  TxnResponse,
} from './requests.ts';

/** Which operations of a txn a pass of checks looks at. */
type Checked = 'all' | 'put' | 'range';

/** Runs requests in the write view that the machine commits afterwards. */
export class Transactions {
  private readonly missingValueDiffers: boolean;
  private readonly halfApplied: boolean;
  private readonly followerSkipsReads: boolean;
  private readonly checksPutsFirst: boolean;
  private readonly mvcc: Mvcc;
  private readonly leases: LeaseTable;
  /** Which branch each txn of the request takes, the outermost first, then those in its branch, depth first (etcd's path). */
  private readonly path: boolean[] = [];
  /** How much of the path the running pass has used. */
  private passed = 0;
  private skipsReads = false;

  constructor(mvcc: Mvcc, leases: LeaseTable, profile: StoreProfile, defects: ReadonlySet<string>) {
    this.mvcc = mvcc;
    this.leases = leases;
    this.checksPutsFirst = profile.checksPutsFirst;
    this.missingValueDiffers = defects.has('missing-value-differs');
    this.halfApplied = defects.has('txn-half-applied');
    this.followerSkipsReads = defects.has('follower-skips-txn-reads');
  }

  /** A put on its own; what is wrong with its lease is told before what is wrong with its key (etcd `Put`). */
  putAlone(request: PutRequest): PutResponse | StoreError {
    return this.checkLease(request) ?? this.checkExists(request) ?? this.put(request);
  }

  /**
   * Compares on the state before the txn, then checks the chosen branches, then runs them: whatever can fail fails before the
   * first write (etcd `txn.go`). The response's revision is the view's after the last write.
   */
  run(request: TxnRequest, isOrigin: boolean): TxnResponse | StoreError {
    this.skipsReads = this.followerSkipsReads && !isOrigin;
    // Popped, for an array that is cut gives its room away, and most paths have one step.
    while (this.path.length > 0) this.path.pop();
    this.choose(request);
    const failure = this.halfApplied ? null : this.checkAll(request);
    if (failure !== null) return failure;
    this.passed = 0;
    const response = this.execute(request);
    if (response.kind === 'error') return response;
    return { kind: 'txn', revision: this.mvcc.viewRevision, succeeded: response.succeeded, responses: response.responses };
  }

  /** Evaluates the comparisons of a txn, and of those in the branch that it takes. */
  private choose(request: TxnRequest): void {
    const { compare } = request;
    let succeeded = true;
    for (let i = 0; i < compare.length && succeeded; i++) succeeded = holds(compare[i]!, this.mvcc, this.missingValueDiffers);
    this.path.push(succeeded);
    const branch = succeeded ? request.success : request.failure;
    for (let i = 0; i < branch.length; i++) {
      const operation = branch[i]!;
      if (operation.kind === 'txn') this.choose(operation);
    }
  }

  private nextBranch(request: TxnRequest): readonly TxnOperation[] {
    return this.path[this.passed++]! ? request.success : request.failure;
  }

  private checkAll(request: TxnRequest): StoreError | null {
    this.passed = 0;
    if (!this.checksPutsFirst) return this.checkBranch(request, 'all');
    const failure = this.checkBranch(request, 'put');
    if (failure !== null) return failure;
    this.passed = 0;
    return this.checkBranch(request, 'range');
  }

  private checkBranch(request: TxnRequest, checked: Checked): StoreError | null {
    const branch = this.nextBranch(request);
    for (let i = 0; i < branch.length; i++) {
      const operation = branch[i]!;
      const failure = operation.kind === 'txn' ? this.checkBranch(operation, checked) : this.check(operation, checked);
      if (failure !== null) return failure;
    }
    return null;
  }

  private check(operation: RangeRequest | PutRequest | DeleteRangeRequest, checked: Checked): StoreError | null {
    if (checked !== 'all' && checked !== operation.kind) return null;
    switch (operation.kind) {
      case 'range':
        return this.skipsReads ? null : this.checkRange(operation);
      case 'put':
        return this.checkExists(operation) ?? this.checkLease(operation);
      case 'deleteRange':
        return null;
    }
  }

  /** In a txn revision 0 is current, and a negative one is compacted as soon as anything is. */
  private checkRange({ revision }: RangeRequest): StoreError | null {
    if (revision === 0) return null;
    if (revision > this.mvcc.viewRevision) return storeErrors.ErrFutureRev;
    return revision < this.mvcc.compactRevision ? storeErrors.ErrCompacted : null;
  }

  private checkExists({ key, ignoreValue, ignoreLease }: PutRequest): StoreError | null {
    return (ignoreValue || ignoreLease) && this.mvcc.get(key) === null ? storeErrors.ErrKeyNotFound : null;
  }

  private checkLease({ lease }: PutRequest): StoreError | null {
    return lease !== 0 && !this.leases.has(lease) ? storeErrors.ErrLeaseNotFound : null;
  }

  /** Carries out a branch. The response has revision 0, as that of a nested txn in etcd. */
  private execute(request: TxnRequest): TxnResponse | StoreError {
    const succeeded = this.path[this.passed]!;
    const branch = this.nextBranch(request);
    let responses: TxnOperationResponse[] | null = null;
    for (let i = 0; i < branch.length; i++) {
      const operation = branch[i]!;
      if (operation.kind === 'range' && this.skipsReads) continue;
      const response = this.executeOne(operation);
      if (response.kind === 'error') return response;
      // An array made with the first has room for that one, and mostly it is the only one; the first `push` to an
      // empty one makes room for seventeen.
      if (responses === null) responses = [response];
      else responses.push(response);
    }
    return { kind: 'txn', revision: 0, succeeded, responses: responses ?? [] };
  }

  private executeOne(operation: TxnOperation): TxnOperationResponse | StoreError {
    if (operation.kind === 'txn') return this.execute(operation);
    const failure = this.halfApplied ? this.check(operation, 'all') : null;
    if (failure !== null) return failure;
    switch (operation.kind) {
      case 'put':
        return this.put(operation);
      case 'deleteRange':
        return this.deleteRange(operation);
      case 'range': {
        const response = this.mvcc.range(operation);
        // After the check nothing may fail any more: a member that cannot go on must stop, never keep half a txn.
        if (response.kind === 'error') throw new Error(`store: a checked txn failed: ${response.message}`);
        return response;
      }
    }
  }

  private put(request: PutRequest): PutResponse {
    const { key } = request;
    // etcd ignores by reading first: what is ignored stays as it is. The check has seen that the key exists.
    const existing = request.ignoreValue || request.ignoreLease ? this.existing(key) : null;
    const value = existing !== null && request.ignoreValue ? existing.value : request.value;
    const lease = existing !== null && request.ignoreLease ? existing.lease : request.lease;
    const replaced = this.mvcc.put(key, value, lease);
    const oldLease = replaced === null ? 0 : replaced.lease;
    if (oldLease !== lease) {
      if (oldLease !== 0) this.leases.detach(oldLease, key);
      if (lease !== 0) this.leases.attach(lease, key);
    }
    return { kind: 'put', revision: this.mvcc.viewRevision, prevKv: request.prevKv ? replaced : null };
  }

  private existing(key: string): KeyValue {
    const kv = this.mvcc.get(key);
    if (kv === null) throw new Error('store: a checked put lost its key');
    return kv;
  }

  /** Deletes in key order. */
  deleteRange(request: DeleteRangeRequest): DeleteRangeResponse {
    const removed = this.mvcc.select(request.key, request.rangeEnd);
    for (const { key, lease } of removed) {
      this.mvcc.delete(key);
      if (lease !== 0) this.leases.detach(lease, key);
    }
    return {
      kind: 'deleteRange',
      revision: this.mvcc.viewRevision,
      deleted: removed.length,
      prevKvs: request.prevKv ? removed : [],
    };
  }
}
