// A 64-bit hash of what a store holds, for telling whether members agree (etcd's HashKV). Not cryptographic.

import type { LeaseTable } from './lease-table.ts';
import type { Mvcc } from './mvcc.ts';

/** FNV-1a in two 32-bit lanes with different primes, over numbers and byte strings. */
class StateHash {
  private low = 0x811c9dc5;
  private high = 0x9e3779b9;

  private byte(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193);
    this.high = Math.imul(this.high ^ value, 0x85ebca6b) ^ (this.high >>> 13);
  }

  /** A safe integer; a negative one as its complement to 2⁵³. */
  number(value: number): this {
    let rest = value < 0 ? value + 9007199254740992 : value;
    for (let i = 0; i < 7; i++) {
      this.byte(rest & 0xff);
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** The length goes first, so that neighbouring strings cannot trade bytes. */
  bytes(value: string): this {
    this.number(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
    return this;
  }

  /** 16 hex digits. */
  toString(): string {
    const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }
}

/** Hash of the kept changes up to a revision. Comparable between members of equal `revision` and `compactRevision` only. */
export function hashKeys(mvcc: Mvcc, revision: number): string {
  const hash = new StateHash();
  for (const { versions } of mvcc.index.all) {
    for (const { type, kv } of versions) {
      if (kv.modRevision > revision) break;
      hash.number(type === 'put' ? 1 : 2).bytes(kv.key).bytes(kv.value);
      hash.number(kv.createRevision).number(kv.modRevision).number(kv.version).number(kv.lease);
    }
  }
  return hash.toString();
}

/** Hash of the lease table with the attached keys. etcd's HashKV leaves leases out; so they have a hash of their own. */
export function hashLeases(leases: LeaseTable): string {
  const hash = new StateHash();
  for (const { id, ttlUs, remainingTtlUs } of leases.records()) {
    hash.number(id).number(ttlUs).number(remainingTtlUs);
    const keys = leases.sortedKeys(id);
    hash.number(keys.length);
    for (const key of keys) hash.bytes(key);
  }
  return hash.toString();
}
