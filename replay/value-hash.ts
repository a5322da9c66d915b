/** A hash of plain JSON data that does not depend on the order in which fields were written. */
import { Digest } from '../sim/index.ts';

/** 16 hexadecimal digits. Fields that are `undefined` count as absent, as JSON has it. */
export function hashValue(value: unknown): string {
  const text = JSON.stringify(inOrder(value));
  const digest = new Digest();
  for (let i = 0; i < text.length; i++) digest.int(text.charCodeAt(i));
  return digest.hex();
}

/** The same value with the fields of every object sorted by name. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => [name, inOrder(field)]);
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
