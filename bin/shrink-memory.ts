/** What shrinking has tried so far, kept beside the recording, so that an interrupted one goes on where it was. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { inputsOf, type Recording } from '../replay/recording.ts';
import type { Failed } from '../replay/shrink/trials.ts';
import { hashValue } from '../replay/value-hash.ts';
import { unlessLost } from './losses.ts';
import { origin } from './package-info.ts';
import { writeWhole } from './writing.ts';

const answerSchema = z.object({ timeUs: z.number(), events: z.number() }).nullable();
const memorySchema = z.object({ of: z.string(), answers: z.array(answerSchema) });

const KEEP_EVERY_MS = 500;

export class ShrinkMemory {
  /** What trials came to, in the order in which they are made. */
  readonly answers: (Failed | null)[];
  private readonly file: string;
  /** What was shrunk, by which build: of anything else the answers say nothing. */
  private readonly of: string;
  private keptAtMs = performance.now();

  constructor(folder: string, recording: Recording) {
    this.of = hashValue([inputsOf(recording), origin()]);
    this.file = join(folder, `.shrinking-${recording.scenario}-${recording.seed}-${this.of.slice(0, 6)}.json`);
    this.answers = this.read();
  }

  /** The answer of trial number `runs`, counted from 1. */
  note(runs: number, answer: Failed | null): void {
    if (runs <= this.answers.length) return;
    this.answers.push(answer);
    if (performance.now() - this.keptAtMs > KEEP_EVERY_MS) this.keep();
  }

  keep(): void {
    unlessLost('what was tried', () => writeWhole(this.file, JSON.stringify({ of: this.of, answers: this.answers })));
    this.keptAtMs = performance.now();
  }

  forget(): void {
    rmSync(this.file, { force: true });
  }

  /** A file that is not what was kept here is none: the trials are made again. */
  private read(): (Failed | null)[] {
    if (!existsSync(this.file)) return [];
    try {
      const memory = memorySchema.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      return memory.of === this.of ? memory.answers : [];
    } catch {
      return [];
    }
  }
}
