/** Files that appear whole or not at all. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from './exit-status.ts';

/** Throws a UsageError when it cannot be written; `named`: how the user named it. */
export function writeWhole(file: string, text: string, named: string): void {
  const part = join(dirname(file), `.quorate-${process.pid}`);
  try {
    writeFileSync(part, text);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${named}: cannot be written (${code ?? 'unknown error'})`, { cause: error });
  }
}
