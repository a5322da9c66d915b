/** The one JSON document that scripts rely on. */
import type { SwarmReporter, Write } from './reporter.ts';

export function jsonReporter(write: Write): SwarmReporter {
  return {
    ran: () => undefined,
    ended: ({ report, missingShards }) => write(`${JSON.stringify({ ...report, missingShards }, null, 2)}\n`),
  };
}
