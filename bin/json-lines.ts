/**
 * Files with a JSON document on each line, to which lines are added as work is done, and that whoever kills the work may tear.
 */
import { statSync } from 'node:fs';
import type { z } from 'zod';
import { describeIssue } from '../replay/read-recording.ts';
import { readBytes, shownPath } from './reading.ts';
import { UsageError } from './exit-status.ts';

/**
 * Whether there is such a file with anything in it, which may be somebody else's: it is left as it is
 * until its first line says what it is.
 */
export function isBegun(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * A line without its end was cut off: it is as if what it told had not been done. Throws a
 * UsageError when the file cannot be read.
 */
export function wholeLines(path: string): readonly string[] {
  const bytes = readBytes(path);
  return bytes
    .toString('utf8', 0, bytes.lastIndexOf(0x0a) + 1)
    .split('\n')
    .slice(0, -1);
}

/** `what` says of what sort the file is, such as "a swarm's journal". Throws a UsageError that names the line, counted from 1. */
export function parseLine<T>(
  schema: z.ZodType<T>,
  line: string,
  { path, number, what }: { readonly path: string; readonly number: number; readonly what: string },
): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`${shownPath(path)}:${number}: not a line of ${what}`);
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new UsageError(`${shownPath(path)}:${number}: not a line of ${what}: ${describeIssue(result.error)}`);
  return result.data;
}
