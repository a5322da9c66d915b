import { expect, test } from 'vitest';
import type { z } from 'zod';
import { bytes, choice, flag, int64, messages, toBase64 } from './fields.ts';

const ignored: string[] = [];
const message = messages((field) => void ignored.push(field));
const schema = message({ range_end: bytes, limit: int64, sort_order: choice(['NONE', 'ASCEND', 'DESCEND']), keys_only: flag });

function wrong(what: z.ZodType, value: unknown): string {
  return (
    what
      .safeParse(value)
      .error?.issues.map(({ path, message: words }) => `${path.join('.')}: ${words}`)
      .join(', ') ?? 'nothing'
  );
}

test('a field that is absent or null has its default', () => {
  const none = { range_end: '', limit: 0n, sort_order: 'NONE', keys_only: false };
  expect(schema.parse({})).toEqual(none);
  expect(schema.parse({ range_end: null, limit: null, sort_order: null, keys_only: null })).toEqual(none);
});

test('names may be written in camel case, enumerations as numbers, integers in strings or not', () => {
  const written = { range_end: 'a', limit: 12n, sort_order: 'DESCEND', keys_only: true };
  expect(schema.parse({ range_end: 'YQ==', limit: '12', sort_order: 'DESCEND', keys_only: true })).toEqual(written);
  expect(schema.parse({ rangeEnd: 'YQ==', limit: 12, sortOrder: 2, keysOnly: true })).toEqual(written);
});

test('a field that no message has is ignored, and mentioned', () => {
  expect(schema.parse({ limit: 1, no_such_field: { a: 1 } })).toMatchObject({ limit: 1n });
  expect(ignored).toEqual(['no_such_field']);
});

test('integers have 64 bits, none of which is lost', () => {
  expect(int64.parse('9223372036854775807')).toBe(9223372036854775807n);
  expect(int64.parse('-9223372036854775808')).toBe(-9223372036854775808n);
  for (const value of ['9223372036854775808', 2 ** 53, 1.5, '1.5', '1e3', 'x', '', '007', true]) {
    expect(wrong(int64, value)).toBe(': should be an integer; in a string, "12", it may be of 64 bits');
  }
});

test('bytes are base64 with its padding, and come back as they were', () => {
  for (const text of ['', 'a', 'ab', 'abc', '\0\u00ff']) expect(bytes.parse(toBase64(text))).toBe(text);
  expect(bytes.parse('YWI\r\n=')).toBe('ab');
  expect(wrong(bytes, 'YWI')).toBe(': should be base64, as "WVdJ" is of "YWI"');
  expect(wrong(bytes, 'Y!==')).toContain('should be base64');
  expect(wrong(bytes, 1)).toBe(': should be a string: bytes in base64');
});

test('what is wrong is said with its place', () => {
  expect(wrong(schema, { sort_order: 'UP' })).toBe('sort_order: should be one of NONE, ASCEND, DESCEND');
  expect(wrong(schema, { sort_order: 3 })).toBe('sort_order: should be one of NONE, ASCEND, DESCEND');
  expect(wrong(schema, { keys_only: 'true' })).toBe('keys_only: should be true or false');
  expect(wrong(schema, [])).toBe(': should be an object');
});
