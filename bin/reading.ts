/**
 * The one place that reads files whole, as text or as bytes, and says of each what is wrong with it as the user would name it.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { UsageError } from './exit-status.ts';

/** Throws a UsageError for a file that cannot be read, or is not text. */
export function readText(path: string): string {
  return orWhyNot(path, () => new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)));
}

/** Throws a UsageError for a file that cannot be read. */
export function readBytes(path: string): Buffer {
  return orWhyNot(path, () => readFileSync(path));
}

/** As the user would write it here. */
export function shownPath(path: string): string {
  const shown = relative('', path);
  return shown === '' || shown.startsWith('..') ? path : shown;
}

/** Turns what the system says of a file that cannot be read into a UsageError. */
function orWhyNot<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === undefined ? undefined : WHY[code];
    throw new UsageError(`${shownPath(path)}: ${why ?? `cannot be read (${code ?? 'unknown error'})`}`, { cause: error });
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not text',
};
