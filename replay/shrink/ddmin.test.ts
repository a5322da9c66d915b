import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ddmin } from './ddmin.ts';

/** Shrinks a list; `fails` says which parts of it do. Returns what is left, and the number of questions. */
function minimal<T>(
  items: readonly T[],
  fails: (rest: readonly T[]) => boolean,
): { readonly left: readonly T[]; readonly asked: number } {
  const shrinking = ddmin<T, readonly T[], boolean>(items, function* (rest) {
    return yield rest;
  });
  let asked = 0;
  let next = shrinking.next();
  while (next.done !== true) {
    asked++;
    next = shrinking.next(fails(next.value));
  }
  return { left: next.value, asked };
}

test('exactly the items that are needed together are left, in their order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat({ max: 59 }), { maxLength: 5 }), (length, wanted) => {
      const items = Array.from({ length }, (_, at) => at);
      const needed = [...new Set(wanted.filter((at) => at < length))].sort((a, b) => a - b);
      expect(minimal(items, (rest) => needed.every((item) => rest.includes(item))).left).toEqual(needed);
    }),
  );
});

test('no single item of what is left can be left out, whatever fails', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 24 }),
      fc.integer({ min: 0, max: 20 }),
      (items, threshold) => {
        const fails = (rest: readonly number[]): boolean => rest.reduce((sum, item) => sum + item, 0) >= threshold;
        fc.pre(fails(items));
        const { left } = minimal(items, fails);
        expect(fails(left)).toBe(true);
        for (let at = 0; at < left.length; at++) expect(fails(left.toSpliced(at, 1))).toBe(false);
      },
    ),
  );
});

test('what fails without any item needs one question', () => {
  expect(minimal([1, 2, 3], () => true)).toEqual({ left: [], asked: 1 });
});
