/** The one queue of a run: events in order of time, then tie, then id. */
import { Heap } from 'heap-js';
import { Place, type SimEvent } from './event.ts';

export function order(a: SimEvent, b: SimEvent): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  if (a.tie !== b.tie) return a.tie - b.tie;
  return a.id - b.id;
}

/** Cancelled timers stay in the heap until they surface or outnumber the living. */
const COMPACT_AT = 64;

export class EventQueue {
  private readonly heap = new Heap<SimEvent>(order);
  // Invariant: how many events of the heap are cancelled. An event is in the heap if and only if its place is not `loose`.
  private cancelled = 0;

  push(event: SimEvent): void {
    event.place = Place.queued;
    this.heap.add(event);
  }

  /** Puts in the event that its process takes in next. It surfaces even when it is cancelled meanwhile. */
  admit(event: SimEvent): void {
    event.place = Place.admitted;
    this.heap.add(event);
  }

  /** The next event, or undefined when nothing is pending. Leaves out what was cancelled. */
  pop(): SimEvent | undefined {
    for (;;) {
      const event = this.heap.pop();
      if (event === undefined) return undefined;
      const dropped = event.cancelled && event.place === Place.queued;
      event.place = Place.loose;
      if (!dropped) return event;
      this.cancelled--;
    }
  }

  /** The event that `pop` would take, without taking it. */
  peek(): SimEvent | undefined {
    for (;;) {
      const event = this.heap.peek();
      if (event === undefined || !event.cancelled || event.place === Place.admitted) return event;
      event.place = Place.loose;
      this.heap.pop();
      this.cancelled--;
    }
  }

  /** It will not happen. Nothing changes when it has happened already. */
  cancel(event: SimEvent): void {
    if (event.cancelled) return;
    event.cancelled = true;
    // It may lie here for long; what it would have done need not.
    event.action = null;
    if (event.place === Place.queued) this.lapse();
  }

  /** Takes back an event that was admitted. */
  dismiss(event: SimEvent): void {
    event.cancelled = true;
    event.place = Place.queued;
    this.lapse();
  }

  private lapse(): void {
    this.cancelled++;
    if (this.cancelled > COMPACT_AT && this.cancelled * 2 > this.heap.length) this.compact();
  }

  private compact(): void {
    const kept: SimEvent[] = [];
    for (const event of this.heap.heapArray) {
      if (event.cancelled && event.place === Place.queued) event.place = Place.loose;
      else kept.push(event);
    }
    this.cancelled = 0;
    this.rebuild(kept);
  }

  /** Takes out all events that the predicate names, in order of their ids. For rare happenings: it looks at every event. */
  extract(predicate: (event: SimEvent) => boolean): SimEvent[] {
    const taken: SimEvent[] = [];
    const kept: SimEvent[] = [];
    for (const event of this.heap.heapArray) {
      const dropped = event.cancelled && event.place === Place.queued;
      if (dropped || predicate(event)) {
        event.place = Place.loose;
        if (!dropped) taken.push(event);
      } else {
        kept.push(event);
      }
    }
    this.cancelled = 0;
    this.rebuild(kept);
    return taken.sort((a, b) => a.id - b.id);
  }

  private rebuild(kept: SimEvent[]): void {
    // Without an argument `init` orders the array that is there, where it would copy one that it is given.
    this.heap.heapArray = kept;
    this.heap.init();
  }

  get length(): number {
    return this.heap.length - this.cancelled;
  }
}
