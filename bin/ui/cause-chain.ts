/** Why something happened: the chain of events that led to it. */
import type { Model } from './model.ts';

/** Longer chains are cut: nobody reads them at one sight, and `[` goes on from any of their events. */
const CHAIN_MAX = 100;

/** The causes of an event, the nearest first. */
export function causeChain({ survey: { trace } }: Model, event: number): readonly number[] {
  const chain: number[] = [];
  for (let at = event === 0 ? 0 : trace.causeOf(event); at > 0 && chain.length < CHAIN_MAX; at = trace.causeOf(at))
    chain.push(at);
  return chain;
}

/** What an event is told to come from. */
export interface Led {
  readonly heading: string;
  /** The nearest first. */
  readonly events: readonly number[];
}

/**
 * The causes of an event. The end of a run has none: where a goal was not reached, what is told of it is since when it waits for
 * the same. Goals are looked at from time to time, so the causes of that event say nothing either.
 */
export function whatLedTo(model: Model, event: number): Led {
  const { violationEvent, stalledSince } = model.survey;
  if (event > 0 && event === violationEvent && stalledSince > 0 && stalledSince < event)
    return { heading: 'unchanged since', events: [stalledSince] };
  const events = causeChain(model, event);
  return { heading: events.length === 0 ? 'set up by the scenario' : 'because', events };
}
