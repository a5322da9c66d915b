/** Draws a sequence diagram in characters, within a width. */
import type { Sequence, SequenceRow } from '../../replay/explain/sequence.ts';
import { formatTime } from '../../sim/time.ts';

export interface TextOptions {
  /** Columns. */
  readonly width: number;
  /** Only characters of ASCII, where a terminal shows no others. */
  readonly ascii: boolean;
}

interface Signs {
  readonly life: string;
  readonly dash: string;
  readonly right: string;
  readonly left: string;
  readonly paused: string;
  readonly down: string;
  readonly cut: string;
  readonly marks: Readonly<Record<SequenceRow['type'], string>>;
}

const UNICODE: Signs = {
  life: '│', dash: '─', right: '►', left: '◄', paused: '‖', down: '×', cut: '┊',
  marks: { fault: '◆', heal: '◇', operation: '○', start: '▲', end: '▼', message: '●', event: '◔', crossing: '■', change: '◈', violation: '✗' },
};
const ASCII: Signs = {
  life: '|', dash: '-', right: '>', left: '<', paused: '"', down: 'x', cut: ':',
  marks: { fault: '#', heal: '#', operation: 'o', start: '^', end: 'v', message: '*', event: '@', crossing: '=', change: '~', violation: 'X' },
};

/** Of an arrow, with its words above it nobody needs more. */
const PITCH_MAX = 24;
const PITCH_MIN = 9;

/** How many lifelines fit into a width. */
export function lifelinesWithin(width: number): number {
  return Math.max(2, Math.floor((width - TIME_COLUMNS) / PITCH_MIN));
}

const TIME_COLUMNS = 13;

export function sequenceText({ lifelines, rows, bands }: Sequence, { width, ascii }: TextOptions): string {
  const signs = ascii ? ASCII : UNICODE;
  const pitch = Math.max(PITCH_MIN, Math.min(PITCH_MAX, Math.floor((width - TIME_COLUMNS) / Math.max(1, lifelines.length))));
  const x = (lifeline: number): number => TIME_COLUMNS + lifeline * pitch + (pitch >> 1);
  const lives = (row: number): string[] => {
    const cells = Array.from({ length: width }, () => ' ');
    lifelines.forEach((_, at) => {
      const band = bands.find(({ lifeline, firstRow, lastRow }) => lifeline === at && row > firstRow && row <= lastRow);
      cells[x(at)] = band === undefined ? signs.life : band.how === 'paused' ? signs.paused : band.how === 'down' ? signs.down : signs.cut;
    });
    return cells;
  };
  const head = Array.from({ length: width }, () => ' ');
  lifelines.forEach((name, at) => write(head, x(at) - (Math.min(name.length, pitch - 1) >> 1), shortened(name, pitch - 1, ascii)));
  const lines = [head.join('').trimEnd()];
  rows.forEach((row, at) => {
    for (const cells of rowLines(row, lives(at), x, signs, width, ascii)) lines.push(cells.join('').trimEnd());
  });
  const text = lines.join('\n');
  // Names of the platform's own are ASCII; words of others may not be.
  return ascii ? text.replaceAll('→', '>').replaceAll('…', '.').replace(/[^\n\u0020-\u007e]/g, '?') : text;
}

function rowLines(row: SequenceRow, cells: readonly string[], x: (lifeline: number) => number, signs: Signs, width: number, ascii: boolean): readonly (readonly string[])[] {
  const first = [...cells];
  write(first, 0, `${row.essential ? '*' : ' '}${formatTime(row.timeUs).padStart(11)}`);
  const notes = row.notes.map((note) => writtenAcross(cells, `(${note})`, width, ascii));
  if (row.type === 'violation') return [first, ...wrapped(`${signs.marks.violation} ${row.words}`, width - TIME_COLUMNS).map((line) => writtenAcross(cells, line, width, ascii))];
  if (row.from === null || row.at === null || row.from === row.at) {
    const lifeline = row.at ?? row.from;
    const column = lifeline === null ? TIME_COLUMNS : x(lifeline);
    const room = width - column - 2;
    const isLeft = room < row.words.length && column - TIME_COLUMNS > room;
    const words = shortened(row.words, isLeft ? column - TIME_COLUMNS - 1 : room, ascii);
    write(first, column, signs.marks[row.type]);
    write(first, isLeft ? column - 1 - words.length : column + 2, words);
    return [first, ...notes];
  }
  const [start, end] = [x(row.from), x(row.at)];
  const arrow = [...cells];
  const step = start < end ? 1 : -1;
  for (let at = start + step; at !== end; at += step) arrow[at] = signs.dash;
  arrow[end - step] = step > 0 ? signs.right : signs.left;
  const words = shortened(row.words, width - TIME_COLUMNS - 1, ascii);
  const middle = (start + end) >> 1;
  write(first, Math.max(TIME_COLUMNS, Math.min(middle - (words.length >> 1), width - words.length)), words);
  return [first, arrow, ...notes];
}

function writtenAcross(cells: readonly string[], text: string, width: number, ascii: boolean): readonly string[] {
  const line = [...cells];
  write(line, TIME_COLUMNS, shortened(text, width - TIME_COLUMNS, ascii));
  return line;
}

function write(cells: string[], from: number, text: string): void {
  [...text].forEach((character, at) => {
    if (from + at >= 0 && from + at < cells.length) cells[from + at] = character;
  });
}

function shortened(text: string, most: number, ascii: boolean): string {
  if (text.length <= most) return text;
  return ascii ? `${text.slice(0, Math.max(1, most - 2))}..` : `${text.slice(0, Math.max(1, most - 1))}…`;
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
