/** Timers as Node has them: those that are due at one time run in the order of their due times, then as they were set. */
import { kind, type Micros, type Os, type Timer } from '../../sim/index.ts';
import type { HostTimer } from './bridge.ts';

const timerKind = kind<null>('async/timer', { serviceUs: 5, describe: () => 'a timer is due' });

interface Entry {
  readonly dueUs: Micros;
  readonly action: () => void;
  slot: Slot;
  held: boolean;
}

/** An event that is to come, and what it will make run. */
interface Slot {
  event: Timer | null;
  entry: Entry | null;
}

export class Timers {
  private readonly os: Os;
  private readonly fire: (action: () => void) => void;
  /** In the order in which they were set. Invariant: each has a slot of its own whose event is still to come. */
  private readonly entries = new Set<Entry>();

  constructor(os: Os, fire: (action: () => void) => void) {
    this.os = os;
    this.fire = fire;
  }

  /** How many keep the program alive. */
  get held(): number {
    let count = 0;
    for (const { held } of this.entries) if (held) count++;
    return count;
  }

  set(delayMs: number, action: () => void): HostTimer {
    const { os, entries } = this;
    const delayUs = delayMs * 1_000;
    const slot: Slot = { event: null, entry: null };
    const entry: Entry = { dueUs: os.monotonicUs() + delayUs, action, slot, held: true };
    slot.entry = entry;
    slot.event = os.after(delayUs, timerKind, () => this.due(slot));
    entries.add(entry);
    return {
      cancel() {
        if (entries.delete(entry)) os.cancel(entry.slot.event as Timer);
      },
      hold(held) {
        entry.held = held;
      },
    };
  }

  /**
   * The simulation orders events of one instant as it likes: the timer that should come first
   * takes the place of the one that came.
   */
  private due(slot: Slot): void {
    const came = slot.entry as Entry;
    const nowUs = this.os.monotonicUs();
    let first: Entry | null = null;
    for (const entry of this.entries) {
      const isDue = entry === came || entry.dueUs <= nowUs;
      if (isDue && (first === null || entry.dueUs < first.dueUs)) first = entry;
    }
    const next = first as Entry;
    if (next !== came) {
      came.slot = next.slot;
      next.slot.entry = came;
    }
    this.entries.delete(next);
    this.fire(next.action);
  }
}
