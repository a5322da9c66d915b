/** What a real etcd answered to a script, kept in a file: a measure for machines that have none. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Json } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import type { Outcome, Sitting, Subject } from './subject.ts';

export interface Transcript {
  readonly script: readonly ScriptLine[];
  readonly outcomes: readonly Outcome[];
}

/** One JSON document a line: the request, then what came of it. */
export function writeTranscript(path: string, { script, outcomes }: Transcript): void {
  const lines = script.map((line, at) => JSON.stringify({ ...line, ...outcomes[at] }));
  writeFileSync(path, `${lines.join('\n')}\n`);
}

export function readTranscript(path: string): Transcript {
  const entries = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as ScriptLine & Outcome);
  return {
    script: entries.map(({ method, body }) => ({ method, body })),
    outcomes: entries.map(({ answer, stream, atMs }) => ({ answer, stream, atMs })),
  };
}

/** Answers its own script as it was answered. Throws when it is asked anything else. */
export class TranscriptSubject implements Subject {
  readonly name = 'transcript';
  private readonly transcript: Transcript;

  constructor(transcript: Transcript) {
    this.transcript = transcript;
  }

  open(): Promise<Sitting> {
    const { script, outcomes } = this.transcript;
    let at = 0;
    return Promise.resolve({
      perform(line: ScriptLine): Promise<Outcome> {
        const outcome = outcomes[at];
        if (outcome === undefined || JSON.stringify(script[at]) !== JSON.stringify(line)) {
          return Promise.reject(new Error(`line ${at + 1} is not the one that the transcript was made of`));
        }
        at++;
        return Promise.resolve(outcome);
      },
      surplus: () => Promise.resolve<readonly Json[]>([]),
      close: () => Promise.resolve(),
    });
  }
}
