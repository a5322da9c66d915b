import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createConfiguration } from './configuration.ts';
import { Ballot, majority, quorumReached, voteResult } from './quorum.ts';

const of = (count: number): ReturnType<typeof createConfiguration> =>
  createConfiguration(Array.from({ length: count }, (_, at) => at + 1));

test('a quorum is more than half', () => {
  expect([1, 2, 3, 4, 5, 7].map((count) => majority(count))).toEqual([1, 2, 2, 3, 3, 4]);
});

test('an election is open until a majority grants or cannot any more', () => {
  const { granted, rejected } = Ballot;
  expect(voteResult(of(5), [0, granted, granted])).toBe('pending');
  expect(voteResult(of(5), [0, granted, granted, rejected, rejected])).toBe('pending');
  expect(voteResult(of(5), [0, granted, granted, rejected, rejected, granted])).toBe('won');
  expect(voteResult(of(5), [0, granted, rejected, rejected, rejected])).toBe('lost');
});

test('what a quorum has reached is the largest number that a majority is at or beyond', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 7 }), (numbers) => {
      const configuration = of(numbers.length);
      const reached = quorumReached(configuration, [0, ...numbers], []);
      const atLeast = (bound: number): number => numbers.filter((number) => number >= bound).length;
      expect(atLeast(reached)).toBeGreaterThanOrEqual(majority(numbers.length));
      expect(atLeast(reached + 1)).toBeLessThan(majority(numbers.length));
    }),
  );
});

test('a configuration names each member once', () => {
  expect(createConfiguration([3, 1, 2]).voters).toEqual([1, 2, 3]);
  expect(() => createConfiguration([1, 1])).toThrow('listed twice');
  expect(() => createConfiguration([0])).toThrow('not a positive integer');
});
