/** The fields of etcd's gateway messages as its JSON has them (proto3 JSON), and what they mean: the boundary that zod holds. */
import { z } from 'zod';
import { isObject } from './json.ts';

const INT64_LEAST = -(2n ** 63n);
const INT64_MOST = 2n ** 63n - 1n;

/** A 64-bit integer: in a string, or as a number that JSON can hold. */
export const givenInt64 = z
  .custom<string | number>(isInteger, 'should be an integer; in a string, "12", it may be of 64 bits')
  .transform((written) => BigInt(written));

function isInteger(written: unknown): boolean {
  if (typeof written === 'number') return Number.isSafeInteger(written);
  if (typeof written !== 'string' || !/^-?(?:0|[1-9]\d*)$/.test(written)) return false;
  return BigInt(written) >= INT64_LEAST && BigInt(written) <= INT64_MOST;
}

/** The same, 0 when absent. */
export const int64 = givenInt64.prefault('0');

/** Bytes in base64, here as one character for each byte. */
export const givenBytes = z
  .string('should be a string: bytes in base64')
  // As Go's decoder: complete with padding, line breaks ignored.
  .transform((text) => text.replace(/[\r\n]/g, ''))
  .refine((text) => BASE64.test(text), {
    error: ({ input }) => `should be base64, as "${toBase64(String(input))}" is of "${String(input)}"`,
  })
  .transform((text) => Buffer.from(text, 'base64').toString('latin1'));

/** The same, none when absent. */
export const bytes = givenBytes.prefault('');

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBase64(byteString: string): string {
  return Buffer.from(byteString, 'latin1').toString('base64');
}

export const flag = z.boolean('should be true or false').prefault(false);

/** A value of an enumeration, by its name or its number; the first one when absent. */
export function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  const find = (written: unknown): Names[number] | undefined =>
    typeof written === 'number' ? names[written] : names.find((name) => name === written);
  return z
    .custom<string | number>((written) => find(written) !== undefined, `should be one of ${names.join(', ')}`)
    .transform((written) => find(written) as Names[number])
    .prefault(names[0]);
}

/** Makes the schema of a message from those of its fields. */
export type MessageMaker = ReturnType<typeof messages>;

/**
 * As the gateway reads messages: a field may be called `range_end` or `rangeEnd`, null is as good as absent, and what it does not
 * know it ignores; `unknown` is told of that.
 */
export function messages(unknown: (field: string, known: readonly string[]) => void) {
  return <Shape extends z.ZodRawShape>(shape: Shape) => {
    const known = Object.keys(shape);
    const canonical = new Map(
      known.flatMap(
        (name) =>
          [
            [name, name],
            [camelCase(name), name],
          ] as const,
      ),
    );
    const rename = (value: unknown): unknown => {
      if (!isObject(value)) return value;
      const fields: Record<string, unknown> = {};
      for (const [written, field] of Object.entries(value)) {
        const name = canonical.get(written);
        if (name === undefined) unknown(written, known);
        else if (field !== null) fields[name] = field;
      }
      return fields;
    };
    return z.preprocess(rename, z.object(shape, 'should be an object'));
  };
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
