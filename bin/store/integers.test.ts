import { expect, test } from 'vitest';
import { LeaseIds, nearest } from './integers.ts';

test('lease ids of 64 bits come back as they were, and no two become one', () => {
  const ids = new LeaseIds();
  const given = [1n, -4n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 0n];
  const inside = given.map((id) => ids.inward(id));
  expect(inside.every(Number.isSafeInteger)).toBe(true);
  expect(new Set(inside).size).toBe(given.length);
  expect(inside.map((number) => ids.outward(number))).toEqual(given.map(String));
  expect(given.map((id) => ids.inward(id))).toEqual(inside);
  expect(ids.inward(0n)).toBe(0);
});

test('an id that is a number already taken as a stand-in gets another one', () => {
  const ids = new LeaseIds();
  const standIn = ids.inward(2n ** 60n);
  const taken = ids.inward(BigInt(standIn));
  expect(taken).not.toBe(standIn);
  expect([ids.outward(standIn), ids.outward(taken)]).toEqual([String(2n ** 60n), String(standIn)]);
});

test('a revision beyond all others stays beyond all others', () => {
  expect([nearest(2n ** 63n - 1n), nearest(-(2n ** 63n)), nearest(5n)]).toEqual([
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    5,
  ]);
});
