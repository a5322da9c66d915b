/** The clock of one simulated machine: it may run fast or slow (drift) and its wall time may jump (step). */
import type { Micros } from '../time.ts';

const MILLION = 1_000_000;

export class Clock {
  private anchorTrueUs: Micros = 0;
  private anchorLocalUs: Micros = 0;
  /** Parts per million by which local time runs ahead of true time. More than -1,000,000: it never runs backwards. */
  private driftPpm = 0;
  private wallOffsetUs: Micros = 0;

  /** Local monotonic time: never steps, but drifts. */
  monotonic(trueUs: Micros): Micros {
    const elapsedUs = trueUs - this.anchorTrueUs;
    if (this.driftPpm === 0) return this.anchorLocalUs + elapsedUs;
    return this.anchorLocalUs + Math.floor((elapsedUs * (MILLION + this.driftPpm)) / MILLION);
  }

  /** Local wall time: drifts, and steps when somebody sets the clock. */
  wall(trueUs: Micros): Micros {
    return this.monotonic(trueUs) + this.wallOffsetUs;
  }

  /** How much true time passes until this clock has advanced by `localUs`. A pending timer keeps the rate it was set at. */
  trueDelay(localUs: Micros): Micros {
    if (this.driftPpm === 0) return localUs;
    return Math.ceil((localUs * MILLION) / (MILLION + this.driftPpm));
  }

  setDrift(trueUs: Micros, ppm: number): void {
    if (ppm <= -MILLION) throw new RangeError(`ppm: a clock that drifts by ${ppm} would stand or run backwards`);
    this.anchorLocalUs = this.monotonic(trueUs);
    this.anchorTrueUs = trueUs;
    this.driftPpm = ppm;
  }

  step(byUs: Micros): void {
    this.wallOffsetUs += byUs;
  }

  inspect(): { driftPpm: number; wallOffsetUs: Micros } {
    return { driftPpm: this.driftPpm, wallOffsetUs: this.wallOffsetUs };
  }
}
