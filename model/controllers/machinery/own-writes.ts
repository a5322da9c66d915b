/**
 * What keeps a controller from acting on a cache that does not show yet what it has written itself: for each key, the writes that
 * the caches must show before it is worked on again.
 */
import type { OwnWrite } from '../../api/client/api-client.ts';
import type { ResourceKind } from '../../api/resources/index.ts';

/** How a cache shows an object: as it is, marked for deletion, or no more. */
export type Shown = 'there' | 'leaving' | 'gone';

export interface OwnWrites {
  /** Notes a write that concerns a key. */
  wrote(key: string, write: OwnWrite): void;
  /** Whether the caches show enough to work on the key. Otherwise it waits, and `offer` is called for it when they do. */
  admits(key: string): boolean;
  /** A cache has taken something in. */
  observed(kind: ResourceKind, uid: string, shown: Shown): void;
  /** The cache of a kind is complete up to another version than before: after one change, or after a whole new list. */
  advanced(kind: ResourceKind, relisted: boolean): void;
  /** Forgets everything: it leads no more. */
  reset(): void;
}

/** What a guard has at hand. */
export interface OwnWritesOptions {
  /** Up to which version the cache of a kind is complete; null for a kind without a cache. */
  readonly version: (kind: ResourceKind) => number | null;
  /** Puts a key back into the queue. */
  readonly offer: (key: string) => void;
}
