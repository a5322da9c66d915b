/** The lines of a script as they come: from a file, or from whoever writes to standard input. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from '../exit-status.ts';
import { codeOf } from '../writing.ts';

export interface NumberedLine {
  /** Where it stands, such as `script.jsonl:3`. */
  readonly at: string;
  readonly text: string;
}

/** `-` is standard input. Throws a UsageError when there is no such file, or when it cannot be read. */
export async function* readLines(path: string): AsyncGenerator<NumberedLine> {
  if (path !== '-') {
    if (!existsSync(path)) throw new UsageError(`${path}: there is no such file`);
    if (statSync(path).isDirectory())
      throw new UsageError(`${path}: is a folder; a script is a file with a request on each line`);
  }
  const input = path === '-' ? process.stdin : createReadStream(path, 'utf8');
  const name = path === '-' ? 'standard input' : path;
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) yield { at: `${name}:${++line}`, text };
  } catch (error) {
    throw new UsageError(`${name}: cannot be read (${codeOf(error)})`, { cause: error });
  }
}
