/** Plain JSON data whatever the order in which its fields were written: in one order, and as a hash. */
import { byCodeUnit, Digest } from '../sim/index.ts';

/** 16 hexadecimal digits. Fields that are `undefined` count as absent, as JSON has it. */
export function hashValue(value: unknown): string {
  const text = JSON.stringify(canonical(value));
  const digest = new Digest();
  for (let i = 0; i < text.length; i++) digest.int(text.charCodeAt(i));
  return digest.hex();
}

/**
 * The same value as it is after a journey through JSON, with the fields of every object sorted by name. What is drawn and what
 * is read from a file are then alike, down to the order in which a digest meets their fields.
 */
export function canonical<T>(value: T): T {
  return sorted(value) as T;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => byCodeUnit(a, b));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
