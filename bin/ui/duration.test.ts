import { expect, test } from 'vitest';
import { duration } from './duration.ts';

test('a duration is said in the unit that people would use, without zeros that say nothing', () => {
  expect([870, 1_100, 13_000, 1_250_000, 60_000_000].map(duration)).toEqual(['870 µs', '1.1 ms', '13 ms', '1.25 s', '60 s']);
});
