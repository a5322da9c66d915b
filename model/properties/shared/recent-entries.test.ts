import { expect, test } from 'vitest';
import { RecentEntries } from './recent-entries.ts';

test('the newest entries are remembered, and those before them are not', () => {
  const entries = new RecentEntries<string>(3);
  for (const index of [1, 2, 3, 4]) entries.set(index, `entry ${index}`);
  expect([1, 2, 3, 4, 5].map((index) => entries.get(index))).toEqual([undefined, 'entry 2', 'entry 3', 'entry 4', undefined]);
  expect([entries.oldest, entries.last]).toEqual([2, 4]);
});

test('of an index that was passed over nothing is known until something is told of it', () => {
  const entries = new RecentEntries<number>(3);
  for (const index of [1, 2, 3, 5]) entries.set(index, index);
  expect([3, 4, 5].map((index) => entries.get(index))).toEqual([3, undefined, 5]);
  entries.set(4, 44);
  expect([3, 4, 5].map((index) => entries.get(index))).toEqual([3, 44, 5]);
});

test('what was forgotten stays so', () => {
  const entries = new RecentEntries<number>(2);
  for (const index of [1, 2, 3]) entries.set(index, index);
  entries.set(1, 11);
  expect([1, 2, 3].map((index) => entries.get(index))).toEqual([undefined, 2, 3]);
});

test('without a bound nothing is forgotten', () => {
  const entries = new RecentEntries<number>(Infinity);
  for (let index = 1; index <= 50_000; index++) entries.set(index, index);
  expect([entries.oldest, entries.get(1), entries.get(50_000)]).toEqual([0, 1, 50_000]);
});
