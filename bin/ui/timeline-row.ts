/** One event as a line of the timeline: an arrow from the lane of its cause's process to a glyph in its own lane. */
import { EventType } from '../../sim/index.ts';
import type { LanePlan, PlacedLane } from './lanes.ts';
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
  const target = plan.lanes.find(({ process }) => process === event.target);
  const source = plan.lanes.find(({ process }) => process === event.source);
  const glyph = eventGlyph(event);
  if (event.source >= 0 && event.source !== event.target) drawArrow(cells, plan, source, target, event, glyph);
  if (target !== undefined) cells[target.x] = glyph;
  return merged(cells);
}

/** From the source's lane to the cell beside the target's; from or to the edge when a lane is out of sight. */
function drawArrow(
  cells: Span[],
  plan: LanePlan,
  source: PlacedLane | undefined,
  target: PlacedLane | undefined,
  event: TraceEvent,
  glyph: Span,
): void {
  const sourceIsLeft =
    event.outcome === 'lost' || source !== undefined || target !== undefined ? leftOf(plan, source, target, event) : true;
  const from = source?.x ?? (sourceIsLeft ? -1 : plan.width);
  const to = target?.x ?? (sourceIsLeft ? plan.width : -1);
  const step = from < to ? 1 : -1;
  const style: Style = { ...(glyph.colour === undefined ? {} : { colour: glyph.colour }) };
  const dash = event.outcome === 'handled' ? '─' : '╌';
  if (source !== undefined) cells[source.x] = { text: step === 1 ? '├' : '┤', ...style };
  for (let x = from + step; x !== to; x += step) {
    if (x < 0 || x >= cells.length) continue;
    cells[x] = { text: x === to - step ? (step === 1 ? '►' : '◄') : dash, ...style };
  }
}

function leftOf(plan: LanePlan, source: PlacedLane | undefined, target: PlacedLane | undefined, event: TraceEvent): boolean {
  if (source !== undefined && target !== undefined) return source.x < target.x;
  const first = plan.lanes[0]?.process ?? 0;
  return source === undefined ? event.source < first : event.target > first;
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
