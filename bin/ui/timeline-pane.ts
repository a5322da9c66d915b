/** The timeline: a line for each event, a lane for each process, the event looked at in the middle. */
import { whatLedTo } from './cause-chain.ts';
import { placeLanes, type LanePlan, type PlacedLane } from './lanes.ts';
import { fitLine, restyle, span, type Line, type Span } from './line.ts';
import { happening, participants, type Model } from './model.ts';
import { selectedProcess } from './motions.ts';
import { bandCells, bandColumns, laneCells, RELATION } from './timeline-row.ts';
import type { ViewState } from './view-state.ts';

/** Rows above the events: the lanes' groups, and their labels written downwards. */
const LABEL_ROWS_MAX = 3;
/** Words need this much of the line; lanes share the rest. */
const WORDS_SHARE = 0.36;
const WORDS_MIN = 16;
/** Effects that are marked in the margin. */
const EFFECTS_MAX = 50;

interface Columns {
  readonly numberWidth: number;
  readonly timeWidth: number;
  readonly bands: number;
  readonly plan: LanePlan;
}

export function timelinePane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  const selected = selectedProcess(state, model, state.cursor);
  const columns = columnsOf(state, model, width, selected);
  const labels = rows >= 8 ? labelRows(columns, selected, rows >= 14) : [];
  const events = visibleEvents(state, model, rows - labels.length);
  const chain = new Set(whatLedTo(model, state.cursor).events);
  const effects = new Set(state.cursor === 0 ? [] : model.survey.trace.effectsOf(state.cursor, EFFECTS_MAX));
  return [
    ...labels,
    ...events.map((event) => {
      const mark = chain.has(event) ? RELATION.cause : effects.has(event) ? RELATION.effect : ' ';
      const row = event === 0 ? startRow(columns) : eventRow(model, columns, event, selected);
      const pointed: Line = [span(event === state.cursor ? '►' : ' ', { bold: true }), span(mark, { colour: 'yellow' }), ...row];
      return event === state.cursor ? restyle(fitLine(pointed, width), { inverse: true }) : pointed;
    }),
  ];
}

function columnsOf(state: ViewState, model: Model, width: number, selected: number): Columns {
  const { survey, lanes } = model;
  const numberWidth = Math.max(4, String(survey.trace.length).length);
  const timeWidth = width >= 60 ? 10 : 0;
  const bands = bandColumns(survey);
  const left = width - 2 - numberWidth - 1 - timeWidth - (timeWidth > 0 ? 1 : 0) - bands - (bands > 0 ? 1 : 0) - 2;
  const room = Math.max(2, Math.min(left - WORDS_MIN, Math.floor(left * (1 - WORDS_SHARE))));
  const focus = lanes.findIndex(({ process }) => process === (state.pinned ?? selected));
  return { numberWidth, timeWidth, bands, plan: placeLanes(lanes, room, Math.max(0, focus)) };
}

/** The events around the cursor. Which ones depends on the cursor alone, so that going back shows the same frame. */
function visibleEvents(state: ViewState, model: Model, rows: number): readonly number[] {
  const { filter, cursor } = state;
  const count = Math.max(1, rows);
  if (filter !== null) {
    const found = filter.events.findIndex((event) => event >= cursor);
    const at = found < 0 ? filter.events.length : found;
    // The event looked at stands among those that match, whether it does or not.
    const after = filter.events.slice(filter.events[at] === cursor ? at + 1 : at);
    const events = [...filter.events.slice(0, at), cursor, ...after];
    const first = Math.max(0, Math.min(at - (count >> 1), events.length - count));
    return events.slice(first, first + count);
  }
  const { length } = model.survey.trace;
  const first = Math.max(0, Math.min(cursor - (count >> 1), length + 1 - count));
  return Array.from({ length: Math.min(count, length + 1 - first) }, (_, at) => first + at);
}

function margin({ numberWidth, timeWidth, bands }: Columns): number {
  return 2 + numberWidth + 1 + timeWidth + (timeWidth > 0 ? 1 : 0) + bands + (bands > 0 ? 1 : 0);
}

function eventRow(model: Model, columns: Columns, number: number, selected: number): Line {
  const { survey } = model;
  const event = survey.trace.event(number);
  // The end of a run breaks nothing: a goal was not reached before.
  const broken = number === survey.violationEvent && survey.stalledSince === 0;
  return [
    span(String(number).padStart(columns.numberWidth), broken ? { colour: 'magentaBright', bold: true } : {}),
    span(' '),
    ...(columns.timeWidth === 0 ? [] : [span(clockTime(event.timeUs).padStart(columns.timeWidth), { dim: true }), span(' ')]),
    ...bandCells(survey, number, columns.bands),
    ...(columns.bands > 0 ? [span(' ')] : []),
    ...laneCells(survey, columns.plan, event, selected),
    span('  '),
    // The lanes show who it was, so names come last, where they may be cut.
    ...(broken
      ? [span(`✗ ${happening(model, event)}`, { colour: 'magentaBright', bold: true })]
      : [span(happening(model, event))]),
    span(`  ${participants(model, event)}`, { dim: true }),
  ];
}

function startRow(columns: Columns): Line {
  const indent = margin(columns) - 2 - columns.numberWidth + columns.plan.width + 2;
  return [
    span('0'.padStart(columns.numberWidth)),
    span(' '.repeat(indent)),
    span('the start: nothing has happened yet', { dim: true }),
  ];
}

/** Seconds with six digits after the point. */
function clockTime(timeUs: number): string {
  return `${Math.floor(timeUs / 1_000_000)}.${String(timeUs % 1_000_000).padStart(6, '0')}`;
}

function labelRows(columns: Columns, selected: number, spacious: boolean): readonly Line[] {
  const { plan } = columns;
  const depth = Math.min(LABEL_ROWS_MAX, Math.max(...plan.lanes.map(({ label }) => label.length), 0));
  const indent = span(' '.repeat(margin(columns)));
  const rows: Line[] = groupRows(plan, spacious).map((cells) => [indent, ...cells]);
  for (let letter = 0; letter < depth; letter++) {
    const cells: Span[] = Array.from({ length: plan.width }, () => ({ text: ' ' }));
    for (const { x, label, process } of plan.lanes) {
      // Short labels stand at the bottom, next to their lanes.
      const character = label.slice(-depth).padStart(depth)[letter] as string;
      cells[x] = span(character, process === selected ? { bold: true } : { dim: true });
    }
    rows.push([indent, ...cells]);
  }
  return rows;
}

/** The name of each group above its first lane: on one row, or on two in turn where names would be cut. */
function groupRows(plan: LanePlan, spacious: boolean): readonly Line[] {
  const starts = plan.lanes.filter(({ group }, at) => plan.lanes[at - 1]?.group !== group);
  const cut = starts.some(({ group, x }, at) => x + group.length >= (starts[at + 1]?.x ?? Infinity));
  if (!cut || !spacious) return [groupCells(plan, starts)];
  return [
    groupCells(
      plan,
      starts.filter((_, at) => at % 2 === 0),
    ),
    groupCells(
      { ...plan, hiddenLeft: 0, hiddenRight: 0 },
      starts.filter((_, at) => at % 2 === 1),
    ),
  ];
}

/** Names are cut where the next one begins; what is out of sight is counted at the end. */
function groupCells({ width, hiddenLeft, hiddenRight }: LanePlan, starts: readonly PlacedLane[]): Line {
  const cells: Span[] = [];
  let at = 0;
  starts.forEach(({ group, x }, position) => {
    const next = starts[position + 1];
    const name = next === undefined ? group : group.slice(0, Math.max(1, next.x - x - 1));
    cells.push(span(' '.repeat(Math.max(0, x - at))), span(name, { colour: 'cyan' }));
    at = x + name.length;
  });
  const hidden = [hiddenLeft > 0 ? `‹ ${hiddenLeft} more` : '', hiddenRight > 0 ? `${hiddenRight} more ›` : ''].filter(
    (text) => text !== '',
  );
  if (hidden.length > 0) cells.push(span(' '.repeat(Math.max(1, width - at + 2))), span(hidden.join('  '), { dim: true }));
  return cells;
}
