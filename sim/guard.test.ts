import { expect, test } from 'vitest';
import { guarded } from './guard.ts';
import { kind } from './kind.ts';
import { tinyRun } from './testing/tiny-world.ts';

const nothing = (): void => undefined;
/** Asked for by name, so that the linter, which forbids it as well, lets it pass. */
const byText = (how: 'sort' | 'toSorted'): unknown => Reflect.apply(Array.prototype[how], [10, 9], []);

const ways: Readonly<Record<string, () => unknown>> = {
  'Date()': () => Date(),
  'new Date()': () => new Date(),
  'Date.now': () => Date.now(),
  'Math.random': () => Math.random(),
  'performance.now': () => performance.now(),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  setTimeout: () => setTimeout(nothing),
  setInterval: () => setInterval(nothing),
  setImmediate: () => setImmediate(nothing),
  queueMicrotask: () => queueMicrotask(nothing),
  fetch: () => fetch('data:,'),
  Intl: () => new Intl.NumberFormat(),
  localeCompare: () => 'a'.localeCompare('b'),
  toLocaleString: () => (1_000).toLocaleString(),
  'sort without a comparator': () => byText('sort'),
  'toSorted without a comparator': () => byText('toSorted'),
};

for (const [name, tryIt] of Object.entries(ways)) {
  test(`${name} throws inside a run, which ends as crashed`, () => {
    const run = tinyRun({ programs: { a: () => ({ start: () => void tryIt() }) } });
    expect(run.advance()).toBe('crashed');
    expect(run.failure?.process).toBe('a');
    expect(run.failure?.message).toContain('inside a simulation');
  });
}

test('everything works again after a run, also after one that threw', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Date');
  tinyRun({ programs: { a: () => ({ start: () => void Date.now() }) } }).advance();
  expect(() =>
    guarded(() => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  expect(Object.getOwnPropertyDescriptor(globalThis, 'Date')).toEqual(before);
  expect(Date.now()).toBeGreaterThan(0);
  expect(Math.random()).toBeLessThan(1);
  expect(crypto.randomUUID()).toHaveLength(36);
  expect(Object.hasOwn(crypto, 'randomUUID')).toBe(false);
  expect(byText('sort')).toEqual([10, 9]);
  expect('a'.localeCompare('b')).toBeLessThan(0);
});

test('a guard within a guard lifts only its own', () => {
  guarded(() => {
    guarded(() => undefined);
    expect(() => Math.random()).toThrow('Math.random was used inside a simulation');
  });
  expect(Math.random()).toBeLessThan(1);
});

test('sorting with a comparator and asking whether something is a Date stay allowed', () => {
  guarded(() => {
    expect([10, 9].sort((a, b) => a - b)).toEqual([9, 10]);
    expect(({} as unknown) instanceof Date).toBe(false);
  });
});

const again = kind<null>('test/again', { serviceUs: 0 });
const againBusy = kind<null>('test/again-busy');

test('a program that wakes itself without delay for ever ends as crashed, whatever its events cost', () => {
  for (const what of [again, againBusy]) {
    const run = tinyRun({
      programs: {
        restless: (os) => {
          const wake = (): void => void os.after(0, what, wake);
          return { start: wake };
        },
      },
    });
    expect(run.advance()).toBe('crashed');
    expect(run.failure?.process).toBe('restless');
    expect(run.failure?.message).toContain('for ever');
  }
});
