/**
 * What could not be written while there are results that matter more, such as a recording on a disk that has filled up: it costs
 * one line each, and no command that has lost what it was asked to write ends as clean.
 */
import { ExitStatus } from './exit-status.ts';
import { codeOf } from './writing.ts';

const told = new Set<string>();

/** What the work comes to; null when it could not be written. `what`: the beginning of a sentence, such as "the recording". */
export function unlessLost<T>(what: string, write: () => T): T | null {
  try {
    return write();
  } catch (error) {
    const line = `quorate: ${what} could not be written (${codeOf(error)})\n`;
    if (!told.has(line)) process.stderr.write(line);
    told.add(line);
    return null;
  }
}

/** The status of a command, once it is known whether anything is lost. */
export function afterLosses(status: number | string | null | undefined): number | string | null | undefined {
  return told.size > 0 && (status ?? ExitStatus.clean) === ExitStatus.clean ? ExitStatus.usage : status;
}
