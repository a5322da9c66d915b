/** One event as a line of the timeline: an arrow from the lane of its cause's process to a glyph in its own lane. */
import { EventType } from '../../sim/index.ts';
import type { LanePlan } from './lanes.ts';
import type { Line, Span, Style } from './line.ts';
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

/** The legend of all glyphs, for help and manual. */
export const legend: readonly (readonly [string, string])[] = [
  ['●', 'a datagram or a message on a connection is handled'],
  ['○', 'a connection opens, is accepted or ends'],
  ['✗', 'lost on the way'],
  ['◔', 'a timer is due'],
  ['▤', 'the disk has finished something'],
  ['▲', 'a process starts'],
  ['▼', 'a process ends by itself'],
  ['◆', 'a fault begins'],
  ['◇', 'a fault ends'],
  ['│', 'the process is up'],
  ['┊', 'it is up, but a fault weighs on it'],
  ['‖', 'it is paused'],
  ['×', 'it is down'],
  ['┃', 'how long a fault lasts, at the left of the lanes'],
  ['↑', 'this led to the event looked at'],
  ['↓', 'the event looked at led to this'],
];

export function eventGlyph({ type, outcome, kind }: Pick<TraceEvent, 'type' | 'outcome' | 'kind'>): Span {
  if (outcome !== 'handled') return { text: '✗', colour: 'magentaBright', bold: true };
  switch (type) {
    case EventType.timer:
      return { text: '◔', colour: 'cyan' };
    case EventType.disk:
      return { text: '▤', colour: 'cyan' };
    case EventType.open:
    case EventType.opened:
    case EventType.closed:
      return { text: '○', colour: 'blueBright' };
    case EventType.control:
      return controlGlyph(kind);
    default:
      return { text: '●', colour: 'blueBright' };
  }
}

function controlGlyph(kind: string): Span {
  switch (kind) {
    case 'process/start':
      return { text: '▲', colour: 'green' };
    case 'process/exit':
      return { text: '▼', colour: 'magentaBright' };
    case 'fault/begins':
      return { text: '◆', colour: 'yellowBright' };
    default:
      return { text: '◇', colour: 'yellowBright' };
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
  const [edge, text] = side < 0 ? [0, '‹'] : [cells.length - 1, '›'];
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
    const text = first === last ? '◆' : event === first ? '┏' : event === last ? '┗' : '┃';
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
