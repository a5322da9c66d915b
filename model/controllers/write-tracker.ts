/**
 * What a controller has written and its cache may not show yet: to decide by the cache before it does is to decide by what the controller
 * itself has changed (kubernetes PR 99345, endpointslice_tracker.go).
 */
import { seconds, type Micros, type Os } from '../../sim/index.ts';
import type { Resource } from '../api/resources/index.ts';

/** A watch that is further behind than this has other troubles. */
const OVERDUE_US = seconds(2);

interface Write {
  readonly uid: string;
  readonly resourceVersion: number;
  readonly sinceUs: Micros;
}

export class WriteTracker {
  private readonly os: Os;
  /** By name, the newest write that the cache has not shown. */
  private readonly writes = new Map<string, Write>();

  constructor(os: Os) {
    this.os = os;
  }

  /** Names that are waited for. */
  get awaited(): readonly string[] {
    return [...this.writes.keys()];
  }

  wrote({ metadata }: Resource): void {
    const { name, uid, resourceVersion } = metadata;
    this.writes.set(name, { uid, resourceVersion, sinceUs: this.os.monotonicUs() });
  }

  /** The cache has taken this state in, or that the object is gone. */
  saw({ metadata }: Resource, gone: boolean): void {
    const write = this.writes.get(metadata.name);
    if (write === undefined) return;
    if (gone ? metadata.uid === write.uid : metadata.resourceVersion >= write.resourceVersion) this.writes.delete(metadata.name);
  }

  /** The cache shows all that was written under this name. */
  caughtUp(name: string, cached: Resource | undefined): boolean {
    const write = this.writes.get(name);
    return write === undefined || (cached !== undefined && cached.metadata.resourceVersion >= write.resourceVersion);
  }

  isOverdue(name: string): boolean {
    const write = this.writes.get(name);
    return write !== undefined && this.os.monotonicUs() - write.sinceUs > OVERDUE_US;
  }

  forget(name: string): void {
    this.writes.delete(name);
  }
}
