/**
 * The replicated part of leases: which exist, for how long they were granted, and which keys hang on them.
 * When a lease expires is not in here: that is known to the primary alone (lessor.ts).
 */
import { compareKeys } from './keys.ts';
import { leaseHash } from './state-hash.ts';

/** A lease as every member knows it. */
export interface Lease {
  readonly id: number;
  readonly ttlUs: number;
  /** What was left at the last checkpoint; 0 without one. */
  readonly remainingTtlUs: number;
  readonly keys: ReadonlySet<string>;
}

/** What a lease takes in a store and in a snapshot. */
export const leaseRecordBytes = 32;

/** A lease in a snapshot. Its keys are not in it: each key's newest change names its lease (etcd `restoreChunk`). */
export interface LeaseRecord {
  readonly id: number;
  readonly ttlUs: number;
  readonly remainingTtlUs: number;
}

interface MutableLease extends Lease {
  remainingTtlUs: number;
  readonly keys: Set<string>;
}

export class LeaseTable {
  private readonly lacksLeases: boolean;
  private leases = new Map<number, MutableLease>();
  /** Sum over the leases, see {@link leaseHash}; a signed 32-bit number. */
  stateHash = 0;

  /** `lacksLeases`: a defect has lost some of them, and keys may name what is not there. */
  constructor(lacksLeases = false) {
    this.lacksLeases = lacksLeases;
  }

  get size(): number {
    return this.leases.size;
  }

  has(id: number): boolean {
    return this.leases.has(id);
  }

  get(id: number): Lease | undefined {
    return this.leases.get(id);
  }

  /** All leases, in the order they were granted. */
  all(): IterableIterator<Lease> {
    return this.leases.values();
  }

  /** The id must be free. */
  grant(id: number, ttlUs: number, remainingTtlUs = 0): void {
    const lease: MutableLease = { id, ttlUs, remainingTtlUs, keys: new Set() };
    this.leases.set(id, lease);
    this.stateHash = (this.stateHash + leaseHash(lease)) | 0;
  }

  remove(id: number): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    this.leases.delete(id);
    this.stateHash = (this.stateHash - leaseHash(lease)) | 0;
  }

  checkpoint(id: number, remainingTtlUs: number): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    const before = leaseHash(lease);
    lease.remainingTtlUs = remainingTtlUs;
    this.stateHash = (this.stateHash - before + leaseHash(lease)) | 0;
  }

  /** Hangs a key on a lease, which must exist. */
  attach(id: number, key: string): void {
    const lease = this.leases.get(id);
    if (lease !== undefined) lease.keys.add(key);
    else if (!this.lacksLeases) throw new Error(`store: a key hangs on lease ${id}, which does not exist`);
  }

  /** Takes a key off; a lease that is gone no longer holds it anyway. */
  detach(id: number, key: string): void {
    this.leases.get(id)?.keys.delete(key);
  }

  /** The keys on a lease in the order in which a revoke deletes them. */
  sortedKeys(id: number): string[] {
    return [...(this.leases.get(id)?.keys ?? [])].sort(compareKeys);
  }

  /** In id order, so that members with the same leases write the same snapshot. */
  records(): LeaseRecord[] {
    const records = [...this.leases.values()].map(({ id, ttlUs, remainingTtlUs }) => ({ id, ttlUs, remainingTtlUs }));
    return records.sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.leases = new Map();
    this.stateHash = 0;
  }
}
