import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Os } from '../../../sim/index.ts';
import type { OwnWrite } from '../../api/client/api-client.ts';
import type { ResourceKind } from '../../api/resources/index.ts';
import { Expectations } from './expectations.ts';
import type { OwnWrites, OwnWritesOptions, Shown } from './own-writes.ts';
import { ReadYourWrites } from './read-your-writes.ts';

/** The caches of a controller, and which keys came back to its queue. */
class Caches implements OwnWritesOptions {
  readonly versions = new Map<ResourceKind, number>([
    ['Deployment', 10],
    ['Workload', 10],
  ]);
  readonly offered: string[] = [];
  readonly refreshed: ResourceKind[] = [];
  readonly version = (kind: ResourceKind): number | null => this.versions.get(kind) ?? null;
  readonly offer = (key: string): void => void this.offered.push(key);

  /** The cache takes in what was written at that version. */
  shows(guard: OwnWrites, write: OwnWrite, relisted = false): void {
    this.versions.set(write.kind, write.resourceVersion);
    if (!relisted) guard.observed(write.kind, write.uid, shown[write.what]);
    guard.advanced(write.kind, relisted);
  }
}

const shown: Readonly<Record<OwnWrite['what'], Shown>> = {
  created: 'there',
  updated: 'there',
  leaving: 'leaving',
  deleted: 'gone',
};
const made: OwnWrite = { kind: 'Workload', name: 'w', uid: 'u1', resourceVersion: 12, what: 'created' };
const gone: OwnWrite = { ...made, resourceVersion: 15, what: 'deleted' };
const changed: OwnWrite = { kind: 'Deployment', name: 'web', uid: 'd1', resourceVersion: 13, what: 'updated' };

test('by versions, a key waits until every cache is as new as the newest write for it', () => {
  const caches = new Caches();
  const guard = new ReadYourWrites(caches);
  expect(guard.admits('web')).toBe(true);
  guard.wrote('web', made);
  guard.wrote('web', changed);
  expect([guard.admits('web'), guard.admits('other')]).toEqual([false, true]);
  caches.shows(guard, made);
  expect(caches.offered).toEqual([]);
  caches.shows(guard, changed);
  expect(caches.offered).toEqual(['web']);
  expect(guard.admits('web')).toBe(true);
});

test('what the cache showed before the answer came is not waited for, nor is a kind without a cache', () => {
  const caches = new Caches();
  const guard = new ReadYourWrites(caches);
  guard.wrote('web', { ...made, resourceVersion: 10 });
  guard.wrote('web', { ...made, kind: 'Node' });
  expect(guard.admits('web')).toBe(true);
});

/** Runs a test of expectations where there is a clock; it lasts for as long as `body` sleeps. */
function withExpectations(
  body: (caches: Caches, guard: Expectations, os: Os) => Co<void> | undefined,
  trustsExpired = false,
): void {
  let ended = false;
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(20),
    endUs: seconds(30),
    build: (world) =>
      world.process({
        name: 'p',
        region: 'east',
        boot: (os) => ({
          start: () => {
            const caches = new Caches();
            const offerAfter = (key: string): void => caches.offer(`${key} later`);
            const refresh = (kind: ResourceKind): void => void caches.refreshed.push(kind);
            const guard = new Expectations({
              os,
              version: caches.version,
              offer: caches.offer,
              offerAfter,
              refresh,
              trustsExpired,
              expiryUs: seconds(1),
            });
            const lasting = body(caches, guard, os);
            if (lasting === undefined) ended = true;
            else os.spawn('test', lasting, () => (ended = true));
          },
        }),
      }),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
}

test('by expectations, a key waits until each object that was made or deleted for it was seen; updates are not waited for', () => {
  withExpectations((caches, guard) => {
    guard.wrote('web', changed);
    expect(guard.admits('web')).toBe(true);
    guard.wrote('web', made);
    expect(guard.admits('web')).toBe(false);
    expect(caches.offered).toEqual(['web later']);
    caches.shows(guard, made);
    expect(caches.offered).toEqual(['web later', 'web']);
    guard.wrote('web', gone);
    guard.observed('Workload', 'u1', 'there');
    expect(guard.admits('web')).toBe(false);
    caches.shows(guard, gone);
    expect(guard.admits('web')).toBe(true);
    return undefined;
  });
});

test('what was marked for deletion is waited for until the cache shows the mark', () => {
  withExpectations((caches, guard) => {
    const leaving: OwnWrite = { ...gone, what: 'leaving' };
    guard.wrote('web', leaving);
    guard.observed('Workload', 'u1', 'there');
    expect(guard.admits('web')).toBe(false);
    caches.shows(guard, leaving);
    expect(guard.admits('web')).toBe(true);
    return undefined;
  });
});

test('what came and went between two lists is never seen, and not waited for after the second one', () => {
  withExpectations((caches, guard) => {
    guard.wrote('web', made);
    expect(guard.admits('web')).toBe(false);
    caches.shows(guard, { ...made, resourceVersion: 20 }, true);
    expect(guard.admits('web')).toBe(true);
    return undefined;
  });
});

test('expectations that expire are no licence: the cache is made anew first', () => {
  withExpectations(function* (caches, guard, os) {
    guard.wrote('web', made);
    yield* os.sleep(ms(1_100));
    expect(guard.admits('web')).toBe(false);
    expect(caches.refreshed).toEqual(['Workload']);
    caches.shows(guard, made, true);
    expect(guard.admits('web')).toBe(true);
  });
});

test('defect expectations-expire: what was waited for too long counts as seen', () => {
  withExpectations(function* (_caches, guard, os) {
    guard.wrote('web', made);
    expect(guard.admits('web')).toBe(false);
    yield* os.sleep(ms(1_100));
    expect(guard.admits('web')).toBe(true);
  }, true);
});
