/**
 * A controller reads its own writes: a key waits until each cache is as new as what was last written
 * of that kind for the key (KEP-5647).
 */
import type { OwnWrite } from '../../api/client/api-client.ts';
import type { ResourceKind } from '../../api/resources/index.ts';
import type { OwnWrites, OwnWritesOptions } from './own-writes.ts';

export class ReadYourWrites implements OwnWrites {
  private readonly options: OwnWritesOptions;
  /** By key and kind, the newest version written. */
  private readonly written = new Map<string, Map<ResourceKind, number>>();
  private readonly waiting = new Set<string>();

  constructor(options: OwnWritesOptions) {
    this.options = options;
  }

  wrote(key: string, { kind, resourceVersion }: OwnWrite): void {
    const known = this.options.version(kind);
    if (known === null || known >= resourceVersion) return;
    const kinds = this.written.get(key) ?? new Map<ResourceKind, number>();
    this.written.set(key, kinds);
    if (resourceVersion > (kinds.get(kind) ?? 0)) kinds.set(kind, resourceVersion);
  }

  admits(key: string): boolean {
    const isShown = this.shows(key);
    if (!isShown) this.waiting.add(key);
    return isShown;
  }

  observed(): void {
    // A version tells more than a single object.
  }

  advanced(kind: ResourceKind): void {
    if (this.waiting.size === 0) return;
    for (const key of [...this.waiting]) {
      if (this.written.get(key)?.has(kind) !== true || !this.shows(key)) continue;
      this.waiting.delete(key);
      this.options.offer(key);
    }
  }

  reset(): void {
    this.written.clear();
    this.waiting.clear();
  }

  private shows(key: string): boolean {
    const kinds = this.written.get(key);
    if (kinds === undefined) return true;
    for (const [kind, version] of kinds) if ((this.options.version(kind) ?? version) >= version) kinds.delete(kind);
    if (kinds.size > 0) return false;
    this.written.delete(key);
    return true;
  }
}
