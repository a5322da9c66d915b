/** The state of one process after the event looked at, and what that event changed. */
import { cellWidth, wrap } from './cell-width.ts';
import { compareFields, PATH_SEPARATOR, shownPath, valueChange, type Mark, type MarkedField } from './fields.ts';
import { line, span, type Colour, type Line } from './line.ts';
import { processName, type Model } from './model.ts';
import { selectedProcess } from './motions.ts';
import type { Sign } from './sign.ts';
import type { ViewState } from './view-state.ts';

/** Of a changed field's line the path takes so much at most. */
const PATH_SHARE = 0.6;
/** Longer names push their values to the right. */
const NAME_WIDTH_MAX = 16;
/** What the letters say that stand before fields. */
const MARK_MEANS: Readonly<Record<Exclude<Mark, ' '>, string>> = { M: 'modified', A: 'added', D: 'deleted' };
const MARK_COLOUR: Readonly<Record<Mark, Colour | null>> = { A: 'blueBright', M: 'yellow', D: 'magentaBright', ' ': null };

export const markSigns: readonly Sign[] = Object.entries(MARK_MEANS).map(([mark, means]) => [
  mark,
  `this field was ${means} by the event looked at`,
]);

export function stateTitle(state: ViewState, model: Model): string {
  const process = selectedProcess(state, model, state.cursor);
  if (process < 0) return 'state';
  const { state: standing, incarnation, waiting } = model.details.process(process, state.cursor);
  const queue = waiting === 0 ? '' : ` · ${waiting} waiting`;
  const life = incarnation <= 1 ? '' : ` · life ${incarnation}`;
  return `state of ${processName(model, process)}${state.pinned === null ? '' : ' (kept)'} · ${incarnation === 0 ? 'not started' : standing}${life}${queue}`;
}

/** What the event changed, then the whole state as a tree. */
export function statePane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  const lines = stateLines(state, model, width);
  const first = Math.max(0, Math.min(state.rowsDown.state, lines.length - rows));
  return lines.slice(first, first + rows);
}

/** All lines, whatever the room. */
export function stateLines(state: ViewState, model: Model, width: number): readonly Line[] {
  const process = selectedProcess(state, model, state.cursor);
  if (process < 0)
    return wrap('This event concerns no single process. L and H keep one in view.', width - 1).map((text) =>
      line(text, { dim: true }),
    );
  const detail = model.details.process(process, state.cursor);
  const all = compareFields(detail.before, detail.fields);
  const changed = all.filter(({ mark }) => mark !== ' ');
  const changes = changed.map((field) => fieldLine(field, tail(shownPath(field.path), Math.floor(width * PATH_SHARE)), width));
  if (state.onlyChanged) return changes.length > 0 ? changes : [line('This event changed nothing here.', { dim: true })];
  const left = all.filter(({ mark }) => mark !== 'D');
  if (all.length === 0) return [line('It has nothing to show.', { dim: true })];
  return changes.length === 0
    ? treeLines(left, width)
    : [...changes, line('─'.repeat(width), { dim: true }), ...treeLines(left, width)];
}

/** By parent, the longest name of its fields: their values stand below each other. */
function nameWidths(fields: readonly MarkedField[]): ReadonlyMap<string, number> {
  const widths = new Map<string, number>();
  for (const { path } of fields) {
    const end = path.lastIndexOf(PATH_SEPARATOR);
    const parent = end < 0 ? '' : path.slice(0, end);
    widths.set(parent, Math.min(NAME_WIDTH_MAX, Math.max(widths.get(parent) ?? 0, path.length - end - 1)));
  }
  return widths;
}

/** Fields under the names of what they are part of. */
function treeLines(fields: readonly MarkedField[], width: number): readonly Line[] {
  const lines: Line[] = [];
  const widths = nameWidths(fields);
  let open: readonly string[] = [];
  for (const field of fields) {
    const names = field.path.split(PATH_SEPARATOR);
    const parents = names.slice(0, -1);
    const shared = parents.findIndex((name, depth) => name !== open[depth]);
    const from = shared < 0 ? parents.length : shared;
    for (let depth = from; depth < parents.length; depth++)
      lines.push(line(`  ${'  '.repeat(depth)}${parents[depth]}`, { dim: true }));
    open = parents;
    lines.push(
      fieldLine(
        { ...field, mark: field.mark === 'M' ? ' ' : field.mark },
        '  '.repeat(parents.length) + (names.at(-1) as string).padEnd(widths.get(parents.join(PATH_SEPARATOR)) ?? 0),
        width,
      ),
    );
  }
  return lines;
}

function fieldLine({ mark, value, before }: MarkedField, name: string, width: number): Line {
  const colour = MARK_COLOUR[mark];
  const style = colour === null ? {} : { colour };
  const room = width - 2 - cellWidth(name) - 1;
  const change = mark === 'M' ? valueChange(before ?? '', value) : null;
  return [
    span(`${mark} `, { ...style, bold: true }),
    span(`${name} `, { dim: mark === ' ' }),
    span(change !== null && cellWidth(change) <= room ? change : value, style),
  ];
}

/** The end of a path says more than its beginning. */
function tail(path: string, cells: number): string {
  return path.length <= cells ? path : `…${path.slice(path.length - cells + 1)}`;
}
