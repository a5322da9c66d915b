/** One attempt at what an operator wants, and what may be said of it. */
import { ms, type CallOutcome, type Micros } from '../../sim/index.ts';
import type { DeploymentSpec, Resource } from '../api/resources/index.ts';

/** What an `ok` operation was told. `uid` is empty when a read found nothing. */
export interface OperatorOutput {
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: number;
  readonly spec: DeploymentSpec | null;
}

export type Settled =
  | { readonly status: 'ok'; readonly output: OperatorOutput }
  | { readonly status: 'fail' | 'info'; readonly output: string };
/** Settled, or worth another. */
export type Attempt = Settled | { readonly status: 'again'; readonly pauseUs: Micros; readonly reason: string };

export type Unsuccessful = Exclude<CallOutcome<unknown>, { status: 'ok' }>;

const CONFLICT_PAUSE_US = ms(20);
export const UNAVAILABLE_PAUSE_US = ms(300);

export function identityOf({ metadata }: Resource): Omit<OperatorOutput, 'spec'> {
  const { uid, generation, resourceVersion } = metadata;
  return { uid, generation, resourceVersion };
}

/** What a write without success tells. A server that does not know the outcome never answers, so every refusal is a fact. */
export function missed(outcome: Unsuccessful): Attempt {
  switch (outcome.status) {
    case 'unavailable':
      return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: 'no API server can be reached' };
    case 'unknown':
      return { status: 'info', output: outcome.reason };
    case 'refused':
      if (outcome.code === 'conflict') return { status: 'again', pauseUs: CONFLICT_PAUSE_US, reason: outcome.message };
      // Overload passes, and the client has waited as long as it was told to.
      if (outcome.code === 'unavailable' || outcome.code === 'too-many-requests' || outcome.code === 'too-frequent')
        return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: outcome.message };
      return { status: 'fail', output: `${outcome.code}: ${outcome.message}` };
  }
}
