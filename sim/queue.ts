/** The one queue of a run: events in order of time, then tie, then id. */
import { Heap } from 'heap-js';
import type { SimEvent } from './event.ts';

function order(a: SimEvent, b: SimEvent): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  if (a.tie !== b.tie) return a.tie - b.tie;
  return a.id - b.id;
}

/** Cancelled timers stay in the heap until they surface or outnumber the living. */
const COMPACT_AT = 256;

export class EventQueue {
  private readonly heap = new Heap<SimEvent>(order);
  private cancelled = 0;

  push(event: SimEvent): void {
    this.heap.push(event);
  }

  /** The next event that was not cancelled, or undefined when nothing is pending. */
  pop(): SimEvent | undefined {
    for (;;) {
      const event = this.heap.pop();
      if (event === undefined || !event.cancelled) return event;
      this.cancelled--;
    }
  }

  /** When the next event is due; undefined when nothing is pending. */
  peekTimeUs(): number | undefined {
    for (;;) {
      const event = this.heap.peek();
      if (event === undefined) return undefined;
      if (!event.cancelled) return event.timeUs;
      this.heap.pop();
      this.cancelled--;
    }
  }

  cancel(event: SimEvent): void {
    if (event.cancelled) return;
    event.cancelled = true;
    this.cancelled++;
    if (this.cancelled > COMPACT_AT && this.cancelled * 2 > this.heap.length) {
      this.cancelled = 0;
      this.heap.init(this.heap.heapArray.filter((pending) => !pending.cancelled));
    }
  }

  /** Takes out all events that the predicate names, in order of their ids. For rare happenings: it looks at every event. */
  extract(predicate: (event: SimEvent) => boolean): SimEvent[] {
    const taken: SimEvent[] = [];
    const kept: SimEvent[] = [];
    for (const event of this.heap.heapArray) {
      if (event.cancelled) continue;
      (predicate(event) ? taken : kept).push(event);
    }
    this.cancelled = 0;
    this.heap.init(kept);
    return taken.sort((a, b) => a.id - b.id);
  }

  get length(): number {
    return this.heap.length - this.cancelled;
  }
}
