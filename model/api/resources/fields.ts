/**
 * Validation by field: what comes over the wire is checked, filled in where it may be left out,
 * and brought into one order of fields.
 */
import { byCodeUnit } from '../../../sim/index.ts';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export type Fields = Readonly<Record<string, unknown>>;
/** Returns the field's value, or throws a {@link Problem}. */
export type Check<T> = (fields: Fields, field: string) => T;

/** What is wrong, beginning with the name of the field. */
export class Problem extends Error {}

const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const NAME_CHARS_MAX = 253;
/** The store's values are byte strings, and one character should be one byte. */
const TEXT = /^[ -~]*$/;
const TEXT_CHARS_MAX = 512;
/** Entries of a list or of labels. */
const ENTRIES_MAX = 1_000;

/** What is wrong with an object's name; null when nothing is. */
export function checkName(name: unknown): string | null {
  if (typeof name !== 'string' || name.length > NAME_CHARS_MAX || !NAME.test(name)) {
    return `name: should be lower-case letters, digits, "-" and ".", at most ${NAME_CHARS_MAX}`;
  }
  return null;
}

/** Builds a part of an object from its fields; the problem says which part. */
export function checked<T>(part: string, value: unknown, build: (fields: Fields) => T): Checked<T> {
  if (typeof value !== 'object' || value === null) return { ok: false, problem: `${part}: is missing` };
  try {
    return { ok: true, value: build(value as Fields) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: `${part}.${error.message}` };
    throw error;
  }
}

export const integer =
  (low: number, high: number): Check<number> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new Problem(`${field}: should be an integer from ${low} to ${high}`);
  };
export const count = integer(0, Number.MAX_SAFE_INTEGER);
export const positive = integer(1, Number.MAX_SAFE_INTEGER);

export const text =
  (charsMin: number): Check<string> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value === 'string' && value.length >= charsMin && value.length <= TEXT_CHARS_MAX && TEXT.test(value)) return value;
    throw new Problem(`${field}: should be ${charsMin} to ${TEXT_CHARS_MAX} printable ASCII characters`);
  };
export const anyText = text(0);
export const given = text(1);

export const flag: Check<boolean> = (fields, field) => {
  const value = fields[field];
  if (typeof value === 'boolean') return value;
  throw new Problem(`${field}: should be true or false`);
};

/** One of a few words. */
export const oneOf =
  <T extends string>(...words: readonly T[]): Check<T> =>
  (fields, field) => {
    const value = fields[field];
    for (const word of words) if (value === word) return word;
    throw new Problem(`${field}: should be ${words.slice(0, -1).join(', ')} or ${String(words.at(-1))}`);
  };

/** A field that may be left out: then it is `otherwise`. */
export const optional =
  <T>(check: Check<T>, otherwise: T): Check<T> =>
  (fields, field) =>
    fields[field] === undefined ? otherwise : check(fields, field);

/** A field that may be null. */
export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (fields, field) =>
    fields[field] === null ? null : check(fields, field);

/** An object with fields of its own. */
export const group =
  <T>(build: (fields: Fields) => T): Check<T> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value !== 'object' || value === null) throw new Problem(`${field}: should be an object`);
    return within(field, () => build(value as Fields));
  };

/** A list; `check` is asked for each of its entries, under its position. */
export const many =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (fields, field) => {
    const value = fields[field];
    if (!Array.isArray(value) || value.length > ENTRIES_MAX)
      throw new Problem(`${field}: should be a list of at most ${ENTRIES_MAX}`);
    return within(field, () => value.map((_, at) => check(value as unknown as Fields, String(at))));
  };

/** Values by key, which come out sorted by key. */
export const record =
  <T>(check: Check<T>): Check<Readonly<Record<string, T>>> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value !== 'object' || value === null || Object.keys(value).length > ENTRIES_MAX)
      throw new Problem(`${field}: should be an object of at most ${ENTRIES_MAX} entries`);
    const keys = Object.keys(value).sort(byCodeUnit);
    return within(field, () => Object.fromEntries(keys.map((key) => [key, check(value as Fields, key)])));
  };

function within<T>(field: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof Problem) throw new Problem(`${field}.${error.message}`);
    throw error;
  }
}
