/** Hashes of what a store holds, for telling whether members agree (etcd's HashKV). Not cryptographic. */
import { hashString, mix3 } from '../../../sim/index.ts';
import type { LeaseRecord, LeaseTable } from './lease-table.ts';
import type { StoreEvent } from './requests.ts';

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

/**
 * Of a longer value so many characters are looked at, evenly spread: values differ as a whole, and a
 * hash at every change must be cheap.
 */
const SAMPLED_CHARACTERS = 64;

/**
 * One change as a 32-bit number. The sum over the kept changes is a hash of the keys that costs as much as there is to change
 * (etcd's HashKV reads everything): a set has one sum, in whatever order its members came.
 */
export function changeHash({ type, kv }: StoreEvent): number {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  const text = mix3(hashString(key), sampled(value), value.length);
  return mix3(text, mix3(createRevision, modRevision, version), type === 'put' ? lease | 0 : -1);
}

function sampled(value: string): number {
  if (value.length <= SAMPLED_CHARACTERS) return hashString(value);
  const stride = value.length / SAMPLED_CHARACTERS;
  let hash = 0x811c9dc5;
  for (let at = 0; at < SAMPLED_CHARACTERS; at++) hash = Math.imul(hash ^ value.charCodeAt((at * stride) | 0), 0x01000193);
  return hash;
}

/** One lease as a 32-bit number, without its keys: their newest changes name it. */
export function leaseHash({ id, ttlUs, remainingTtlUs }: LeaseRecord): number {
  return mix3(id | 0, Math.floor(id / 0x1_0000_0000), mix3(ttlUs | 0, Math.floor(ttlUs / 0x1_0000_0000), remainingTtlUs | 0));
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
