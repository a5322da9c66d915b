/** The state of one process after the event looked at, and what that event changed. */
import { fit } from './cell-width.ts';
import { compareFields, type Mark, type MarkedField } from './fields.ts';
import { line, span, type Colour, type Line } from './line.ts';
import { processName, type Model } from './model.ts';
import { selectedProcess } from './motions.ts';
import type { ViewState } from './view-state.ts';

const MARK_COLOUR: Readonly<Record<Mark, Colour | null>> = { A: 'blueBright', M: 'yellow', D: 'magentaBright', ' ': null };
const NAME_WIDTH_MAX = 22;

export function stateTitle(state: ViewState, model: Model): string {
  const process = selectedProcess(state, model, state.cursor);
  if (process < 0) return 'state';
  const { state: standing, incarnation, waiting } = model.details.process(process, state.cursor);
  const queue = waiting === 0 ? '' : ` · ${waiting} waiting`;
  const life = incarnation <= 1 ? '' : ` · life ${incarnation}`;
  return `state of ${processName(model, process)}${state.pinned === null ? '' : ' (kept)'} · ${incarnation === 0 ? 'not started' : standing}${life}${queue}`;
}

export function statePane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  const process = selectedProcess(state, model, state.cursor);
  if (process < 0) return [line('This event concerns no single process.', { dim: true }), line('L and H keep one in view.', { dim: true })];
  const detail = model.details.process(process, state.cursor);
  const all = compareFields(detail.before, detail.fields);
  const fields = state.onlyChanged ? all.filter(({ mark }) => mark !== ' ') : all;
  if (fields.length === 0) return [line(state.onlyChanged ? 'This event changed nothing here.' : 'It has nothing to show.', { dim: true })];
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.floor(width * 0.5), Math.max(...fields.map(({ path }) => path.length)));
  const first = Math.max(0, Math.min(state.rowsDown.state, fields.length - rows));
  return fields.slice(first, first + rows).map((field) => fieldLine(field, nameWidth));
}

function fieldLine({ mark, path, value, before }: MarkedField, nameWidth: number): Line {
  const colour = MARK_COLOUR[mark];
  const style = colour === null ? {} : { colour };
  return [
    span(`${mark} `, { ...style, bold: true }),
    span(`${shortPath(path, nameWidth)} `, { dim: mark === ' ' }),
    ...(mark === 'M' ? [span(`${before ?? ''} → `, { dim: true })] : []),
    span(value, style),
  ];
}

/** The end of a path says more than its beginning. */
function shortPath(path: string, width: number): string {
  return path.length <= width ? fit(path, width) : `…${path.slice(path.length - width + 1)}`;
}
