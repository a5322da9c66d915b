/** A hash of plain JSON data that does not depend on the order in which fields were written. */
import { Digest } from '../sim/index.ts';

/** 16 hexadecimal digits. Fields that are `undefined` count as absent, as JSON has it. */
export function hashValue(value: unknown): string {
  const digest = new Digest();
  digest.value(canonical(value));
  return digest.hex();
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(fields.map(([name, field]) => [name, canonical(field)]));
}
