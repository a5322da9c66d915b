/** What is wrong with a run's machines, by the faults that struck them: some have lost power for long, and otherwise all is well. */
import type { Fault, Micros, Process } from '../../../sim/index.ts';

/** Faults that take a machine's power until they end. */
const powerLosses: ReadonlySet<Fault['do']> = new Set(['crash', 'lose-disk', 'lose-region']);

/** Faults that are over as soon as they have begun; all others last, and without an end of their own until the heal. */
const momentary: ReadonlySet<Fault['do']> = new Set(['reset', 'rot', 'step-clock']);

interface Dark {
  readonly region: string;
  readonly sinceUs: Micros;
  readonly untilUs: Micros;
}

export class Troubles {
  /** Machines without power, by the names of their processes. */
  private readonly dark = new Map<string, Dark>();
  /** Anything else ended then, or will. */
  private troubledUntilUs: Micros = 0;

  struck(fault: Fault, processes: readonly Process[], nowUs: Micros): void {
    const lastsUs = 'for' in fault && fault.for !== undefined ? fault.for : Number.POSITIVE_INFINITY;
    const untilUs = momentary.has(fault.do) ? nowUs : nowUs + lastsUs;
    if (!powerLosses.has(fault.do)) {
      this.troubled(untilUs);
      return;
    }
    this.troubled(nowUs);
    for (const { name, region } of processes) {
      const before = this.dark.get(name);
      this.dark.set(name, { region, sinceUs: before?.sinceUs ?? nowUs, untilUs: Math.max(before?.untilUs ?? 0, untilUs) });
    }
  }

  /** Something has ended or begun, whatever the reason. */
  stirred(nowUs: Micros): void {
    this.troubled(nowUs);
  }

  healed(nowUs: Micros): void {
    this.dark.clear();
    this.troubledUntilUs = nowUs;
  }

  /** Since when nothing has happened but that some machines are without power; null when something else is going on. */
  calmSinceUs(nowUs: Micros): Micros | null {
    for (const [name, { untilUs }] of this.dark) {
      if (untilUs > nowUs) continue;
      this.dark.delete(name);
      this.troubled(untilUs);
    }
    return this.troubledUntilUs <= nowUs ? this.troubledUntilUs : null;
  }

  get someAreDark(): boolean {
    return this.dark.size > 0;
  }

  /** Since when a machine has been without power; null when it has any. */
  darkSinceUs(name: string): Micros | null {
    return this.dark.get(name)?.sinceUs ?? null;
  }

  /** The region of all that are without power; null when they are of several, or none is. */
  darkRegion(): string | null {
    const regions = new Set([...this.dark.values()].map(({ region }) => region));
    return regions.size === 1 ? ([...regions][0] as string) : null;
  }

  private troubled(untilUs: Micros): void {
    this.troubledUntilUs = Math.max(this.troubledUntilUs, untilUs);
  }
}
