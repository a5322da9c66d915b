/** A snapshot: the applied state that stands in for a prefix of the log (dissertation §5.1). */

import type { Configuration } from './configuration.ts';

export interface Snapshot {
  /** Last index whose effect the state holds; always a committed one. */
  readonly index: number;
  /** Term of the entry at `index`. */
  readonly term: number;
  /** Membership as of `index`. */
  readonly configuration: Configuration;
  /** The application's state as an immutable value: members share it by reference. */
  readonly state: unknown;
  /** Size on the wire and on disk. */
  readonly bytes: number;
  /** 32-bit hash of the state, given by the application. */
  readonly hash: number;
}
