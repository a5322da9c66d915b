/** What operations carry: plain data as EDN has it, and the one text by which equal values are known. */
import { byCodeUnit } from '../../sim/index.ts';

/**
 * Keywords, characters, symbols, tagged values, sets and maps in the form that edn-data gives them; vectors and lists are
 * arrays. Ratios and floats are symbols.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | { readonly key: string }
  | { readonly char: string }
  | { readonly sym: string }
  | { readonly tag: string; readonly val: Value }
  | { readonly set: readonly Value[] }
  | { readonly map: readonly (readonly [Value, Value])[] };

/** Two values are equal when their texts are: EDN again, with sets and maps in one order. */
export function textOf(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (isVector(value)) return `[${value.map(textOf).join(' ')}]`;
  if ('key' in value) return `:${value.key}`;
  if ('char' in value) return `\\${value.char}`;
  if ('sym' in value) return value.sym;
  if ('tag' in value) return `#${value.tag} ${textOf(value.val)}`;
  if ('set' in value) return `#{${value.set.map(textOf).sort(byCodeUnit).join(' ')}}`;
  return `{${value.map
    .map(([key, each]) => `${textOf(key)} ${textOf(each)}`)
    .sort(byCodeUnit)
    .join(', ')}}`;
}

/** `Array.isArray` does not tell read-only arrays from the other forms. */
export function isVector(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A vector of two, such as `[key value]`; null for anything else. */
export function pairOf(value: Value): readonly [Value, Value] | null {
  if (!isVector(value) || value.length !== 2) return null;
  const [first = null, second = null] = value;
  return [first, second];
}
