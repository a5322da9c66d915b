/** Durations as people write them: a number with its unit. */
import type { Micros } from '../sim/index.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['ms', 1_000],
  ['s', 1_000_000],
  ['m', 60_000_000],
  ['h', 3_600_000_000],
]);

/** The message for anything that is not such a time. */
export const TIME_EXPECTED = 'should be a time with its unit, such as 2s or 300ms (us, ms, s, m, h)';

/** `2s`, `300ms`, `1.5s`, `40us`, `2m`, `1h` in microseconds; null for anything else. */
export function parseDuration(text: string): Micros | null {
  const match = /^(\d+(?:\.\d+)?)\s*(us|ms|s|m|h)$/.exec(text.trim());
  const unit = UNITS.get(match?.[2] ?? '');
  if (unit === undefined) return null;
  const timeUs = Math.round(Number(match?.[1]) * unit);
  return Number.isSafeInteger(timeUs) ? timeUs : null;
}

/** The shortest of those texts that means exactly this many microseconds. */
export function formatDuration(timeUs: Micros): string {
  if (timeUs % 1_000_000 === 0) return `${timeUs / 1_000_000}s`;
  if (timeUs % 1_000 === 0) return `${timeUs / 1_000}ms`;
  return `${timeUs}us`;
}
