/** Where each motion through the run leads from an event. */
import { whatLedTo } from './cause-chain.ts';
import type { Action } from './keymap.ts';
import { nextMatch, nothingMatches } from './matching.ts';
import type { Model } from './model.ts';
import type { ViewState } from './view-state.ts';

/** The event that a motion leads to, or in words why it leads nowhere. */
export type Destination = number | string;

/** One step of a motion from event `from`; undefined when the action is no motion. */
export function destination(action: Action, from: number, state: ViewState, model: Model): Destination | undefined {
  const { survey } = model;
  const { trace } = survey;
  switch (action) {
    case 'next':
      return (
        neighbour(state, from, 1, trace.length) ??
        (survey.end === null ? 'the run has not come further yet' : 'the run ends here')
      );
    case 'previous':
      return neighbour(state, from, -1, trace.length) ?? 'the run starts here';
    case 'next-here':
    case 'previous-here': {
      const process = selectedProcess(state, model, from);
      if (process < 0) return 'this event concerns no single process';
      const forward = action === 'next-here';
      return trace.neighbour(from, process, forward ? 1 : -1) || (forward ? 'its last event' : 'its first event');
    }
    case 'cause':
      return whatLedTo(model, from).events[0] ?? 'the scenario itself gave rise to this event';
    case 'effect':
      return (from > 0 && trace.effectsOf(from, 1)[0]) || 'this event gave rise to nothing';
    case 'next-fault':
      return faultEdges(model).find((event) => event > from) ?? 'no more faults';
    case 'previous-fault':
      return faultEdges(model).findLast((event) => event < from) ?? 'no fault before this';
    case 'find-next':
    case 'find-previous':
      if (state.pattern === '') return 'nothing to search for: type / first';
      return nextMatch(model, state.pattern, from, action === 'find-next' ? 1 : -1) || nothingMatches(model, state.pattern);
    default:
      return undefined;
  }
}

/** The process whose state is shown: the pinned one, else the event's target; -1 when there is none. */
export function selectedProcess(state: ViewState, model: Model, event: number): number {
  if (state.pinned !== null) return state.pinned;
  return event === 0 ? 0 : model.survey.trace.targetOf(event);
}

/** The event shown `direction` next to this one: any, or of those that the filter lets through. */
function neighbour(state: ViewState, from: number, direction: 1 | -1, length: number): number | undefined {
  if (state.filter !== null) {
    const { events } = state.filter;
    return direction === 1 ? events.find((event) => event > from) : events.findLast((event) => event < from);
  }
  const to = from + direction;
  return to < 0 || to > length ? undefined : to;
}

/** The events in which faults begin and end, and all are healed; in order. */
function faultEdges({ survey }: Model): readonly number[] {
  const edges = new Set(
    // Where one strikes nobody, nothing ends.
    survey.faults.flatMap(({ first, last, struck }) => (last === null || struck.length === 0 ? [first] : [first, last])),
  );
  if (survey.healed > 0) edges.add(survey.healed);
  return [...edges].sort((a, b) => a - b);
}
