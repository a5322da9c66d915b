/** The newest changes of a kind, as many as a watch cache remembers: from where in between a watch can go on without a gap. */

/** What it is about a change that matters here. */
interface Change {
  readonly resourceVersion: number;
}

export class EventWindow<C extends Change> {
  private readonly events: (C | undefined)[];
  private first = 0;
  private size = 0;
  /** All changes after this version are here. */
  private floorVersion: number;

  /** `floor`: the version at which the window begins to look; `capacity`: changes that it remembers. */
  constructor(capacity: number, floor: number) {
    this.events = new Array<C | undefined>(capacity).fill(undefined);
    this.floorVersion = floor;
  }

  get floor(): number {
    return this.floorVersion;
  }

  get length(): number {
    return this.size;
  }

  /** Versions never go down. */
  push(event: C): void {
    const { events } = this;
    if (this.size < events.length) {
      events[(this.first + this.size++) % events.length] = event;
      return;
    }
    const oldest = events[this.first] as C;
    this.floorVersion = oldest.resourceVersion;
    events[this.first] = event;
    this.first = (this.first + 1) % events.length;
  }

  /** Those after a version, in order. */
  after(version: number): C[] {
    const later: C[] = [];
    for (let at = this.size - 1; at >= 0; at--) {
      const event = this.events[(this.first + at) % this.events.length] as C;
      if (event.resourceVersion <= version) break;
      later.push(event);
    }
    return later.reverse();
  }
}
