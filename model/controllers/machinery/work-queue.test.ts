import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Os } from '../../../sim/index.ts';
import { WorkQueue } from './work-queue.ts';

/** Runs a coroutine with a queue inside a process. */
function inProcess(body: (queue: WorkQueue, os: Os) => Co<void>): void {
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
        boot: (os) => ({ start: () => void os.spawn('test', body(new WorkQueue(os), os), () => (ended = true)) }),
      }),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(ended).toBe(true);
}

test('a key waits at most once, and keys come in the order of their first wish', () => {
  inProcess(function* (queue) {
    for (const key of ['a', 'b', 'a']) queue.add(key);
    expect(queue.length).toBe(2);
    expect([yield* queue.take(), yield* queue.take()]).toEqual(['a', 'b']);
    expect(queue.length).toBe(0);
  });
});

test('a key that changes while it is worked on comes again when it is done, not before', () => {
  inProcess(function* (queue) {
    queue.add('a');
    yield* queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
    expect(yield* queue.take()).toBe('a');
    queue.done('a');
    expect(queue.length).toBe(0);
  });
});

test('a worker that waits gets the next key', () => {
  inProcess(function* (queue, os) {
    const taken: string[] = [];
    os.spawn('worker', queue.take(), (key) => void taken.push(key));
    os.spawn('another', queue.take(), (key) => void taken.push(key));
    yield* os.sleep(ms(10));
    queue.add('a');
    yield* os.sleep(ms(10));
    expect(taken).toEqual(['a']);
    queue.add('b');
    expect(taken).toEqual(['a', 'b']);
  });
});

test('pauses grow with each failure up to a bound, and begin anew after a success', () => {
  inProcess(function* (queue, os) {
    const pauses: number[] = [];
    for (let failure = 0; failure < 12; failure++) {
      const beforeUs = os.monotonicUs();
      queue.retry('a');
      queue.done(yield* queue.take());
      pauses.push(os.monotonicUs() - beforeUs);
    }
    expect(pauses).toEqual(pauses.map((_, position) => Math.min(ms(5) * 2 ** position, seconds(2))));
    expect(queue.failuresOf('a')).toBe(12);
    queue.forget('a');
    const beforeUs = os.monotonicUs();
    queue.retry('a');
    yield* queue.take();
    expect(os.monotonicUs() - beforeUs).toBe(ms(5));
  });
});

test('many keys that fail at once come back one after the other, so that no server is struck by all of them', () => {
  inProcess(function* (queue, os) {
    const beforeUs = os.monotonicUs();
    for (let n = 0; n < 150; n++) queue.retry(`key-${n}`);
    yield* os.sleep(ms(9));
    expect(queue.length).toBe(100);
    while (queue.length < 150) yield* os.sleep(ms(1));
    expect(os.monotonicUs() - beforeUs).toBeGreaterThanOrEqual(50 * ms(10));
    expect(os.monotonicUs() - beforeUs).toBeLessThan(51 * ms(10));
  });
});

test('of several wishes for later the earliest counts', () => {
  inProcess(function* (queue, os) {
    queue.addAfter('a', ms(50));
    queue.addAfter('a', ms(10));
    queue.addAfter('a', ms(90));
    const beforeUs = os.monotonicUs();
    queue.done(yield* queue.take());
    expect(os.monotonicUs() - beforeUs).toBe(ms(10));
    yield* os.sleep(ms(200));
    expect(queue.length).toBe(0);
  });
});

test('a reset queue forgets what waited, now or later', () => {
  inProcess(function* (queue, os) {
    queue.add('a');
    queue.addAfter('b', ms(5));
    queue.reset();
    yield* os.sleep(ms(50));
    expect(queue.length).toBe(0);
    queue.add('a');
    expect(queue.length).toBe(1);
  });
});

test('defect retry-without-pause: what has failed is there again at once, however often it has', () => {
  inProcess(function* (_queue, os) {
    const queue = new WorkQueue(os, new Set(['retry-without-pause']));
    const startUs = os.monotonicUs();
    queue.add('a');
    for (let failures = 0; failures < 20; failures++) {
      queue.retry(yield* queue.take());
      queue.done('a');
    }
    expect(os.monotonicUs() - startUs).toBeLessThan(ms(5));
  });
});
