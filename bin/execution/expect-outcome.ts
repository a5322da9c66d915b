/** What a job came to, narrowed to what it was asked for. */
import { UsageError } from '../exit-status.ts';
import type { Outcome } from './job.ts';

type Did<Asked extends Outcome['did']> = Extract<Outcome, { readonly did: Asked }>;

/** Anything else is a mistake of ours. */
export function expectOutcome<Asked extends Outcome['did']>(outcome: Outcome, asked: Asked): Did<Asked> {
  if (outcome.did !== asked) throw new Error(`asked for "${asked}", got "${outcome.did}"`);
  return outcome as Did<Asked>;
}

/**
 * The same of a recording, at `path`, whose scenario is code that may crash now: throws a UsageError then.
 * An interrupted run is the caller's.
 */
export function expectNoCrash<Asked extends Exclude<Outcome['did'], 'run'>>(
  outcome: Outcome,
  asked: Asked,
  path: string,
): Did<Asked> {
  if (outcome.did === 'run')
    throw new UsageError(`${path}: the scenario crashes now: ${outcome.run.crash?.message ?? outcome.run.verdict}`);
  return expectOutcome(outcome, asked);
}
