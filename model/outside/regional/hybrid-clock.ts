/**
 * A hybrid logical clock: close to the wall's time, and above everything that was seen before (Kulkarni et
 * al., "Logical Physical Clocks", 2014).
 */
import type { Micros } from '../../../sim/index.ts';

export interface Stamp {
  readonly timeUs: Micros;
  /** Tells apart what has the same time. */
  readonly count: number;
  /** Breaks the last ties, the same way everywhere. */
  readonly region: string;
}

/** Below 0 when `a` is the older one. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  if (a.count !== b.count) return a.count - b.count;
  return a.region < b.region ? -1 : Number(a.region > b.region);
}

export const formatStamp = ({ timeUs, count, region }: Stamp): string => `${timeUs}.${count}@${region}`;

export class HybridClock {
  private readonly region: string;
  private readonly wallUs: () => Micros;
  private readonly wallOnly: boolean;
  /** No stamp that was given or seen is above. */
  private timeUs: Micros = 0;
  private count = 0;

  /** `wallOnly`: the defect of a clock that takes no notice of what it has seen. */
  constructor(region: string, wallUs: () => Micros, wallOnly: boolean) {
    this.region = region;
    this.wallUs = wallUs;
    this.wallOnly = wallOnly;
  }

  /** A stamp above all that were given or seen. */
  next(): Stamp {
    const wallUs = this.wallUs();
    if (this.wallOnly) return { timeUs: wallUs, count: 0, region: this.region };
    if (wallUs > this.timeUs) {
      this.timeUs = wallUs;
      this.count = 0;
    } else {
      this.count++;
    }
    return { timeUs: this.timeUs, count: this.count, region: this.region };
  }

  saw({ timeUs, count }: Stamp): void {
    if (timeUs < this.timeUs) return;
    this.count = timeUs > this.timeUs ? count : Math.max(this.count, count);
    this.timeUs = timeUs;
  }
}
