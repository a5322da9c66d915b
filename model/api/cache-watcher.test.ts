import { expect, test } from 'vitest';
import type { ServerStream } from '../../sim/index.ts';
import { CacheWatcher } from './cache-watcher.ts';
import { EventWindow } from './event-window.ts';
import type { ObjectEvent, ResourceEvent } from './methods.ts';
import { deploymentSpec, deploymentStatus, metadata } from './testing/objects.ts';

const event = (resourceVersion: number): ObjectEvent => ({
  type: 'modified',
  object: {
    kind: 'Deployment',
    metadata: metadata('web', { resourceVersion }),
    spec: deploymentSpec(),
    status: deploymentStatus(),
  },
  resourceVersion,
});

/** A consumer that takes `room` items before it has to catch up. */
class Consumer implements ServerStream<ResourceEvent> {
  readonly got: string[] = [];
  open = true;
  room: number;

  constructor(room: number) {
    this.room = room;
  }

  get writable(): boolean {
    return this.room > 0;
  }

  push({ type, resourceVersion }: ResourceEvent): boolean {
    this.room--;
    this.got.push(`${type} ${resourceVersion}`);
    return true;
  }

  end(): void {
    this.open = false;
  }
}

test('a consumer that falls behind finds everything in order when it has room again', () => {
  const consumer = new Consumer(1);
  const watcher = new CacheWatcher(consumer, 5, 3);
  expect([6, 7, 8].map((version) => watcher.take(event(version)))).toEqual([true, true, true]);
  expect(consumer.got).toEqual(['modified 6']);
  consumer.room = 9;
  watcher.drained();
  expect(consumer.got).toEqual(['modified 6', 'modified 7', 'modified 8']);
});

test('one that is too far behind is not waited for', () => {
  const watcher = new CacheWatcher(new Consumer(0), 5, 2);
  expect([6, 7, 8].map((version) => watcher.take(event(version)))).toEqual([true, true, false]);
});

test('what it begins with may be more than may wait later', () => {
  const watcher = new CacheWatcher(new Consumer(0), 0, 1);
  watcher.begin([1, 2, 3, 4].map(event));
  expect([5, 6].map((version) => watcher.take(event(version)))).toEqual([true, false]);
});

test('no bookmark goes ahead of what waits, and none tells what is known already', () => {
  const consumer = new Consumer(1);
  const watcher = new CacheWatcher(consumer, 5, 3);
  watcher.take(event(6));
  watcher.take(event(7));
  consumer.room = 0;
  watcher.bookmark(7);
  consumer.room = 5;
  watcher.drained();
  watcher.bookmark(9);
  watcher.bookmark(9);
  expect(consumer.got).toEqual(['modified 6', 'modified 7', 'bookmark 9']);
});

test('a client that has seen more than this cache is not told of it again', () => {
  const consumer = new Consumer(9);
  const watcher = new CacheWatcher(consumer, 7, 3);
  for (const version of [6, 7, 8]) watcher.take(event(version));
  expect(consumer.got).toEqual(['modified 8']);
});

test('a window remembers the newest, and says from where on', () => {
  const window = new EventWindow(3, 10);
  for (const version of [11, 12, 13]) window.push(event(version));
  expect([window.floor, window.length]).toEqual([10, 3]);
  window.push(event(14));
  expect(window.floor).toBe(11);
  expect(window.after(12).map(({ resourceVersion }) => resourceVersion)).toEqual([13, 14]);
  expect(window.after(14)).toEqual([]);
});
