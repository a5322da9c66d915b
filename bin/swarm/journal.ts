/**
 * The journal of a swarm: a line for every run as it ends, so that a swarm that is killed loses nothing but what was under way,
 * goes on where it was, and shards on many machines can be added up.
 */
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { UsageError } from '../exit-status.ts';
import { shownPath } from '../reading.ts';
import { isBegun, parseLine, wholeLines } from '../json-lines.ts';
import { unlessLost } from '../losses.ts';
import type { Told } from '../reporters/swarm/reporter.ts';
import { append, asAsked, dropTornLine, openFolder } from '../writing.ts';

const headerSchema = z.strictObject({
  journal: z.literal(1),
  quorate: z.string(),
  build: z.string(),
  /** First and last seed of all shards together. */
  seeds: z.tuple([z.int(), z.int()]),
  /** Counted from 1. */
  shard: z.tuple([z.int(), z.int()]),
  scenarios: z.array(z.string()),
  /** Some of them are the user's own: what crashes then may be their code. */
  users: z.boolean(),
  every: z.boolean(),
  defects: z.array(z.string()),
  strategy: z.string(),
  probes: z.array(z.strictObject({ scenarios: z.array(z.string()), probes: z.array(z.string()) })),
  /** Names, or `all`. */
  required: z.array(z.string()),
});

/** What a swarm does, as far as its results depend on it. */
export type JournalHeader = z.infer<typeof headerSchema>;

const verdictSchema = z.enum(['ok', 'violation', 'stalled', 'undecided', 'crashed']);
const failureSchema = z.strictObject({
  scenario: z.string(),
  seed: z.int(),
  verdict: verdictSchema,
  property: z.string().nullable(),
  message: z.string().nullable(),
  waiting: z.array(z.strictObject({ property: z.string(), waitsFor: z.string(), sinceUs: z.int() })),
  drawn: z.array(z.string()),
  recording: z.string().nullable(),
  repro: z.string(),
});
const runSchema = z.strictObject({
  scenario: z.string(),
  seed: z.int(),
  verdict: verdictSchema,
  property: z.string().nullable(),
  message: z.string().nullable(),
  events: z.int(),
  simulatedUs: z.int(),
  digest: z.string(),
  hits: z.array(z.string()),
  exits: z.array(z.strictObject({ process: z.string(), times: z.int(), reason: z.string() })).default([]),
  failure: failureSchema.nullable(),
});
/** A run of a seed that was known to fail, made again before all others. */
const knownSchema = z.strictObject({ known: runSchema });
const againSchema = z.strictObject({ again: z.int(), scenario: z.string(), digests: z.tuple([z.string(), z.string()]) });
const timeSchema = z.strictObject({ wallMs: z.number() });
const entrySchema = z.union([runSchema, knownSchema, againSchema, timeSchema]);

/** A run repeated in another process: the seed, and the digests here and there. */
export type Again = z.infer<typeof againSchema>;

export interface JournalRun {
  readonly result: Told;
  readonly failure: SwarmFailure | null;
}

/** What stands in a journal. */
export interface JournalContent {
  readonly header: JournalHeader;
  /** What was known to fail, and made again. */
  readonly known: readonly JournalRun[];
  readonly runs: readonly JournalRun[];
  readonly again: readonly Again[];
  /** How long it took, over all its lives. */
  readonly wallMs: number;
}

export class SwarmJournal {
  readonly content: JournalContent;
  private readonly path: string;
  private readonly folder: string;

  /** Opens the journal of a shard in a folder, or begins it. Throws a UsageError when another swarm's stands there. */
  constructor(folder: string, header: JournalHeader) {
    this.folder = resolve(folder);
    this.path = join(this.folder, fileName(header));
    openFolder(this.folder, `--journal ${folder}`);
    asAsked(`--journal ${folder}`, () => {
      if (!isBegun(this.path)) append(this.path, `${JSON.stringify(header)}\n`);
    });
    this.content = readJournal(this.path);
    const difference = differs(this.content.header, header);
    if (difference !== null)
      throw new UsageError(
        `--journal ${folder}: there is one of another swarm (${difference}): take another folder, or delete ${shownPath(this.path)}`,
      );
    asAsked(`--journal ${folder}`, () => dropTornLine(this.path));
  }

  /** Appended in one piece: what belongs to one seed is there whole or not at all, but for a machine that dies in between. */
  ran(runs: readonly JournalRun[]): void {
    this.append(runs.map((run) => this.entryOf(run)));
  }

  ranKnown(run: JournalRun): void {
    this.append([{ known: this.entryOf(run) }]);
  }

  repeated(again: readonly Again[]): void {
    this.append(again);
  }

  took(wallMs: number): void {
    this.append([{ wallMs }]);
  }

  /** What is lost is run again by whoever goes on from the journal. */
  private append(entries: readonly object[]): void {
    if (entries.length > 0)
      unlessLost(`a line of ${shownPath(this.path)}`, () =>
        append(this.path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
      );
  }

  private entryOf({ result, failure }: JournalRun): object {
    return { ...result, failure: failure === null ? null : this.noted(failure) };
  }

  /** Without what is made of it when the swarm is over. */
  private noted(whole: SwarmFailure): object {
    const { small: _, ...failure } = whole;
    return { ...failure, recording: this.fromHere(failure.recording) };
  }

  /** Journals travel together with the recordings beside them. */
  private fromHere(recording: string | null): string | null {
    return recording === null ? null : relative(this.folder, resolve(recording)).replaceAll('\\', '/');
  }
}

export const JOURNAL_SUFFIX = '.swarm.jsonl';

function fileName({ shard: [index, count] }: JournalHeader): string {
  return `shard-${index}-of-${count}${JOURNAL_SUFFIX}`;
}

/** Reads a journal; recordings come with paths as the user would write them. Throws a UsageError that names the line. */
export function readJournal(path: string): JournalContent {
  const [first = '', ...lines] = wholeLines(path);
  const header = parse(headerSchema, first, path, 1);
  const known: JournalRun[] = [];
  const runs: JournalRun[] = [];
  const again: Again[] = [];
  let wallMs = 0;
  for (const [at, line] of lines.entries()) {
    const entry = parse(entrySchema, line, path, at + 2);
    if ('again' in entry) again.push(entry);
    else if ('known' in entry) known.push(runOf(entry.known, path));
    else if ('wallMs' in entry) wallMs += entry.wallMs;
    else runs.push(runOf(entry, path));
  }
  return { header, known, runs, again, wallMs };
}

function runOf({ failure, ...result }: z.infer<typeof runSchema>, path: string): JournalRun {
  if (failure === null) return { result, failure };
  const recording = failure.recording === null ? null : shownPath(resolve(path, '..', failure.recording));
  return { result, failure: { ...failure, recording, small: null } };
}

function parse<T>(schema: z.ZodType<T>, line: string, path: string, number: number): T {
  return parseLine(schema, line, { path, number, what: "a swarm's journal" });
}

/** The first field in which two swarms differ, but for the shard's number. */
export function differs(a: JournalHeader, b: JournalHeader): string | null {
  for (const key of Object.keys(a) as (keyof JournalHeader)[]) {
    const [left, right] = key === 'shard' ? [a.shard[1], b.shard[1]] : [a[key], b[key]];
    if (JSON.stringify(left) !== JSON.stringify(right)) return `${key} ${JSON.stringify(left)}, not ${JSON.stringify(right)}`;
  }
  return null;
}
