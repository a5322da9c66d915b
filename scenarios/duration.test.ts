import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['2s', 2_000_000],
  ['300ms', 300_000],
  ['1.5s', 1_500_000],
  ['40us', 40],
  ['2m', 120_000_000],
  ['1h', 3_600_000_000],
  [' 7 ms ', 7_000],
])('%j is %d microseconds', (text, timeUs) => {
  expect(parseDuration(text)).toBe(timeUs);
});

test.each(['', '2', 's', '-1s', '1e3s', '2 d', '.5s', '1s2', '99999999999999999s', 'NaNs'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test('what is formatted is parsed', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e12 }), (timeUs) => parseDuration(formatDuration(timeUs)) === timeUs));
});
