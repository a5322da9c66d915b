/** What a key does: a pure step from one state of the screen to the next. */
import { whatLedTo } from './cause-chain.ts';
import { parseCommand } from './command-line.ts';
import { helpRowLast, helpRows } from './help.ts';
import { bindingOf, type Action } from './keymap.ts';
import { contentRows, contentWidth, layoutOf } from './layout.ts';
import { matchingEvents, nextMatch, nothingMatches, wentAround } from './matching.ts';
import type { Model } from './model.ts';
import { destination, selectedProcess } from './motions.ts';
import { propertyRows } from './property-rows.ts';
import { stateLines } from './state-pane.ts';
import { panes, speeds, type Filter, type Pane, type ViewState } from './view-state.ts';

export type Input =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  /** While it plays: so many events are due. */
  | { readonly type: 'tick'; readonly events: number }
  /** The reader has paused for longer than people do inside a number. */
  | { readonly type: 'pause' }
  /** More of the run is known. */
  | { readonly type: 'surveyed' };

/** Longer counts are typing accidents. */
const COUNT_DIGITS_MAX = 9;

export function reduce(state: ViewState, input: Input, model: Model): ViewState {
  switch (input.type) {
    case 'key':
      return pressed({ ...state, message: '' }, input.key, model);
    case 'resize':
      return {
        ...state,
        columns: input.columns,
        rows: input.rows,
        helpRow: Math.min(state.helpRow, helpRowLast(input.columns, input.rows)),
      };
    case 'tick':
      return played(state, input.events, model);
    case 'pause':
      return { ...state, count: '' };
    case 'surveyed':
      return surveyed(state, model);
  }
}

function pressed(state: ViewState, key: string, model: Model): ViewState {
  if (key === 'ctrl+c') return { ...state, exit: 'interrupted' };
  switch (state.mode) {
    case 'search':
    case 'filter':
    case 'command':
      return typed(state, key, model);
    case 'mark':
      return /^[a-z]$/i.test(key)
        ? { ...state, mode: 'browse', marks: { ...state.marks, [key]: state.cursor }, message: `marked ${key}` }
        : { ...state, mode: 'browse' };
    case 'jump':
      return jumped({ ...state, mode: 'browse' }, key);
    case 'reproduce':
      return { ...state, mode: 'browse' };
    case 'help':
      return helped(state, key);
    case 'browse':
      return browsed(state, key, model);
  }
}

function browsed(state: ViewState, key: string, model: Model): ViewState {
  if (/^\d$/.test(key) && !(key === '0' && state.count === '')) return digit(state, key);
  const binding = bindingOf(key);
  if (binding === undefined) return { ...state, count: '', message: `${key} does nothing here: ? shows the keys` };
  // A number half typed is the innermost of what escape undoes, with the pane that its first digit went to.
  if (binding.action === 'cancel' && state.count !== '') return { ...state, count: '', pane: state.paneBeforeCount };
  const number = binding.counts === true && state.count !== '' ? Number(state.count) : null;
  // The digits were a number and not the name of a pane.
  const pane = number === null ? state.pane : state.paneBeforeCount;
  return act({ ...state, count: '', pane, paneBeforeCount: pane }, binding.action, number, model);
}

/** A digit goes to a pane at once, each to its own; if a motion follows, they were a number and the pane goes back. */
function digit(state: ViewState, key: string): ViewState {
  const first = state.count === '';
  const paneBeforeCount = first ? state.pane : state.paneBeforeCount;
  return {
    ...state,
    count: (state.count + key).slice(0, COUNT_DIGITS_MAX),
    paneBeforeCount,
    pane: panes[Number(key) - 1] ?? paneBeforeCount,
  };
}

function act(state: ViewState, action: Action, number: number | null, model: Model): ViewState {
  switch (action) {
    case 'first':
      return jump(state, 0);
    case 'last':
      if (number !== null) return goTo(state, number, model);
      return model.survey.end === null ? { ...state, awaiting: 'end' } : jump(state, model.survey.trace.length);
    case 'violation':
      return toViolation(state, model);
    case 'down':
    case 'up':
      return scrolled(state, action === 'down' ? 1 : -1, model);
    case 'page-down':
    case 'page-up':
    case 'half-down':
    case 'half-up':
      return scrolled(state, pageRows(action, contentRows(layoutOf(state), state.pane)), model);
    case 'choose':
      return chosen(state, model);
    case 'next-pane':
      return { ...state, pane: panes[(panes.indexOf(state.pane) + 1) % panes.length] as Pane };
    case 'previous-pane':
      return { ...state, pane: panes[(panes.indexOf(state.pane) + panes.length - 1) % panes.length] as Pane };
    case 'maximise':
      return { ...state, maximised: !state.maximised };
    case 'next-process':
    case 'previous-process':
      return pinnedBeside(state, action === 'next-process' ? 1 : -1, model);
    case 'only-changed':
      return { ...state, onlyChanged: !state.onlyChanged, rowsDown: { ...state.rowsDown, state: 0 } };
    case 'search':
    case 'filter':
    case 'command':
      return { ...state, mode: action, input: '', playing: false };
    case 'mark':
    case 'jump':
      return { ...state, mode: action };
    case 'play':
      return { ...state, playing: !state.playing };
    case 'slower':
      return { ...state, speed: Math.max(0, state.speed - 1) };
    case 'faster':
      return { ...state, speed: Math.min(speeds.length - 1, state.speed + 1) };
    case 'reproduce':
      return { ...state, mode: 'reproduce', reproduced: true, playing: false };
    case 'help':
      return { ...state, mode: 'help', playing: false };
    case 'cancel':
      return cancelled(state);
    case 'close':
      return state.maximised ? { ...state, maximised: false } : { ...state, exit: 'quit' };
    case 'quit':
      return { ...state, exit: 'quit' };
    default:
      return moved(state, action, number ?? 1, model);
  }
}

/** Repeats a motion; it goes as far as it can. */
function moved(state: ViewState, action: Action, times: number, model: Model): ViewState {
  // Plain steps have a closed form, so that a count of millions costs nothing.
  if (state.filter === null && (action === 'next' || action === 'previous') && times > 1) {
    const to = state.cursor + (action === 'next' ? times : -times);
    return placed(state, Math.max(0, Math.min(to, model.survey.trace.length)));
  }
  let at = state.cursor;
  let message = '';
  for (let i = 0; i < times; i++) {
    const to = destination(action, at, state, model);
    if (typeof to !== 'number') {
      if (i === 0) return { ...state, message: to ?? '' };
      break;
    }
    message = around(action, at, to, model) || message;
    at = to;
  }
  return action === 'next' || action === 'previous' ? placed(state, at) : { ...jump(state, at), message };
}

function around(action: Action, from: number, to: number, model: Model): string {
  if (action !== 'find-next' && action !== 'find-previous') return '';
  return wentAround(model, from, to, action === 'find-next' ? 1 : -1);
}

function placed(state: ViewState, cursor: number): ViewState {
  if (cursor === state.cursor) return state;
  return { ...state, cursor, rowsDown: { ...state.rowsDown, event: 0, state: state.pinned === null ? 0 : state.rowsDown.state } };
}

/** Places the cursor and remembers where it was, for `''`. */
function jump(state: ViewState, cursor: number): ViewState {
  return { ...placed(state, cursor), before: state.cursor, playing: false, awaiting: null };
}

/** To an event by number, as soon as the survey has come so far. */
function goTo(state: ViewState, event: number, model: Model): ViewState {
  const { end, trace } = model.survey;
  if (event <= trace.length) return jump(state, event);
  if (end !== null) return { ...jump(state, trace.length), message: `the run has only ${trace.length} events` };
  return { ...state, awaiting: event };
}

function toViolation(state: ViewState, model: Model): ViewState {
  const { survey } = model;
  if (survey.end === null) return { ...state, awaiting: 'violation', message: 'running ahead to the violation' };
  if (survey.violationEvent === 0) return { ...state, message: 'nothing was violated in this run' };
  const at = jump(state, survey.violationEvent);
  const { stalledSince } = survey;
  return stalledSince === 0 ? at : { ...at, message: `not reached up to the end; unchanged since event ${stalledSince}` };
}

function surveyed(state: ViewState, model: Model): ViewState {
  const { survey } = model;
  // There is more to see, whatever the reader does: how far the run has come, and what the filter lets through.
  const next = { ...state, filter: state.filter === null ? null : grown(state.filter, model) };
  if (typeof state.awaiting === 'number' && (survey.end !== null || state.awaiting <= survey.trace.length)) {
    return goTo({ ...next, awaiting: null }, state.awaiting, model);
  }
  if (survey.end === null) return next;
  if (state.awaiting === 'violation') return toViolation({ ...next, awaiting: null, message: '' }, model);
  return state.awaiting === 'end' ? jump(next, survey.trace.length) : next;
}

function grown(filter: Filter, model: Model): Filter {
  const events = [...filter.events, ...matchingEvents(model, filter.pattern, filter.upTo)];
  return { ...filter, events, upTo: model.survey.trace.length };
}

function played(state: ViewState, events: number, model: Model): ViewState {
  if (!state.playing) return state;
  const next = moved(state, 'next', events, model);
  const ended = next.cursor === state.cursor && model.survey.end !== null;
  return ended ? { ...next, playing: false } : { ...next, playing: true };
}

/** `j`, `k` and pages: through events in the timeline, through rows elsewhere. */
function scrolled(state: ViewState, rows: number, model: Model): ViewState {
  if (state.pane === 'timeline') return moved(state, rows > 0 ? 'next' : 'previous', Math.abs(rows), model);
  // The state moves as a whole, and no further than its end; elsewhere a row is chosen.
  const stays = state.pane === 'state' ? contentRows(layoutOf(state), state.pane) : 1;
  const last = Math.max(0, rowCount(state, model) - stays);
  const from = Math.min(state.rowsDown[state.pane], last);
  const to = Math.max(0, Math.min(from + rows, last));
  return { ...state, rowsDown: { ...state.rowsDown, [state.pane]: to } };
}

/** How far a page or half of one goes where so many rows are shown. */
function pageRows(action: Action, shown: number): number {
  const page = Math.max(1, shown - 3);
  const half = Math.max(1, page >> 1);
  return { 'page-down': page, 'page-up': -page, 'half-down': half, 'half-up': -half }[action as 'page-down'];
}

function rowCount(state: ViewState, model: Model): number {
  switch (state.pane) {
    case 'state':
      return stateLines(state, model, contentWidth(layoutOf(state), state.pane)).length;
    case 'event':
      return whatLedTo(model, state.cursor).events.length;
    case 'properties':
      return model.survey.spec.properties.length;
    default:
      return model.survey.spec.faults.length;
  }
}

/** Enter: to the event of the chosen row. */
function chosen(state: ViewState, model: Model): ViewState {
  const row = state.rowsDown[state.pane];
  const event = {
    timeline: () => undefined,
    state: () => undefined,
    event: () => whatLedTo(model, state.cursor).events[row],
    properties: () => propertyRows(model, state.cursor)[row]?.event,
    faults: () => faultEvent(model, row),
  }[state.pane]();
  return event === undefined || event === 0 ? { ...state, message: 'nothing to go to here' } : jump(state, event);
}

function faultEvent({ survey }: Model, row: number): number | undefined {
  const fault = survey.plan[row];
  return survey.faults.find((span) => span.fault === fault)?.first;
}

function pinnedBeside(state: ViewState, direction: 1 | -1, model: Model): ViewState {
  const { lanes } = model;
  const now = selectedProcess(state, model, state.cursor);
  const at = lanes.findIndex(({ process }) => process === now);
  const to = lanes[(at + direction + lanes.length) % lanes.length];
  return to === undefined ? state : { ...state, pinned: to.process, rowsDown: { ...state.rowsDown, state: 0 } };
}

function helped(state: ViewState, key: string): ViewState {
  const action = bindingOf(key)?.action;
  switch (action) {
    case 'help':
    case 'cancel':
    case 'close':
    case 'choose':
      return { ...state, mode: 'browse', helpRow: 0 };
    case 'quit':
      return { ...state, exit: 'quit' };
    case 'down':
    case 'up':
      return helpScrolled(state, action === 'down' ? 1 : -1);
    case 'page-down':
    case 'page-up':
    case 'half-down':
    case 'half-up':
      return helpScrolled(state, pageRows(action, helpRows(state.rows)));
    default:
      return state;
  }
}

function helpScrolled(state: ViewState, rows: number): ViewState {
  return { ...state, helpRow: Math.max(0, Math.min(state.helpRow + rows, helpRowLast(state.columns, state.rows))) };
}

/** Escape undoes the innermost of what is open. */
function cancelled(state: ViewState): ViewState {
  if (state.playing) return { ...state, playing: false };
  if (state.awaiting !== null) return { ...state, awaiting: null };
  if (state.filter !== null) return { ...state, filter: null };
  if (state.maximised) return { ...state, maximised: false };
  if (state.pinned !== null) return { ...state, pinned: null };
  return { ...state, pattern: '', pane: 'timeline' };
}

function jumped(state: ViewState, key: string): ViewState {
  if (key === 'escape') return state;
  const to = key === "'" ? state.before : state.marks[key];
  return to === undefined ? { ...state, message: `there is no mark ${key}` } : jump(state, to);
}

// ── the prompt ───────────────────────────────────────────────────────────────────────────────────────────────────────

function typed(state: ViewState, key: string, model: Model): ViewState {
  switch (key) {
    case 'escape':
      return { ...state, mode: 'browse', input: '' };
    case 'enter':
      return entered({ ...state, mode: 'browse', input: '' }, state.mode, state.input, model);
    case 'backspace':
      return state.input === '' ? { ...state, mode: 'browse' } : { ...state, input: state.input.slice(0, -1) };
    case 'ctrl+u':
      return { ...state, input: '' };
    case 'space':
      return { ...state, input: `${state.input} ` };
    default:
      return isCharacter(key) ? { ...state, input: state.input + key } : state;
  }
}

function entered(state: ViewState, mode: ViewState['mode'], text: string, model: Model): ViewState {
  if (mode === 'command') return commanded(state, text, model);
  if (mode === 'filter') return filtered(state, text, model);
  const pattern = text === '' ? state.pattern : text;
  if (pattern === '') return state;
  const found = nextMatch(model, pattern, state.cursor, 1);
  if (found === 0) return { ...state, pattern, message: nothingMatches(model, pattern) };
  return { ...jump(state, found), pattern, message: wentAround(model, state.cursor, found, 1) };
}

function filtered(state: ViewState, pattern: string, model: Model): ViewState {
  if (pattern === '') return { ...state, filter: null };
  const events = matchingEvents(model, pattern);
  if (events.length === 0) return { ...state, message: nothingMatches(model, pattern) };
  const cursor = events.find((event) => event >= state.cursor) ?? events.at(-1) ?? 0;
  const { end, trace } = model.survey;
  const message = `${events.length} ${events.length === 1 ? 'event matches' : 'events match'}${end === null ? ' so far' : ''}`;
  return { ...jump(state, cursor), filter: { pattern, events, upTo: trace.length }, message };
}

function commanded(state: ViewState, text: string, model: Model): ViewState {
  if (text.trim() === '') return state;
  const command = parseCommand(text, model);
  switch (command.do) {
    case 'go':
      return goTo(state, command.event, model);
    case 'pin':
      return { ...state, pinned: command.process, rowsDown: { ...state.rowsDown, state: 0 } };
    case 'quit':
      return { ...state, exit: 'quit' };
    case 'complain':
      return { ...state, message: command.message };
  }
}

/** Not the name of a key, such as `pageup`. */
function isCharacter(key: string): boolean {
  return key.length === 1 || (key.length === 2 && key.codePointAt(0) !== key.charCodeAt(0));
}
