/** What a client is to be told of its request. */
import type { CallOutcome, Refusal } from '../../sim/index.ts';

export type Refused = { readonly status: 'refused' } & Refusal;

/** `open`: nobody knows whether the write has happened or will, so nothing may be said. */
export type Answer<T> = { readonly status: 'ok'; readonly value: T } | Refused | { readonly status: 'open' };

export function refused(code: string, message: string): Refused {
  return { status: 'refused', code, message };
}

/** What to say when the store told nothing and nothing was done. */
export function unread(outcome: Exclude<CallOutcome<unknown>, { status: 'ok' }>): Refused {
  const why = outcome.status === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.status;
  return refused('unavailable', `the store did not answer: ${why}`);
}
