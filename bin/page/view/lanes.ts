/** A column for each process: how it stands, and the events that reach it. */
import type { Standing } from '../../ui/survey.ts';
import type { Overview, Row } from '../protocol.ts';
import { regionClass } from './app.ts';
import { svg } from './dom.ts';
import { glyphAt } from './glyphs.ts';
import { cut } from './words.ts';

/** Of a line of the list. */
export const ROW_HEIGHT = 20;
const PITCH_MAX = 22;
const PITCH_MIN = 5;
const HEADS_HEIGHT = 80;
/** Names of groups stand as steep as this, so that they do not need more width than a lane has. */
const SLOPE = -52;
/** Longer names would not fit in height. */
const NAME_MAX = 16;
/** From the middle of a lane to where an arrow ends. */
const ARROW_GAP = 4;

/** What all lanes take, of `room` at most. */
export function laneWidth({ lanes }: Overview, room: number): number {
  const pitch = Math.max(PITCH_MIN, Math.min(PITCH_MAX, room / Math.max(1, lanes.length)));
  return Math.round(pitch * lanes.length);
}

/** By position of the process, the middle of its lane. */
function places({ lanes }: Overview, width: number): ReadonlyMap<number, number> {
  const pitch = width / Math.max(1, lanes.length);
  return new Map(lanes.map(({ process }, at) => [process, (at + 0.5) * pitch]));
}

/** The name of each group above its first lane, and that of the selected process above its own. */
export function laneHeads(overview: Overview, width: number, selected: number): SVGSVGElement {
  const xs = places(overview, width);
  const drawing = svg('svg', { class: 'heads', width: width + 60, height: HEADS_HEIGHT });
  const own = xs.get(selected);
  let free = -Infinity;
  for (const { process, group } of overview.lanes) {
    const x = xs.get(process) as number;
    drawing.append(svg('rect', { class: regionClass(overview, process), x: x - 1.5, y: HEADS_HEIGHT - 5, width: 3, height: 5 }));
    // Names too near to the one before, or to that of the selected process, would be drawn over each other.
    if (group === null || x < free || (own !== undefined && Math.abs(x - own) < 12)) continue;
    drawing.append(headText(group, x, 'group'));
    free = x + 11;
  }
  if (own !== undefined)
    drawing.append(
      headText(cut(overview.processes[selected]?.name ?? '', NAME_MAX), own, `selected ${regionClass(overview, selected)}`),
    );
  return drawing;
}

function headText(text: string, x: number, style: string): SVGElement {
  return svg('text', { class: style, transform: `translate(${x + 3} ${HEADS_HEIGHT - 8}) rotate(${SLOPE})` }, text);
}

export function drawLanes(overview: Overview, rows: readonly Row[], width: number, selected: number): readonly SVGElement[] {
  const xs = places(overview, width);
  const lines = overview.lanes.flatMap(({ process }) =>
    laneLines(rows, process, xs.get(process) as number, process === selected),
  );
  const events = rows.flatMap((row, at) => eventShapes(row, xs, at * ROW_HEIGHT + ROW_HEIGHT / 2, width));
  return [...lines, ...events];
}

/** A lane from top to bottom, in pieces of one standing. */
function laneLines(rows: readonly Row[], process: number, x: number, isSelected: boolean): readonly SVGElement[] {
  const lines: SVGElement[] = [];
  for (let first = 0, at = 1; at <= rows.length; at++) {
    const standing: Standing = rows[first]?.standings[process] ?? 'absent';
    if (at < rows.length && rows[at]?.standings[process] === standing) continue;
    if (standing !== 'absent') {
      lines.push(
        svg('line', {
          class: `lane ${standing}${isSelected ? ' selected' : ''}`,
          x1: x,
          x2: x,
          y1: first * ROW_HEIGHT,
          y2: at * ROW_HEIGHT,
        }),
      );
    }
    first = at;
  }
  return lines;
}

/** The arrow from whoever caused an event to whom it reached, and its shape there. */
function eventShapes(
  { source, target, glyph }: Row,
  xs: ReadonlyMap<number, number>,
  y: number,
  width: number,
): readonly SVGElement[] {
  const to = xs.get(target);
  const from = xs.get(source);
  const shapes: SVGElement[] = [];
  if (from !== undefined && to !== undefined && source !== target) {
    const end = to - Math.sign(to - from) * ARROW_GAP;
    shapes.push(
      svg('line', { class: `arrow ${glyph}`, x1: from, x2: end, y1: y, y2: y }),
      svg('circle', { class: `arrow-start ${glyph}`, cx: from, cy: y, r: 1.6 }),
    );
  }
  // What happens to no process, such as a fault on links, happens to all of them.
  if (to === undefined) shapes.push(svg('line', { class: `across ${glyph}`, x1: 0, x2: width, y1: y, y2: y }));
  const x = to ?? width / 2;
  return [...shapes, svg('circle', { class: 'behind', cx: x, cy: y, r: 4 }), glyphAt(glyph, x, y)];
}
