/** The event looked at in full, and the chain of causes that led to it. */
import { formatTime } from '../../sim/index.ts';
import { causeChain } from './cause-chain.ts';
import { wrap } from './cell-width.ts';
import { line, span, type Line } from './line.ts';
import { sentence, type Model } from './model.ts';
import { eventGlyph } from './timeline-row.ts';
import type { TraceEvent } from './trace.ts';
import type { ViewState } from './view-state.ts';

/** Rows that the causes get at least, and fields of the event's body at most, when both want more than there is. */
const CAUSE_ROWS_MIN = 4;

export function eventPane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  if (state.cursor === 0) return [line('The run has not begun. l goes to the first event, v to the violation, ? explains.', { dim: true })];
  const event = model.survey.trace.event(state.cursor);
  const chain = causeChain(model, state.cursor);
  const head = headLines(model, event, width);
  const body = model.details.event(state.cursor).fields().map(({ path, value }) => [span(`  ${path} `, { dim: true }), span(value)]);
  const effects = model.survey.trace.effectsOf(state.cursor, 1_000);
  const tail: Line[] = [line(effectsText(effects), { dim: true })];
  const room = Math.max(0, rows - head.length - tail.length - 1);
  const causeRows = Math.min(chain.length, Math.max(CAUSE_ROWS_MIN, room - body.length));
  const bodyRows = Math.max(0, room - causeRows);
  const shownBody: Line[] = body.length <= bodyRows ? body : [...body.slice(0, Math.max(0, bodyRows - 1)), line(`  … ${body.length - bodyRows + 1} more: O shows all`, { dim: true })];
  const chosen = state.pane === 'event' ? state.rowsDown.event : -1;
  const first = Math.max(0, Math.min(Math.max(chosen, 0) - causeRows + 1, chain.length - causeRows));
  return [
    ...head,
    ...(bodyRows === 0 ? [] : shownBody),
    ...tail,
    line(chain.length === 0 ? 'set up by the scenario' : 'because', { bold: true }),
    ...chain.slice(first, first + causeRows).map((cause, at) => causeLine(model, cause, first + at === chosen)),
  ];
}

function headLines(model: Model, event: TraceEvent, width: number): readonly Line[] {
  const { bytes, departUs } = model.details.event(event.number);
  const onTheWay = event.source >= 0 && event.source !== event.target;
  const [first = '', ...rest] = wrap(sentence(model, event), width - 2);
  const took = onTheWay ? `, ${bytes} bytes, ${duration(event.timeUs - departUs)} on the way` : '';
  return [
    [eventGlyph(event), span(` ${first}`, { bold: true })],
    ...rest.map((text) => line(`  ${text}`, { bold: true })),
    ...wrap(`${event.kind} at ${formatTime(event.timeUs)}${took}`, width - 2).map((text) => line(`  ${text}`, { dim: true })),
    ...(model.survey.violationEvent === event.number ? violationLines(model, width) : []),
  ];
}

function violationLines({ survey }: Model, width: number): readonly Line[] {
  const { failure, violation } = survey.end ?? {};
  const text = failure ?? (violation ? `${violation.property}: ${violation.message}` : '');
  return wrap(`✗ ${text}`, width - 2).map((part, at) => line(at === 0 ? part : `  ${part}`, { colour: 'magentaBright', bold: true }));
}

function effectsText(effects: readonly number[]): string {
  if (effects.length === 0) return 'it gave rise to nothing';
  const shown = effects.slice(0, 6).join(', ');
  return `it gave rise to ${shown}${effects.length > 6 ? ` and ${effects.length - 6} more` : ''}`;
}

function causeLine(model: Model, cause: number, chosen: boolean): Line {
  const event = model.survey.trace.event(cause);
  return [
    span(chosen ? '►' : ' ', { bold: true }),
    span(`${String(cause)} `, { dim: !chosen, inverse: chosen }),
    eventGlyph(event),
    span(` ${sentence(model, event)}`, chosen ? { bold: true } : {}),
  ];
}

/** A duration in the unit that people would say. */
function duration(durationUs: number): string {
  return durationUs < 1_000 ? `${durationUs} µs` : durationUs < 1_000_000 ? `${(durationUs / 1_000).toFixed(1)} ms` : `${(durationUs / 1_000_000).toFixed(2)} s`;
}
