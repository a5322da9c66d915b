/** The event looked at in full, and the chain of causes that led to it. */
import { EventType, formatTime } from '../../sim/index.ts';
import { whatLedTo } from './cause-chain.ts';
import { clip, wrap } from './cell-width.ts';
import { duration } from './duration.ts';
import { ENTRY_SEPARATOR, shownPath } from './fields.ts';
import { line, span, type Line } from './line.ts';
import { happening, participants, sentence, type Model } from './model.ts';
import { eventGlyph } from './timeline-row.ts';
import type { TraceEvent } from './trace.ts';
import type { ViewState } from './view-state.ts';

/** Of what is left below the head, what the event carries takes so much at most; its causes take the rest. */
const BODY_SHARE = 0.35;
/** However much there is to say of what broke, so many causes are shown. */
const CAUSES_MIN = 2;

export function eventPane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  if (state.cursor === 0) {
    const begin = 'The run has not begun. l goes to the first event, v to the violation, ? explains all keys.';
    return wrap(begin, width - 1).map((text) => line(text, { dim: true }));
  }
  const event = model.survey.trace.event(state.cursor);
  const effects = line(effectsText(model.survey.trace.effectsOf(state.cursor, EFFECTS_MAX)), { dim: true });
  const body = bodyLines(model, event, width);
  const { heading, events: chain } = whatLedTo(model, state.cursor);
  const { head, hasEffects } = headWithin(model, event, width, rows, Math.min(CAUSES_MIN, chain.length));
  const room = Math.max(0, rows - head.length - 1 - (hasEffects ? 1 : 0));
  const bodyRows = bodyRowsOf(body.length, chain.length, room);
  return [
    ...head,
    ...cutBody(body, bodyRows),
    line(heading, { bold: true }),
    ...causeLines(state, model, chain, room - bodyRows),
    ...(hasEffects ? [effects] : []),
  ];
}

/** What happened, where it is told; where a property broke, short enough for `causes` below it. */
function headWithin(
  model: Model,
  event: TraceEvent,
  width: number,
  rows: number,
  causes: number,
): { readonly head: readonly Line[]; readonly hasEffects: boolean } {
  const sentences = sentenceLines(model, event, width);
  const kind = kindLines(model, event, width);
  if (model.survey.violationEvent !== event.number) return { head: [...sentences, ...kind], hasEffects: true };
  const spare = rows - sentences.length - 1 - causes;
  const broken = violationLines(model, width, Math.max(1, spare - kind.length - 1));
  const left = spare - broken.length;
  const hasKind = kind.length <= left;
  return {
    head: [...sentences, ...(hasKind ? kind : []), ...broken],
    hasEffects: left - (hasKind ? kind.length : 0) > 0,
  };
}

/** All of it when the causes leave room, else its share; a single line that only says that there is more is not worth it. */
function bodyRowsOf(wanted: number, causes: number, room: number): number {
  const rows = Math.min(wanted, Math.max(Math.floor(room * BODY_SHARE), room - causes));
  return rows === 1 && wanted > 1 ? 0 : rows;
}

function cutBody(body: readonly Line[], rows: number): readonly Line[] {
  if (rows === 0 || body.length <= rows) return body.slice(0, rows);
  return [...body.slice(0, rows - 1), line('  … O shows all', { dim: true })];
}

/** What the event carries, one after the other. */
function bodyLines(model: Model, event: TraceEvent, width: number): readonly Line[] {
  // What the world itself does says all in its words.
  if (event.type === EventType.control || event.type === EventType.disk) return [];
  const text = model.details
    .event(event.number)
    .fields()
    .map(({ path, value }) => `${shownPath(path)} ${value}`)
    .join(ENTRY_SEPARATOR);
  return text === '' ? [] : wrap(text, width - 3).map((part) => line(`  ${part}`, { dim: true }));
}

function causeLines(state: ViewState, model: Model, chain: readonly number[], rows: number): readonly Line[] {
  const chosen = state.pane === 'event' ? state.rowsDown.event : -1;
  const first = Math.max(0, Math.min(Math.max(chosen, 0) - rows + 1, chain.length - rows));
  const numberWidth = String(chain[0] ?? 0).length;
  return chain.slice(first, first + rows).map((cause, at) => causeLine(model, cause, numberWidth, first + at === chosen));
}

function sentenceLines(model: Model, event: TraceEvent, width: number): readonly Line[] {
  const [first = '', ...rest] = wrap(sentence(model, event), width - 2);
  return [[eventGlyph(event), span(` ${first}`, { bold: true })], ...rest.map((text) => line(`  ${text}`, { bold: true }))];
}

function kindLines(model: Model, event: TraceEvent, width: number): readonly Line[] {
  const { bytes, departUs } = model.details.event(event.number);
  const onTheWay = event.source >= 0 && event.source !== event.target;
  const took = onTheWay ? `, ${bytes} bytes, ${duration(event.timeUs - departUs)} on the way` : '';
  return wrap(`${event.kind} at ${formatTime(event.timeUs)}${took}`, width - 2).map((text) => line(`  ${text}`, { dim: true }));
}

function violationLines({ survey }: Model, width: number, rows: number): readonly Line[] {
  const { failure, violation } = survey.end ?? {};
  const missed = violation?.kind === 'eventually' ? 'not reached: ' : '';
  const text = failure ?? (violation ? `${violation.property}: ${missed}${violation.message}` : '');
  const lines = wrap(`✗ ${text}`, width - 2);
  const shown = lines.slice(0, rows);
  return shown.map((part, at) => {
    const cut = at === rows - 1 && lines.length > rows ? clip(`${part}…`, width - 2) : part;
    return line(at === 0 ? cut : `  ${cut}`, { colour: 'magentaBright', bold: true });
  });
}

/** More are counted, not listed. */
const EFFECTS_MAX = 1_000;
const EFFECTS_LISTED = 5;

function effectsText(effects: readonly number[]): string {
  if (effects.length === 0) return 'it gave rise to nothing';
  const shown = effects.slice(0, EFFECTS_LISTED).join(', ');
  return `it gave rise to ${shown}${effects.length > EFFECTS_LISTED ? ` and ${effects.length - EFFECTS_LISTED} more` : ''}`;
}

function causeLine(model: Model, cause: number, numberWidth: number, chosen: boolean): Line {
  const event = model.survey.trace.event(cause);
  return [
    span(chosen ? '►' : ' ', { bold: true }),
    span(`${String(cause).padStart(numberWidth)} `, { dim: !chosen, bold: chosen }),
    eventGlyph(event),
    span(` ${happening(model, event)}`, { bold: chosen }),
    span(`  ${participants(model, event)}`, { dim: true }),
  ];
}
