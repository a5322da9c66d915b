/** Drawing what scenarios need again and again: times in milliseconds. */
import { ms, type Micros, type Stream } from '../sim/index.ts';

/** An instant or a duration between two bounds in milliseconds, both included; in microseconds, as all times are. */
export function drawMs(stream: Stream, lowMs: number, highMs: number): Micros {
  return ms(stream.between(lowMs, highMs));
}
