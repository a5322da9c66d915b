/** One event as a line of the timeline: an arrow from the lane of its cause's process to a glyph in its own lane. */
import { EventType } from '../../sim/index.ts';
import type { LanePlan } from './lanes.ts';
import type { Line, Span, Style } from './line.ts';
import { signsOf, type Sign } from './sign.ts';
import type { Standing, Survey } from './survey.ts';
import type { TraceEvent } from './trace.ts';

/** What each lane shows where nothing happens. */
const STANDING: Readonly<Record<Standing, Span>> = {
  absent: { text: ' ' },
  up: { text: '│', dim: true },
  struck: { text: '┊', colour: 'yellow' },
  paused: { text: '‖', colour: 'yellow' },
  down: { text: '×', colour: 'magenta', dim: true },
};

const STANDING_MEANS: Readonly<Record<Exclude<Standing, 'absent'>, string>> = {
  up: 'the process is up',
  struck: 'it is up, but a fault weighs on it',
  paused: 'it is paused',
  down: 'it is down',
};

type EventSort = 'message' | 'connection' | 'lost' | 'timer' | 'disk' | 'start' | 'exit' | 'begins' | 'ends';

const EVENT: Readonly<Record<EventSort, Span>> = {
  message: { text: '●', colour: 'blueBright' },
  connection: { text: '○', colour: 'blueBright' },
  lost: { text: '✗', colour: 'magentaBright', bold: true },
  timer: { text: '◔', colour: 'cyan' },
  disk: { text: '▤', colour: 'cyan' },
  start: { text: '▲', colour: 'green' },
  exit: { text: '▼', colour: 'magentaBright' },
  begins: { text: '◆', colour: 'yellowBright' },
  ends: { text: '◇', colour: 'yellowBright' },
};

const EVENT_MEANS: Readonly<Record<EventSort, string>> = {
  message: 'a datagram or message of a connection is handled',
  connection: 'a connection opens, is accepted or ends',
  lost: 'lost on the way; before words: it broke a property',
  timer: 'a timer is due',
  disk: 'the disk has finished something',
  start: 'a process starts',
  exit: 'a process ends by itself',
  begins: 'a fault begins',
  ends: 'a fault ends',
};

const BAND = { begins: '┏', lasts: '┃', ends: '┗', atOnce: '◆' } as const;
const BEYOND = { left: '‹', right: '›' } as const;
/** In the margin: what led to the event looked at, and what it led to. */
export const RELATION = { cause: '↑', effect: '↓' } as const;

export const eventSigns: readonly Sign[] = signsOf(EVENT, EVENT_MEANS);

export const laneSigns: readonly Sign[] = [
  ...signsOf(STANDING, STANDING_MEANS),
  [`${BEYOND.left} ${BEYOND.right}`, 'what processes do that are out of sight there'],
  [`${BAND.begins} ${BAND.lasts} ${BAND.ends}`, 'left of the lanes: a fault begins, lasts, ends'],
  [RELATION.cause, 'this led to the event looked at'],
  [RELATION.effect, 'the event looked at led to this'],
];

export function eventGlyph(event: Pick<TraceEvent, 'type' | 'outcome' | 'kind'>): Span {
  return EVENT[sortOf(event)];
}

function sortOf({ type, outcome, kind }: Pick<TraceEvent, 'type' | 'outcome' | 'kind'>): EventSort {
  if (outcome !== 'handled') return 'lost';
  switch (type) {
    case EventType.timer:
      return 'timer';
    case EventType.disk:
      return 'disk';
    case EventType.open:
    case EventType.opened:
    case EventType.closed:
      return 'connection';
    case EventType.control:
      return controlSort(kind);
    default:
      return 'message';
  }
}

function controlSort(kind: string): EventSort {
  switch (kind) {
    case 'process/start':
      return 'start';
    case 'process/exit':
      return 'exit';
    case 'fault/begins':
      return 'begins';
    default:
      return 'ends';
  }
}

/** The lanes at an event. */
export function laneCells(survey: Survey, plan: LanePlan, event: TraceEvent, selected: number): Line {
  const cells: Span[] = Array.from({ length: plan.width }, () => ({ text: ' ' }));
  for (const { process, x } of plan.lanes) {
    const standing = STANDING[survey.standing(process, event.number)];
    cells[x] = process === selected && standing.text === '│' ? { text: '│', bold: true } : standing;
  }
  const glyph = eventGlyph(event);
  const to = placeOf(plan, event.target);
  const from = event.source < 0 ? to : placeOf(plan, event.source);
  if (from !== to) drawArrow(cells, from, to, event.outcome === 'handled' ? '─' : '╌', glyph);
  if (cells[to] !== undefined) cells[to] = glyph;
  else if (from === to && event.target >= 0) drawBeyond(cells, to, glyph);
  return merged(cells);
}

/** The column of a process; a column beside the lanes, left or right of them, when its own is out of sight. */
function placeOf({ lanes, left, width }: LanePlan, process: number): number {
  return lanes.find((lane) => lane.process === process)?.x ?? (left.has(process) ? -1 : width);
}

/** From the source's lane to the cell beside the target's; from or to the edge when a lane is out of sight. */
function drawArrow(cells: Span[], from: number, to: number, dash: string, { colour }: Span): void {
  const step = from < to ? 1 : -1;
  const style: Style = colour === undefined ? {} : { colour };
  if (cells[from] !== undefined) cells[from] = { text: step === 1 ? '├' : '┤', ...style };
  for (let x = from + step; x !== to; x += step) cells[x] = { text: x === to - step ? (step === 1 ? '►' : '◄') : dash, ...style };
}

/** All that there is to see of an event whose processes are out of sight on the same side. */
function drawBeyond(cells: Span[], side: number, { colour }: Span): void {
  const [edge, text] = side < 0 ? [0, BEYOND.left] : [cells.length - 1, BEYOND.right];
  if (cells[edge] !== undefined) cells[edge] = { text, ...(colour === undefined ? {} : { colour }) };
}

/** How many columns the bands of faults take. */
export function bandColumns(survey: Survey): number {
  return Math.min(
    3,
    survey.faults.reduce((most, { column }) => Math.max(most, column + 1), 0),
  );
}

/** The bands of the faults that last at an event. */
export function bandCells(survey: Survey, event: number, columns: number): Line {
  const cells: Span[] = Array.from({ length: columns }, () => ({ text: ' ' }));
  for (const { column, first, last } of survey.faults) {
    if (column < 0 || column >= columns || event < first || (last !== null && event > last)) continue;
    const text = first === last ? BAND.atOnce : event === first ? BAND.begins : event === last ? BAND.ends : BAND.lasts;
    cells[column] = { text, colour: 'yellow' };
  }
  return cells;
}

/** Neighbouring cells of one style become one span. */
function merged(cells: readonly Span[]): Line {
  const spans: Span[] = [];
  for (const cell of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.colour === cell.colour && last.bold === cell.bold && last.dim === cell.dim) {
      spans[spans.length - 1] = { ...last, text: last.text + cell.text };
    } else {
      spans.push(cell);
    }
  }
  return spans;
}
