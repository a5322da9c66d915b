/** Pauses between attempts: longer and longer, each drawn, and short again after a time without any. */
import { ms, seconds, type Co, type Micros, type Os, type Stream } from '../../../sim/index.ts';

/**
 * Of client-go's reflector, scaled down: there 0.8 s, doubled up to 30 s, with up to as much again by
 * chance, short again after 2 minutes.
 */
const FIRST_US = ms(80);
const LONGEST_US = seconds(2);
const RESET_US = seconds(10);

export class Backoff {
  private readonly os: Os;
  private readonly chance: Stream;
  private nextUs = FIRST_US;
  private lastUs: Micros = 0;

  constructor(os: Os, chance: Stream) {
    this.os = os;
    this.chance = chance;
  }

  /** Waits before the next attempt. */
  *pause(): Co<void> {
    const nowUs = this.os.monotonicUs();
    if (nowUs - this.lastUs > RESET_US) this.nextUs = FIRST_US;
    this.lastUs = nowUs;
    const pauseUs = this.nextUs;
    this.nextUs = Math.min(2 * pauseUs, LONGEST_US);
    yield* this.os.sleep(pauseUs + this.chance.below(pauseUs));
  }
}
