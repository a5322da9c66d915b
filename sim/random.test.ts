import fc from 'fast-check';
import seedrandomAlea from 'seedrandom/lib/alea.js';
import { expect, test } from 'vitest';
import { Digest } from './digest.ts';
import { Streams } from './random.ts';

test('a stream depends on seed and name alone, not on what other streams draw', () => {
  const alone = new Streams(5).stream('a');
  const expected = [alone.int32(), alone.int32()];
  const streams = new Streams(5);
  const a = streams.stream('a');
  const first = a.int32();
  streams.stream('b').int32();
  expect([first, streams.stream('a').int32()]).toEqual(expected);
  expect(new Streams(6).stream('a').int32()).not.toBe(expected[0]);
});

test('a stream draws what Alea draws', () => {
  for (const [seed, name] of [
    [0, ''],
    [1, 'network/n1>n2'],
    [4_294_967_296, 'disk/n3'],
    [-1, 'ä'],
  ] as const) {
    const alea = seedrandomAlea(`${seed}/${name}`);
    const stream = new Streams(seed).stream(name);
    for (let n = 0; n < 2_000; n++) expect(stream.int32()).toBe(alea.int32());
  }
});

test('draws stay within what was asked for, and reach both ends', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: -1_000, max: 1_000 }), fc.nat(20), (seed, low, span) => {
      const stream = new Streams(seed).stream('s');
      const seen = new Set(Array.from({ length: 600 }, () => stream.between(low, low + span)));
      expect([Math.min(...seen), Math.max(...seen)]).toEqual([low, low + span]);
    }),
    { numRuns: 30 },
  );
});

test('an exponential draw is a whole number of about the mean', () => {
  const stream = new Streams(1).stream('s');
  const draws = Array.from({ length: 20_000 }, () => stream.exponential(1_000));
  expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw <= 7_000)).toBe(true);
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  expect(mean).toBeGreaterThan(950);
  expect(mean).toBeLessThan(1_060);
});

test('a shuffle keeps every item', () => {
  const items = [1, 2, 3, 4, 5, 6, 7];
  expect(
    new Streams(1)
      .stream('s')
      .shuffle(items)
      .sort((a, b) => a - b),
  ).toEqual(items);
});

test('different values give different digests, and equal ones the same', () => {
  const of = (value: unknown): string => {
    const digest = new Digest(1);
    digest.value(value);
    return digest.hex();
  };
  // Beyond 2^53 the lowest 64 bits of many numbers are all zero.
  expect(of(1.0384593717055322e34)).not.toBe(of(7.889433848133096e34));
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(of(structuredClone(a))).toBe(of(a));
      if (JSON.stringify(a) !== JSON.stringify(b)) expect(of(a)).not.toBe(of(b));
    }),
  );
  expect(of(new Map([['a', 1]]))).not.toBe(of(new Map([['a', 2]])));
  expect(of(0.1)).not.toBe(of(0.2));
  expect(of(2 ** 40)).not.toBe(of(0));
  expect(of('')).toMatch(/^[0-9a-f]{16}$/);
  expect(() => of(() => 1)).toThrow('only plain values');
});
