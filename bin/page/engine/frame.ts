/** What the page shows of one event: the events around it, why it happened, and the world after it. */
import { EventType } from '../../../sim/index.ts';
import { whatLedTo, type Led } from '../../ui/cause-chain.ts';
import { faultWords, stageOf } from '../../ui/faults-pane.ts';
import { compareFields, PATH_SEPARATOR, shownPath, valueChange, type MarkedField } from '../../ui/fields.ts';
import { happening, participants, type Model } from '../../ui/model.ts';
import { propertyRows } from '../../ui/property-rows.ts';
import type { TraceEvent } from '../../ui/trace.ts';
import type { Detail, Frame, Glyph, Line, Look, Row, State, StateField } from '../protocol.ts';

/** Of longer chains the nearest are shown; from any of them the reader can go on. */
const CAUSES_SHOWN = 40;
/** Effects are counted up to here. */
const EFFECTS_MAX = 1_000;
const EFFECTS_SHOWN = 6;

export function frameOf(model: Model, { event, pinned, rows }: Look, isThere: boolean): Frame {
  const { survey, details } = model;
  const process = pinned ?? (event === 0 ? 0 : survey.trace.targetOf(event));
  const led = whatLedTo(model, event);
  const effects = event === 0 ? [] : survey.trace.effectsOf(event, EFFECTS_MAX);
  return {
    event,
    timeUs: survey.trace.timeOf(event),
    selected: process,
    isWhole: isThere,
    digest: isThere ? details.digest(event) : '',
    rows: rowsAround(model, event, rows, led.events, effects),
    detail: event === 0 ? null : detailOf(model, event, led, effects, isThere),
    state: process < 0 || !isThere ? null : stateOf(model, process, event),
    properties: propertyRows(model, event).map((row) => ({ ...row, event: row.event ?? 0 })),
    faults: survey.plan.map((fault) => ({
      stage: stageOf(model, fault, event),
      atUs: fault.at,
      words: faultWords(model, fault, event),
      event: survey.faults.find((span) => span.fault === fault)?.first ?? 0,
    })),
  };
}

function rowsAround(
  model: Model,
  cursor: number,
  count: number,
  causes: readonly number[],
  effects: readonly number[],
): readonly Row[] {
  const { survey } = model;
  const { length } = survey.trace;
  const first = Math.max(1, Math.min(cursor - (count >> 1), length + 1 - count));
  const [led, followed] = [new Set(causes), new Set(effects)];
  return Array.from({ length: Math.min(count, length + 1 - first) }, (_, at) => {
    const event = survey.trace.event(first + at);
    return {
      ...lineOf(model, event),
      source: event.source,
      target: event.target,
      relation: led.has(event.number) ? 'cause' : followed.has(event.number) ? 'effect' : null,
      standings: survey.processes.map((_process, index) => survey.standing(index, event.number)),
    };
  });
}

function lineOf(model: Model, event: TraceEvent): Line {
  return {
    event: event.number,
    timeUs: event.timeUs,
    glyph: glyphOf(event),
    words: happening(model, event),
    who: participants(model, event),
  };
}

function glyphOf({ type, outcome, kind }: TraceEvent): Glyph {
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
      return CONTROL[kind] ?? 'heal';
    default:
      return 'message';
  }
}

const CONTROL: Readonly<Record<string, Glyph>> = { 'process/start': 'start', 'process/exit': 'exit', 'fault/begins': 'fault' };

function detailOf(model: Model, number: number, led: Led, effects: readonly number[], isThere: boolean): Detail {
  const { survey, details } = model;
  const event = survey.trace.event(number);
  const travels = event.source >= 0 && event.source !== event.target;
  // What the world itself does says all in its words.
  const speaks = event.type === EventType.control || event.type === EventType.disk;
  const body = isThere ? details.event(number) : null;
  const line = (of: number): Line => lineOf(model, survey.trace.event(of));
  return {
    ...lineOf(model, event),
    kind: event.kind,
    travel: travels && body !== null ? { bytes: body.bytes, tookUs: event.timeUs - body.departUs } : null,
    carries: (speaks || body === null ? [] : body.fields()).map(({ path, value }) => ({ name: shownPath(path), value })),
    because: led.heading,
    causes: led.events.slice(0, CAUSES_SHOWN).map(line),
    effects: effects.slice(0, EFFECTS_SHOWN).map(line),
    effectsInAll: effects.length,
  };
}

function stateOf(model: Model, process: number, event: number): State {
  const { state, incarnation, waiting, connections, before, fields } = model.details.process(process, event);
  const all = compareFields(before, fields);
  const life = incarnation <= 1 ? '' : `, life ${incarnation}`;
  const machine = incarnation === 0 ? 'not started' : `${state}${life}, ${waiting} waiting, ${connections} connections`;
  return {
    standing: machine,
    changes: all.filter(({ mark }) => mark !== ' ').map((field) => stateField(field, true)),
    fields: all.filter(({ mark }) => mark !== 'D').map((field) => stateField(field, false)),
  };
}

function stateField({ path, value, mark, before }: MarkedField, withBefore: boolean): StateField {
  return { mark, path: path.split(PATH_SEPARATOR), value: withBefore && mark === 'M' ? valueChange(before ?? '', value) : value };
}
