/** Finds the events that a pattern names, by what their line in the timeline says. */
import { sentence, type Model } from './model.ts';

/** A regular expression (plain text when it is not a valid one); capitals count only when it has some. */
function matcher(pattern: string): (text: string) => boolean {
  const flags = pattern === pattern.toLowerCase() ? 'iu' : 'u';
  const expression = expressionOf(pattern, flags);
  return (text) => expression.test(text);
}

/** The numbers of all events that match, of those after `after`. */
export function matchingEvents(model: Model, pattern: string, after = 0): readonly number[] {
  const matches = matcher(pattern);
  const events: number[] = [];
  for (let event = after + 1; event <= model.survey.trace.length; event++) {
    if (matches(searchedText(model, event))) events.push(event);
  }
  return events;
}

/** The next match after (1) or before (-1) an event, once around the run; 0 when there is none. */
export function nextMatch(model: Model, pattern: string, from: number, direction: 1 | -1): number {
  const { length } = model.survey.trace;
  const matches = matcher(pattern);
  // Backwards from the start, the last event is the first to come.
  const origin = from === 0 && direction < 0 ? length + 1 : from;
  for (let passed = 1; passed <= length; passed++) {
    const event = ((((origin - 1 + direction * passed) % length) + length) % length) + 1;
    if (matches(searchedText(model, event))) return event;
  }
  return 0;
}

/** In words, that a search found nothing. */
export function nothingMatches({ survey }: Model, pattern: string): string {
  return `nothing matches ${pattern}${survey.end === null ? ' so far' : ''}`;
}

/** In words, that a search from one event to another went around the run; empty when it did not. */
export function wentAround({ survey }: Model, from: number, to: number, direction: 1 | -1): string {
  if (direction === 1 ? to > from : to < from) return '';
  const end = survey.end === null ? 'the end of what is known so far' : 'the end';
  return direction === 1 ? `search hit ${end}, and went on from the start` : `search hit the start, and went on from ${end}`;
}

function searchedText(model: Model, number: number): string {
  const event = model.survey.trace.event(number);
  return `${sentence(model, event)} ${event.kind}`;
}

function expressionOf(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`), flags);
  }
}
