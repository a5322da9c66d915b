/** Writes transcripts of a real etcd, to be kept with the tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExitStatus } from '../../bin/exit-status.ts';
import { Streams } from '../../sim/index.ts';
import { Section } from './generator/section.ts';
import { differenceText } from './report.ts';
import { runScript } from './run-script.ts';
import type { Subject } from './subject.ts';
import { writeTranscript } from './transcript.ts';

export const TRANSCRIPTS = join(import.meta.dirname, 'transcripts');

/** Of this seed the fifth script waits for leases to end, and none has large values. */
const SEED = 2;
const SECTIONS = 6;
const LINES = 100;

/** An exit status. Nothing is written of a script on which the two differ. */
export async function record(ours: Subject, theirs: Subject, signal: AbortSignal): Promise<number> {
  mkdirSync(TRANSCRIPTS, { recursive: true });
  const streams = new Streams(SEED);
  for (let number = 1; number <= SECTIONS; number++) {
    const section = new Section(streams.stream(`conformance/section-${number}`), LINES);
    const { script, theirs: outcomes, difference } = await runScript(section, ours, theirs, signal);
    if (signal.aborted) return ExitStatus.interrupted;
    if (difference !== null) {
      process.stdout.write(`${differenceText(difference).join('\n')}\n`);
      return ExitStatus.violation;
    }
    const path = join(TRANSCRIPTS, `etcd-3.4-${number}.jsonl`);
    writeTranscript(path, { script, outcomes });
    process.stdout.write(`${path}: ${script.length} lines\n`);
  }
  return ExitStatus.clean;
}
