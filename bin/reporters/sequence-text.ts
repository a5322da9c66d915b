/** Draws a sequence diagram in characters, within a width. */
import type { Sequence, SequenceRow } from '../../replay/explain/sequence.ts';
import { formatTime } from '../../sim/time.ts';
import { shortened, wrapped } from './fitted-text.ts';

const LIFE = '│';
const BANDS = { paused: '‖', down: '×', 'cut off': '┊' } as const;
/** Of the kinds of entries, in the drawing and in the story above it; what the terminal UI shows too has its mark there. */
export const STORY_MARKS: Readonly<Record<SequenceRow['type'], string>> = {
  fault: '◆',
  heal: '◇',
  operation: '▷',
  start: '▲',
  end: '▼',
  message: '●',
  event: '◔',
  crossing: '■',
  change: '◈',
  violation: '✗',
};

/** Of an arrow, with its words above it nobody needs more. */
const PITCH_MAX = 24;
const PITCH_MIN = 9;

/** How many lifelines fit into a width. */
export function lifelinesWithin(width: number): number {
  return Math.max(2, Math.floor((width - TIME_COLUMNS) / PITCH_MIN));
}

const TIME_COLUMNS = 13;

/** `width`: columns. */
export function sequenceText({ lifelines, rows, bands }: Sequence, width: number): string {
  const pitch = Math.max(PITCH_MIN, Math.min(PITCH_MAX, Math.floor((width - TIME_COLUMNS) / Math.max(1, lifelines.length))));
  const x = (lifeline: number): number => TIME_COLUMNS + lifeline * pitch + (pitch >> 1);
  const lives = (row: number): string[] => {
    const cells = Array.from({ length: width }, () => ' ');
    lifelines.forEach((_, at) => {
      const band = bands.find(({ lifeline, firstRow, lastRow }) => lifeline === at && row > firstRow && row <= lastRow);
      cells[x(at)] = band === undefined ? LIFE : BANDS[band.how];
    });
    return cells;
  };
  const lines = headLines(lifelines, x, pitch, width);
  rows.forEach((row, at) => {
    for (const cells of rowLines(row, lives(at), x, width)) lines.push(cells.join('').trimEnd());
  });
  return lines.join('\n');
}

/** Names above their lifelines; on two lines by turns where one is too narrow for them. */
function headLines(lifelines: readonly string[], x: (lifeline: number) => number, pitch: number, width: number): string[] {
  const turns = lifelines.some((name) => name.length >= pitch) ? 2 : 1;
  return Array.from({ length: turns }, (_, turn) => {
    const cells = Array.from({ length: width }, () => ' ');
    lifelines.forEach((name, at) => {
      if (at % turns !== turn) {
        if (turn > at % turns) cells[x(at)] = LIFE;
        return;
      }
      const shown = shortened(name, pitch * turns - 1);
      write(cells, Math.max(0, Math.min(x(at) - (shown.length >> 1), width - shown.length)), shown);
    });
    return cells.join('').trimEnd();
  });
}

function rowLines(
  row: SequenceRow,
  cells: readonly string[],
  x: (lifeline: number) => number,
  width: number,
): readonly (readonly string[])[] {
  const first = [...cells];
  write(first, 0, `${row.essential ? '*' : ' '}${formatTime(row.timeUs).padStart(11)}`);
  const notes = row.notes.map((note) => writtenAcross(cells, `(${note})`, width));
  if (row.type === 'violation')
    return [
      first,
      ...wrapped(`${STORY_MARKS.violation} ${row.words}`, width - TIME_COLUMNS).map((line) => writtenAcross(cells, line, width)),
    ];
  if (row.from === null || row.at === null || row.from === row.at) {
    const lifeline = row.at ?? row.from;
    const column = lifeline === null ? TIME_COLUMNS : x(lifeline);
    const room = width - column - 2;
    const isLeft = room < row.words.length && column - TIME_COLUMNS > room;
    const words = shortened(row.words, isLeft ? column - TIME_COLUMNS - 1 : room);
    write(first, column, STORY_MARKS[row.type]);
    write(first, isLeft ? column - 1 - words.length : column + 2, words);
    return [first, ...notes];
  }
  const [start, end] = [x(row.from), x(row.at)];
  const arrow = [...cells];
  const step = start < end ? 1 : -1;
  for (let at = start + step; at !== end; at += step) arrow[at] = '─';
  arrow[end - step] = step > 0 ? '►' : '◄';
  const words = shortened(row.words, width - TIME_COLUMNS - 1);
  const middle = (start + end) >> 1;
  write(first, Math.max(TIME_COLUMNS, Math.min(middle - (words.length >> 1), width - words.length)), words);
  return [first, arrow, ...notes];
}

function writtenAcross(cells: readonly string[], text: string, width: number): readonly string[] {
  const line = [...cells];
  write(line, TIME_COLUMNS, shortened(text, width - TIME_COLUMNS));
  return line;
}

function write(cells: string[], from: number, text: string): void {
  Array.from(text).forEach((character, at) => {
    if (from + at >= 0 && from + at < cells.length) cells[from + at] = character;
  });
}
