/**
 * A rate limit by reservation: so many at once, then one every so often, each told how long its turn is
 * away (client-go's `BucketRateLimiter`).
 */
import type { Micros } from '../../../sim/index.ts';

export class RateLimiter {
  private readonly everyUs: Micros;
  private readonly burst: number;
  /** When there may be a whole burst again. */
  private fullUs: Micros = 0;

  constructor(everyUs: Micros, burst: number) {
    this.everyUs = everyUs;
    this.burst = burst;
  }

  /** Takes the next turn, and says how long to wait for it. */
  turn(nowUs: Micros): Micros {
    this.fullUs = Math.max(this.fullUs, nowUs) + this.everyUs;
    return Math.max(0, this.fullUs - this.burst * this.everyUs - nowUs);
  }
}
