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
