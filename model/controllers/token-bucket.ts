/** A token bucket: so many events at once, then one every so often. */
import type { Micros } from '../../sim/index.ts';

export class TokenBucket {
  private readonly everyUs: Micros;
  private readonly burst: number;
  /** When the bucket will be full again. */
  private fullUs: Micros = 0;

  constructor(everyUs: Micros, burst: number) {
    this.everyUs = everyUs;
    this.burst = burst;
  }

  /** Takes the next token, and says how long to wait for it. */
  take(nowUs: Micros): Micros {
    this.fullUs = Math.max(this.fullUs, nowUs) + this.everyUs;
    return Math.max(0, this.fullUs - this.burst * this.everyUs - nowUs);
  }
}
