/** A snapshot: the applied state that stands in for a prefix of the log (dissertation §5.1). */

import type { Configuration, MemberId } from './configuration.ts';

/** Where a member runs, and under what circumstances it came. */
export interface MemberAddress {
  readonly id: MemberId;
  /** Name of its process (etcd: peer URLs). */
  readonly process: string;
  /** How often that machine's disk had been replaced when the id was given: with another disk it is another member. */
  readonly disk: number;
  /** It came in place of a voter and becomes one by itself, when it has caught up. */
  readonly promote: boolean;
  /** It was a member. Its id is not given again. */
  readonly removed: boolean;
}

/** Everybody who ever was a member. Immutable. */
export type AddressBook = readonly MemberAddress[];

export const noAddresses: AddressBook = Object.freeze([]);

export interface Snapshot {
  /** Last index whose effect the state holds; always a committed one. */
  readonly index: number;
  /** Term of the entry at `index`. */
  readonly term: number;
  /** Membership as of `index`. */
  readonly configuration: Configuration;
  /** The host's: who its members are, as of `index`. */
  readonly members: AddressBook;
  /** The application's state as an immutable value: members share it by reference. */
  readonly state: unknown;
  /** Size on the wire and on disk. */
  readonly bytes: number;
  /** 32-bit hash of the state, given by the application. */
  readonly hash: number;
}
