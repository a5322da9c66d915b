/**
 * Expectations: a key waits until the caches have shown every object that was created or deleted for it, one by one (Kubernetes'
 * controller_utils.go). They expire, because a watch event may never come: of what was expected the caches are then asked anew.
 */
import { boundary, type Micros, type Os } from '../../../sim/index.ts';
import type { OwnWrite } from '../../api/client/api-client.ts';
import type { ResourceKind } from '../../api/resources/index.ts';
import type { OwnWrites, OwnWritesOptions, Shown } from './own-writes.ts';

export interface ExpectationsOptions extends OwnWritesOptions {
  readonly os: Os;
  readonly expiryUs: Micros;
  /** Puts a key back into the queue after a while. */
  readonly offerAfter: (key: string, delayUs: Micros) => void;
  /** Has the cache of a kind made anew from a list that is not older than now. */
  readonly refresh: (kind: ResourceKind) => void;
  /** Defect: what has expired counts as seen. */
  readonly trustsExpired: boolean;
}

/** What was expected for a key was not seen in time. */
export const expectationExpiredBoundary = boundary<{ readonly key: string }>(
  'controller/expectation-expired',
  ({ key }) => `does not see in time what it has written for ${key}`,
);

/** What is awaited of one key. */
interface Awaited {
  /** By uid; of an object that was made and deleted only the deletion. */
  readonly writes: Map<string, OwnWrite>;
  sinceUs: Micros;
}

export class Expectations implements OwnWrites {
  private readonly options: ExpectationsOptions;
  private readonly awaited = new Map<string, Awaited>();
  private readonly waiting = new Set<string>();

  constructor(options: ExpectationsOptions) {
    this.options = options;
  }

  wrote(key: string, write: OwnWrite): void {
    const known = this.options.version(write.kind);
    if (write.what === 'updated' || write.uid === '' || known === null || known >= write.resourceVersion) return;
    const awaited = this.awaited.get(key) ?? { writes: new Map<string, OwnWrite>(), sinceUs: 0 };
    awaited.sinceUs = this.options.os.monotonicUs();
    awaited.writes.set(write.uid, write);
    this.awaited.set(key, awaited);
  }

  admits(key: string): boolean {
    const awaited = this.awaited.get(key);
    if (awaited === undefined) return true;
    const { os, expiryUs, offerAfter, refresh, trustsExpired } = this.options;
    const leftUs = awaited.sinceUs + expiryUs - os.monotonicUs();
    this.waiting.add(key);
    if (leftUs > 0) {
      offerAfter(key, leftUs);
      return false;
    }
    os.cross(expectationExpiredBoundary, { key });
    if (trustsExpired) {
      this.awaited.delete(key);
      return true;
    }
    awaited.sinceUs = os.monotonicUs();
    offerAfter(key, expiryUs);
    for (const kind of new Set([...awaited.writes.values()].map((write) => write.kind))) refresh(kind);
    return false;
  }

  /**
   * Who is marked for deletion counts as deleted: nobody counts on it any more (client-go's informers tell of an update,
   * replica sets take it for a deletion).
   */
  observed(_kind: ResourceKind, uid: string, shown: Shown): void {
    for (const [key, { writes }] of this.awaited) {
      const write = writes.get(uid);
      if (write === undefined || !shows(shown, write)) continue;
      writes.delete(uid);
      this.settle(key);
    }
  }

  advanced(kind: ResourceKind, relisted: boolean): void {
    if (!relisted) return;
    const version = this.options.version(kind) ?? 0;
    for (const [key, { writes }] of this.awaited) {
      // What came and went between two lists is never seen at all.
      for (const [uid, write] of writes) if (write.kind === kind && write.resourceVersion <= version) writes.delete(uid);
      this.settle(key);
    }
  }

  reset(): void {
    this.awaited.clear();
    this.waiting.clear();
  }

  private settle(key: string): void {
    if (this.awaited.get(key)?.writes.size !== 0) return;
    this.awaited.delete(key);
    if (this.waiting.delete(key)) this.options.offer(key);
  }
}

function shows(shown: Shown, { what }: OwnWrite): boolean {
  if (what === 'deleted') return shown === 'gone';
  return what !== 'leaving' || shown !== 'there';
}
