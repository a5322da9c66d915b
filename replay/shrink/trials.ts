/** How a shrinker asks its questions: a coroutine that yields inputs to try and is told what became of them. */
import type { Micros } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';

/** A run that failed as the one to be shrunk: of the same property, in the same way. */
export interface Failed {
  readonly timeUs: Micros;
  readonly events: number;
}

/**
 * Whoever runs the trials decides where and when; the answers alone decide what is tried next. Null: it did not fail like that.
 */
export type Trials<Result> = Generator<Inputs, Result, Failed | null>;
