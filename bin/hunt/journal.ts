/**
 * The journal of a hunt: a line for every trial, and for every stretch of healthy seeds, as it is
 * over. A hunt that stops goes on from it.
 */
import { z } from 'zod';
import type { Trial } from '../../scenarios/hunt/hunt-report.ts';
import { shownPath } from '../reading.ts';
import { UsageError } from '../exit-status.ts';
import { isBegun, parseLine, wholeLines } from '../json-lines.ts';
import { unlessLost } from '../losses.ts';
import { append, asAsked, dropTornLine } from '../writing.ts';

const headerSchema = z.strictObject({
  hunt: z.literal(1),
  quorate: z.string(),
  build: z.string(),
  seeds: z.tuple([z.int(), z.int()]),
  trials: z.int(),
  capSeconds: z.number(),
  strategy: z.string(),
});

/** What a hunt does, as far as what was noted depends on it. Which defects it is about does not: more may be hunted later. */
export type HuntHeader = z.infer<typeof headerSchema>;

const findSchema = z.strictObject({
  scenario: z.string(),
  seed: z.int(),
  verdict: z.enum(['ok', 'violation', 'stalled', 'undecided', 'crashed']),
  property: z.string().nullable(),
  recording: z.string().nullable(),
  repro: z.string(),
});
const trialSchema = z.strictObject({
  defect: z.string(),
  trial: z.int(),
  seeds: z.int(),
  cpuSeconds: z.number(),
  find: findSchema.nullable(),
});
const failureSchema = findSchema.extend({ message: z.string().nullable() });
const healthySchema = z.strictObject({ healthy: z.tuple([z.int(), z.int()]), failures: z.array(failureSchema) });
const entrySchema = z.union([trialSchema, healthySchema]);

/** A stretch of seeds on which the healthy platform ran, both ends included, and what failed there. */
export type Healthy = z.infer<typeof healthySchema>;

export class HuntJournal {
  readonly trials: readonly Trial[];
  readonly healthy: readonly Healthy[];
  private readonly path: string;

  /** Opens a journal, or begins one. Throws a UsageError when the file is of another hunt, or none. */
  constructor(path: string, header: HuntHeader) {
    this.path = path;
    asAsked(`--resume ${path}`, () => {
      if (!isBegun(path)) append(path, `${JSON.stringify(header)}\n`);
    });
    const [first = '', ...lines] = wholeLines(path);
    const parse = <T>(schema: z.ZodType<T>, line: string, number: number): T =>
      parseLine(schema, line, { path, number, what: "a hunt's journal" });
    const difference = differs(parse(headerSchema, first, 1), header);
    if (difference !== null)
      throw new UsageError(`--resume ${shownPath(path)}: it is of another hunt (${difference}): take another file, or delete it`);
    const entries = lines.map((line, at) => parse(entrySchema, line, at + 2));
    asAsked(`--resume ${path}`, () => dropTornLine(path));
    this.trials = entries.flatMap((entry) => ('healthy' in entry ? [] : [entry]));
    this.healthy = entries.flatMap((entry) => ('healthy' in entry ? [entry] : []));
  }

  /** What is lost is run again by whoever goes on from the journal. */
  note(entry: Trial | Healthy): void {
    unlessLost(`a line of ${shownPath(this.path)}`, () => append(this.path, `${JSON.stringify(entry)}\n`));
  }
}

/** The first field in which two hunts differ. */
function differs(a: HuntHeader, b: HuntHeader): string | null {
  for (const key of Object.keys(b) as (keyof HuntHeader)[]) {
    if (JSON.stringify(a[key]) !== JSON.stringify(b[key]))
      return `${key} ${JSON.stringify(a[key])}, not ${JSON.stringify(b[key])}`;
  }
  return null;
}
