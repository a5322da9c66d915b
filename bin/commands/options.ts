/** Options that several commands share, read strictly: a slip is one line that says what would have been right. */
import { statSync } from 'node:fs';
import type { Design } from '../../model/design.ts';
import { UsageError } from '../exit-status.ts';
import { readText, shownPath } from '../reading.ts';

/** How long code of the user's may go without a step before it counts as looping, where there is no `--timeout` to say so. */
export const TIMEOUT_MS = 60_000;
/** `--timeout`, of commands that run code of the user's. */
export const TIMEOUT = `${TIMEOUT_MS / 1_000}s`;
export const TIMEOUT_HELP = 'how long your own code may go without a step before it counts as looping';

/** A seed: an integer 0 … 2^53−1 in decimal digits. */
export function parseSeed(text: string, option = '--seed'): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new UsageError(`${option} ${text}: a seed is an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return seed;
}

/** `A..B`, both included, or a single seed. */
export function parseSeeds(text: string): { readonly first: number; readonly last: number } {
  const [first = '', last = first] = text.split('..');
  if (!/^[^.]+(?:\.\.[^.]+)?$/.test(text)) throw new UsageError(`--seeds ${text}: should be a range such as 1..5000`);
  const range = { first: parseSeed(first, '--seeds'), last: parseSeed(last, '--seeds') };
  if (range.last < range.first) throw new UsageError(`--seeds ${text}: the range ends before it begins`);
  return range;
}

/** Throws a UsageError where there is no folder; `hint` says what a file there is not. */
export function checkFolder(path: string, hint: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new UsageError(`${path}: there is no such folder`);
  if (!there.isDirectory()) throw new UsageError(`${path}: is a file; ${hint}`);
}

/** A count of steps or events; `otherwise`: what else it might have been. */
export function parseCount(option: string, text: string, least: number, otherwise = ''): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < least) {
    throw new UsageError(`${option} ${text}: should be an integer, ${least} or more${otherwise}`);
  }
  return count;
}

/** The same with a bound; `hint`: the end of the sentence that names it. */
export function parseAtMost(option: string, text: string, least: number, most: number, hint = ''): number {
  const count = parseCount(option, text, least);
  if (count > most) throw new UsageError(`${option} ${text}: at most ${most}${hint}`);
  return count;
}

/** `--jobs`: each takes tens of megabytes. */
export function parseJobs(text: string): number {
  return parseAtMost('--jobs', text, 1, 64, ', and one for each core is best');
}

/** A duration with its unit, in microseconds; `least` as well. */
export async function parseTime(option: string, text: string, leastUs: number): Promise<number> {
  const { formatDuration, parseDuration, TIME_EXPECTED } = await import('../../scenarios/duration.ts');
  const timeUs = parseDuration(text);
  if (timeUs === null) throw new UsageError(`${option} ${text}: ${TIME_EXPECTED}`);
  if (timeUs < leastUs) throw new UsageError(`${option} ${text}: should be at least ${formatDuration(leastUs)}`);
  return timeUs;
}

/** The same of a time that passes outside the simulation, in milliseconds. */
export async function parseTimeMs(option: string, text: string, leastUs: number): Promise<number> {
  return (await parseTime(option, text, leastUs)) / 1_000;
}

/** `--timeout`, in milliseconds. */
export async function parseTimeout(text: string): Promise<number> {
  return parseTimeMs('--timeout', text, 100_000);
}

/** Throws a UsageError with the nearest name when no defect has one of the ids. */
export async function checkDefects(ids: readonly string[], where: string | null = '--defect'): Promise<void> {
  if (ids.length === 0) return;
  const { defects } = await import('../../scenarios/defects.ts');
  const known = defects.map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const { unknownName } = await import('../../scenarios/nearest.ts');
    throw new UsageError(`${where === null ? '' : `${where}: `}${unknownName('defect', id, known)} (quorate list defects)`);
  }
}

/** Values of a design file; none when there is no file. */
export async function loadDesign(path: string | undefined): Promise<Partial<Design>> {
  if (path === undefined) return {};
  const { readDesign } = await import('../../scenarios/load/design-schema.ts');
  const { designConflict } = await import('../../scenarios/load/design-conflict.ts');
  const { defaultDesign } = await import('../../model/design.ts');
  const design = readDesign(readText(path), shownPath(path));
  const conflict = designConflict({ ...defaultDesign, ...design });
  if (conflict !== null) throw new UsageError(`${shownPath(path)}: ${conflict}`);
  return design;
}

export const STRATEGY_HELP = 'how the next run is chosen: random, pct, novelty, exhaustive or unrestricted';

/** The strategy of that name; the default one when none is asked for. */
export async function checkStrategy(id: string | undefined): Promise<string> {
  const { DEFAULT_STRATEGY, strategies } = await import('../../scenarios/search/strategies.ts');
  if (id === undefined) return DEFAULT_STRATEGY;
  const known = strategies.map((strategy) => strategy.id);
  if (known.includes(id)) return id;
  const { unknownName } = await import('../../scenarios/nearest.ts');
  throw new UsageError(`--strategy: ${unknownName('strategy', id, known)} (${known.join(', ')})`);
}
