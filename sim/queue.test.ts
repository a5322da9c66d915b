import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimEvent } from './event.ts';
import { kind } from './kind.ts';
import { order, EventQueue } from './queue.ts';

const any = kind<null>('test/any');
const event = (id: number, timeUs: number, tie: number): SimEvent =>
  new SimEvent(id, timeUs, tie, 5, 0, null, null, any, null, null, null, 0, 0, 0);
const entries = fc.array(fc.record({ timeUs: fc.nat(20), tie: fc.integer({ min: -3, max: 3 }), cancel: fc.boolean() }), {
  maxLength: 1_500,
});

function drain(queue: EventQueue): number[] {
  const ids: number[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) ids.push(next.id);
  return ids;
}

test('events come in one total order, and cancelled ones leave the order of the others alone', () => {
  fc.assert(
    fc.property(entries, (drawn) => {
      const events = drawn.map(({ timeUs, tie }, id) => event(id, timeUs, tie));
      const living = events.filter((_, id) => drawn[id]?.cancel !== true);
      const queue = new EventQueue();
      for (const each of events) queue.push(each);
      for (const each of events) if (drawn[each.id]?.cancel) queue.cancel(each);
      expect(queue.length).toBe(living.length);
      expect(drain(queue)).toEqual([...living].sort(order).map(({ id }) => id));
      expect(queue.length).toBe(0);
    }),
  );
});

test('cancelling what has already happened, or twice, changes no count', () => {
  const queue = new EventQueue();
  const [first, second] = [event(1, 1, 0), event(2, 2, 0)];
  queue.push(first);
  queue.push(second);
  queue.pop();
  queue.cancel(first);
  queue.cancel(second);
  queue.cancel(second);
  expect(queue.length).toBe(0);
  expect(queue.peek()).toBeUndefined();
});

test('an admitted event surfaces even when it was cancelled, so that its process goes on', () => {
  const queue = new EventQueue();
  const next = event(1, 1, 0);
  queue.admit(next);
  queue.cancel(next);
  expect(queue.pop()).toBe(next);
});

test('a hundred thousand cancelled timers take no room', () => {
  const queue = new EventQueue();
  for (let id = 0; id < 100_000; id++) {
    const timer = event(id, 1_000_000 + id, 0);
    queue.push(timer);
    queue.cancel(timer);
  }
  expect((queue as unknown as { heap: { length: number } }).heap.length).toBeLessThan(1_000);
});
