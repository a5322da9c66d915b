/** Exit statuses, and the errors that choose them. */

export const ExitStatus = {
  clean: 0,
  /** An `always` property was violated, a history is invalid, a review point failed, or the user's own code threw. */
  violation: 1,
  /** An `eventually` property was not reached. */
  stalled: 2,
  nondeterminism: 3,
  /** An unknown verdict, a recording of another build, or a shard of a swarm that is missing. */
  undecided: 4,
  /** A required `sometimes` property was never hit. */
  neverHit: 5,
  /** The command line or an input file is wrong, or an output cannot be written. */
  usage: 64,
  /** Quorate's own failure. */
  internal: 70,
  interrupted: 130,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** The user's input is wrong, or what was asked for cannot be written; the message is one line. */
export class UsageError extends Error {
  override name = 'UsageError';
}
