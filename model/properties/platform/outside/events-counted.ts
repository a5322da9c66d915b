/** Events are counted: no collector says of a thing that it happened more often than it did. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { emittedBoundary, storedEventBoundary, type EmittedSignal, type StoredEvent } from '../../../outside/telemetry/signals.ts';

export function eventsCounted(): Property {
  return {
    id: 'platform/events-counted',
    kind: 'always',
    title: 'no event is said to have happened more often than it did',
    monitor: (report, _scene, keepEvidence) => new EventsCounted(report, keepEvidence),
  };
}

/** What crossed: an event that happened, or what a collector says of one. */
type Evidence = { readonly place: string } | { readonly collector: string; readonly said: StoredEvent };

class EventsCounted implements Monitor {
  private readonly report: Report;
  /** By source and key, how often it happened. */
  private readonly happened = new Map<string, number>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (emittedBoundary as Boundary) || what === (storedEventBoundary as Boundary);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (emittedBoundary as Boundary)) {
      const { source, signal, text } = body as EmittedSignal;
      if (signal !== 'event') return;
      const place = placeOf(source, text);
      this.evidence?.push({ place });
      this.happened.set(place, (this.happened.get(place) ?? 0) + 1);
    } else if (what === (storedEventBoundary as Boundary)) {
      const said = body as StoredEvent;
      this.evidence?.push({ collector: process.name, said });
      const happened = this.happened.get(placeOf(said.source, said.event.key)) ?? 0;
      if (said.event.count > happened) this.report.violated(say(process.name, said, happened));
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      if (!('said' in seen)) continue;
      const { source, event } = seen.said;
      const happened = evidence.slice(0, at).filter((earlier) => 'place' in earlier && earlier.place === placeOf(source, event.key)).length;
      if (event.count > happened) return say(seen.collector, seen.said, happened);
    }
    return null;
  }
}

const placeOf = (source: string, key: string): string => `${source} ${key}`;

function say(collector: string, { source, event }: StoredEvent, happened: number): string {
  return `${collector} says that ${source} has seen "${event.key}" ${event.count} times, and it has ${happened} times`;
}
