/** A token bucket: so many a second on average, and a burst at once. */
import type { Micros } from '../../sim/index.ts';

const SECOND_US = 1_000_000;

export class TokenBucket {
  private readonly tokenUs: Micros;
  private readonly fullUs: Micros;
  /** What is in it, as the time that it took to fill. At most `fullUs`. */
  private filledUs: Micros;
  private atUs: Micros;

  /** It begins full. */
  constructor(perSecond: number, burst: number, nowUs: Micros) {
    this.tokenUs = Math.ceil(SECOND_US / perSecond);
    this.fullUs = burst * this.tokenUs;
    this.filledUs = this.fullUs;
    this.atUs = nowUs;
  }

  /** Takes one and returns 0; or how long until there is one. */
  take(nowUs: Micros): Micros {
    this.filledUs = Math.min(this.fullUs, this.filledUs + nowUs - this.atUs);
    this.atUs = nowUs;
    if (this.filledUs < this.tokenUs) return this.tokenUs - this.filledUs;
    this.filledUs -= this.tokenUs;
    return 0;
  }
}
