import { expect, test } from 'vitest';
import { Goals } from './goals.ts';
import type { Monitor, Property } from './property.ts';
import { tinyRun } from '../testing/tiny-world.ts';
import { ms, seconds } from '../time.ts';

const goal = (id: string): Property => ({ id, kind: 'eventually', title: id, monitor: () => ({}) });

/** A goal that waits for these, which may be changed on the way. */
function waitingFor(parts: readonly string[]): { readonly monitor: Monitor; parts: readonly string[]; asked: number } {
  const state = {
    parts,
    asked: 0,
    monitor: {
      *waits() {
        for (const part of state.parts) {
          state.asked++;
          yield part;
        }
      },
    },
  };
  return state;
}

test.each([
  ['eventually', {}, 'its monitor has neither `pending` nor `waits`'],
  ['eventually', { pending: 'nothing' }, 'its monitor has neither `pending` nor `waits`'],
  ['eventually', null, 'its monitor is null, and should be an object'],
  ['always', undefined, 'its monitor is undefined, and should be an object'],
  ['always', Promise.resolve({}), 'its monitor is a promise'],
] as const)('a property of kind %s whose monitor is %j is refused by its name', (kind, monitor, message) => {
  const property: Property = { ...goal('my/goal'), kind, monitor: () => monitor as Monitor };
  expect(() => tinyRun({ programs: {}, properties: [property] })).toThrow(`my/goal: ${message}`);
});

test('a goal that waits for nothing is reached', () => {
  const goals = new Goals();
  goals.add(goal('my/parts'), waitingFor([]).monitor);
  goals.add(goal('my/simple'), { pending: () => null });
  expect(goals.reached(seconds(1))).toBe(true);
  expect(goals.waiting(seconds(1), false)).toEqual([]);
});

test('every part of every goal is told, with the time since which it is so', () => {
  const goals = new Goals();
  const parts = waitingFor(['a is down', 'b is behind']);
  goals.add(goal('my/parts'), parts.monitor);
  goals.add(goal('my/simple'), { pending: () => 'the impossible' });
  expect(goals.reached(seconds(5))).toBe(false);
  parts.parts = ['b is behind', 'c is behind'];
  expect(goals.reached(seconds(7))).toBe(false);
  expect(goals.waiting(seconds(9), false)).toEqual([
    { property: 'my/parts', waitsFor: 'b is behind', sinceUs: seconds(5) },
    { property: 'my/parts', waitsFor: 'c is behind', sinceUs: seconds(7) },
    { property: 'my/simple', waitsFor: 'the impossible', sinceUs: seconds(5) },
  ]);
});

test('what comes back is counted anew', () => {
  const goals = new Goals();
  const parts = waitingFor(['a']);
  goals.add(goal('my/parts'), parts.monitor);
  goals.reached(seconds(1));
  parts.parts = ['b'];
  goals.reached(seconds(2));
  parts.parts = ['a'];
  expect(goals.waiting(seconds(3), false)).toEqual([{ property: 'my/parts', waitsFor: 'a', sinceUs: seconds(3) }]);
});

test('between two looks no more than the first part is asked for', () => {
  const goals = new Goals();
  const parts = waitingFor(['a', 'b', 'c']);
  goals.add(goal('my/parts'), parts.monitor);
  goals.reached(seconds(1));
  const { asked } = parts;
  goals.reached(seconds(1) + ms(100));
  expect(parts.asked).toBe(asked + 1);
});

test('what had no time to come true does not stall a run, and is waited for until then', () => {
  const patient: Property = {
    ...goal('my/goal'),
    monitor: () => ({ waits: (isOver) => (isOver ? [] : ['what is not due']) }),
  };
  const run = tinyRun({ programs: {}, properties: [patient] });
  expect(run.pendingGoals()).toEqual([{ property: 'my/goal', waitsFor: 'what is not due' }]);
  expect(run.advance()).toBe('ok');
});
