/** What shrinking has tried so far, kept beside the recording, so that an interrupted one goes on where it was. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { inputsOf, type Recording } from '../replay/recording.ts';
import type { Failed } from '../replay/shrink/trials.ts';
import { hashValue } from '../replay/value-hash.ts';
import type { Progress } from './execution/job.ts';
import { unlessLost } from './losses.ts';
import { origin } from './package-info.ts';
import { writeWhole } from './writing.ts';

const answerSchema = z.object({ timeUs: z.number(), events: z.number() }).nullable();
const memorySchema = z.object({ of: z.string(), answeredBy: z.string().nullable(), answers: z.array(answerSchema) });

type Tried = Pick<NonNullable<Progress['tried']>, 'runs' | 'answer' | 'answeredBy'>;

const KEEP_EVERY_MS = 500;

export class ShrinkMemory {
  /** What trials came to, in the order in which they are made. */
  readonly answers: (Failed | null)[] = [];
  /** The hash of the user's file with which they were made; null where there is none. */
  answeredBy: string | null = null;
  private readonly file: string;
  /** What was shrunk, by which build: of anything else the answers say nothing. */
  private readonly of: string;
  private keptAtMs = performance.now();

  constructor(folder: string, recording: Recording) {
    this.of = hashValue([inputsOf(recording), origin()]);
    this.file = join(folder, `.shrinking-${recording.scenario}-${recording.seed}-${this.of.slice(0, 6)}.json`);
    this.read();
  }

  /** The answer of trial number `runs`, counted from 1. */
  note({ runs, answer, answeredBy }: Tried): void {
    if (answeredBy !== this.answeredBy) this.answers.length = 0;
    this.answeredBy = answeredBy;
    if (runs <= this.answers.length && isDeepStrictEqual(this.answers[runs - 1], answer)) return;
    // Which trials there are hangs on the answers before: after another one, those that are known are of others.
    this.answers.splice(runs - 1, Infinity, answer);
    if (performance.now() - this.keptAtMs > KEEP_EVERY_MS) this.keep();
  }

  keep(): void {
    unlessLost('what was tried', () =>
      writeWhole(this.file, JSON.stringify({ of: this.of, answeredBy: this.answeredBy, answers: this.answers })),
    );
    this.keptAtMs = performance.now();
  }

  forget(): void {
    rmSync(this.file, { force: true });
  }

  /** A file that is not what was kept here is none: the trials are made again. */
  private read(): void {
    if (!existsSync(this.file)) return;
    try {
      const { of, answeredBy, answers } = memorySchema.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      if (of !== this.of) return;
      this.answeredBy = answeredBy;
      this.answers.push(...answers);
    } catch {
      // A file of another version, or one that somebody has damaged.
    }
  }
}
