/** Files with a JSON document on each line, to which lines are added as work is done, and that whoever kills the work may tear. */
import { readFileSync, truncateSync } from 'node:fs';
import type { z } from 'zod';
import { describeIssue } from '../replay/read-recording.ts';
import { shownPath } from './execution/load-scenario.ts';
import { UsageError } from './exit-status.ts';

/** A line without its end was cut off: it is as if what it told had not been done. */
export function dropTornLine(path: string): void {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
}

/** `what` says of what sort the file is, such as "a swarm's journal". Throws a UsageError that names the line, counted from 1. */
export function parseLine<T>(schema: z.ZodType<T>, line: string, { path, number, what }: { readonly path: string; readonly number: number; readonly what: string }): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`${shownPath(path)}:${number}: not a line of ${what}`);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new UsageError(`${shownPath(path)}:${number}: not a line of ${what}: ${describeIssue(result.error)}`);
  return result.data;
}
