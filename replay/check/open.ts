/** Who is open at an event: moved forwards as a course is followed, and backwards when a search thinks better of it. */
import { INVOKED, RETURNED, type Course } from './course.ts';
import type { OpenSlots } from './visited.ts';

const NOBODY = -1;

export class Open implements OpenSlots {
  readonly pure: Int32Array;
  readonly changes: Int32Array;
  /** The task in each slot; -1 for none. */
  readonly tasks: Int32Array;
  /** How many of each kind of unanswered operations have been asked for. */
  readonly asked: Int32Array;
  private readonly course: Course;
  private readonly overwriters: Int32Array;
  private readonly overwritersAsked: Int32Array;
  private at = 0;

  constructor(course: Course) {
    const words = wordsOf(course);
    this.course = course;
    this.pure = new Int32Array(words);
    this.changes = new Int32Array(words);
    this.overwriters = new Int32Array(words);
    this.overwritersAsked = new Int32Array(words);
    this.tasks = new Int32Array(course.slotCount).fill(NOBODY);
    this.asked = new Int32Array(course.kinds.length);
  }

  /** All events before this place have happened, and no other. */
  moveTo(place: number): void {
    while (this.at < place) this.happen(this.at++, true);
    while (this.at > place) this.happen(--this.at, false);
  }

  overwritersBefore(event: number): Int32Array {
    const { overwriters, overwritersAsked, tasks, course } = this;
    overwritersAsked.set(overwriters);
    for (let slot = 0; slot < tasks.length; slot++) {
      const task = tasks[slot] as number;
      if (task !== NOBODY && (course.invokedAt[task] as number) >= event) clearBit(overwritersAsked, slot);
    }
    return overwritersAsked;
  }

  private happen(event: number, forwards: boolean): void {
    const code = this.course.events[event] as number;
    const index = code >> 2;
    const type = code & 3;
    if (type === INVOKED) this.occupy(index, forwards);
    else if (type === RETURNED) this.occupy(index, !forwards);
    else this.asked[index] = (this.asked[index] as number) + (forwards ? 1 : -1);
  }

  private occupy(task: number, isOpen: boolean): void {
    const slot = this.course.slots[task] as number;
    this.tasks[slot] = isOpen ? task : NOBODY;
    const effect = this.course.tasks[task]?.effect;
    const mask = effect === 'pure' ? this.pure : effect === 'overwrites' ? this.overwriters : this.changes;
    if (isOpen) setBit(mask, slot);
    else clearBit(mask, slot);
  }
}

/** Numbers of 32 bits that it takes for a bit for each slot. */
export function wordsOf({ slotCount }: Course): number {
  return Math.max(1, Math.ceil(slotCount / 32));
}

export function hasBit(mask: Int32Array, slot: number): boolean {
  return ((mask[slot >> 5] as number) & (1 << (slot & 31))) !== 0;
}

export function setBit(mask: Int32Array, slot: number): void {
  mask[slot >> 5] = (mask[slot >> 5] as number) | (1 << (slot & 31));
}

export function clearBit(mask: Int32Array, slot: number): void {
  mask[slot >> 5] = (mask[slot >> 5] as number) & ~(1 << (slot & 31));
}
