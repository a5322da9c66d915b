/**
 * A sequence diagram of an explanation, as data: lifelines, and rows of arrows and marks in order
 * of time. Renderers draw it as it is.
 */
import type { Micros } from '../../sim/index.ts';
import type { EntryType, Explanation, Standstill, StoryEntry } from './explanation.ts';

export interface SequenceRow {
  readonly type: EntryType;
  readonly step: number;
  readonly timeUs: Micros;
  /** Positions of lifelines; null: no lifeline's own. An arrow goes from `from` to `at`. */
  readonly from: number | null;
  readonly at: number | null;
  readonly words: string;
  readonly notes: readonly string[];
  readonly essential: boolean;
}

/** How a process stands between two rows, both included. */
export interface SequenceBand {
  readonly lifeline: number;
  readonly how: Standstill['how'];
  readonly firstRow: number;
  readonly lastRow: number;
}

export interface Sequence {
  readonly title: string;
  /** Names of processes, from left to right. */
  readonly lifelines: readonly string[];
  readonly rows: readonly SequenceRow[];
  readonly bands: readonly SequenceBand[];
}

/** More lifelines than this nobody follows. */
const LIFELINES_MAX = 8;

/** `lifelinesMax`: as many as there is room for. */
export function sequenceOf({ violation, story, standstills }: Explanation, lifelinesMax = LIFELINES_MAX): Sequence {
  const lifelines = lifelinesOf(story, Math.min(lifelinesMax, LIFELINES_MAX));
  const position = (name: string | null): number | null =>
    name === null || !lifelines.includes(name) ? null : lifelines.indexOf(name);
  const shown = story.filter(
    ({ type, process, from }) => ALWAYS.has(type) || position(process) !== null || position(from) !== null,
  );
  const rows = shown.map(({ type, step, timeUs, process, from, words, notes, essential }): SequenceRow => ({
    type,
    step,
    timeUs,
    words,
    notes,
    essential,
    from: position(from),
    at: position(process),
  }));
  const bands = standstills.flatMap(({ process, how, fromUs, toUs }) => {
    const lifeline = position(process);
    const firstRow = rows.findIndex(({ timeUs }) => timeUs >= fromUs);
    const lastRow = rows.findLastIndex(({ timeUs }) => timeUs <= toUs);
    return lifeline === null || firstRow < 0 || lastRow < firstRow ? [] : [{ lifeline, how, firstRow, lastRow }];
  });
  return { title: violation.property, lifelines, rows, bands };
}

/** What is shown whether or not it has a lifeline. */
const ALWAYS: ReadonlySet<EntryType> = new Set(['violation', 'fault', 'operation']);

/** Those with most to do with it, in the order in which they come up. */
function lifelinesOf(story: readonly StoryEntry[], most: number): readonly string[] {
  const weights = new Map<string, number>();
  // Who was merely told to do something, and is heard of no more, needs no lifeline.
  for (const { type, process, from, essential } of story.filter(({ type }) => type !== 'operation')) {
    const weight = type === 'violation' ? 100 : essential ? 5 : 1;
    for (const name of [from, process]) if (name !== null) weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  const heaviest = new Set(
    [...weights]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name]) => name),
  );
  return arranged(
    story,
    [...weights.keys()].filter((name) => heaviest.has(name)),
  );
}

/**
 * Arrows are short where those who talk most stand side by side: each name goes next to the one it talks
 * to most of those that have a place.
 */
function arranged(story: readonly StoryEntry[], names: readonly string[]): readonly string[] {
  const [first, ...others] = names;
  if (first === undefined) return [];
  const talk = (a: string, b: string): number =>
    story.filter(({ from, process }) => (from === a && process === b) || (from === b && process === a)).length;
  const placed = [first];
  let left = others;
  while (left.length > 0) {
    const [begin, end] = [placed[0] as string, placed.at(-1) as string];
    const closest = left.toSorted(
      (a, b) => Math.max(talk(b, begin), talk(b, end)) - Math.max(talk(a, begin), talk(a, end)),
    )[0] as string;
    if (talk(closest, begin) > talk(closest, end)) placed.unshift(closest);
    else placed.push(closest);
    left = left.filter((name) => name !== closest);
  }
  return placed;
}
