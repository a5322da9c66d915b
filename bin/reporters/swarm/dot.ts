/** A mark for every run as it ends, and the words of the default reporter at the end. */
import { swarmText } from './default.ts';
import type { SwarmReporter, Told, Write } from './reporter.ts';

const PER_LINE = 80;

const MARKS: Readonly<Record<Told['verdict'], string>> = { ok: '·', violation: 'V', stalled: 'S', crashed: 'C', undecided: '?' };

export function dotReporter(write: Write): SwarmReporter {
  let runs = 0;
  return {
    ran({ verdict }) {
      runs++;
      write(MARKS[verdict] + (runs % PER_LINE === 0 ? `  ${runs}\n` : ''));
    },
    ended(end) {
      write(`${runs % PER_LINE === 0 ? '' : '\n'}\n${swarmText(end)}\n`);
    },
  };
}
