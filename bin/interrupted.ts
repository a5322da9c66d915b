/** The end of a command that was interrupted before it had anything to show. */
import { ExitStatus } from './exit-status.ts';

/** One line for people; and `document`, where one was asked for, says so as well. */
export function endInterrupted(line: string, document: object | null): void {
  process.stderr.write(`quorate: ${line}\n`);
  if (document !== null) process.stdout.write(`${JSON.stringify({ ...document, interrupted: true }, null, 2)}\n`);
  process.exitCode = ExitStatus.interrupted;
}
