/** Events are counted: no collector tells anybody that a thing happened more often than it did. */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { eventsMethod, type EventsResponse } from '../../../outside/telemetry/methods.ts';
import { emittedBoundary, type EmittedSignal } from '../../../outside/telemetry/signals.ts';

export function eventsCounted(): Property {
  return {
    id: 'platform/events-counted',
    kind: 'always',
    title: 'nobody who asks is told that an event happened more often than it did',
    monitor: (report, _scene, keepEvidence) => new EventsCounted(report, keepEvidence),
  };
}

const told = eventsMethod.response as Kind;

type Told = EventsResponse['events'][number];

/** What crossed: an event that happened, or what a collector tells of one. */
type Evidence = { readonly place: string } | { readonly collector: string; readonly said: Told };

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
    return what === (emittedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (emittedBoundary as Boundary)) return;
    const { source, signal, text } = body as EmittedSignal;
    if (signal !== 'event') return;
    const place = placeOf(source, text);
    this.evidence?.push({ place });
    this.happened.set(place, (this.happened.get(place) ?? 0) + 1);
  }

  hears(what: Kind): boolean {
    return what === told;
  }

  sent({ name }: Process, _to: Process, what: Kind, body: unknown): void {
    if (what !== told) return;
    for (const said of (body as { readonly body: EventsResponse }).body.events) {
      this.evidence?.push({ collector: name, said });
      const happened = this.happened.get(placeOf(said.source, said.key)) ?? 0;
      if (said.count > happened) this.report.violated(say(name, said, happened));
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      if (!('said' in seen)) continue;
      const { source, key, count } = seen.said;
      const happened = evidence
        .slice(0, at)
        .filter((earlier) => 'place' in earlier && earlier.place === placeOf(source, key)).length;
      if (count > happened) return say(seen.collector, seen.said, happened);
    }
    return null;
  }
}

const placeOf = (source: string, key: string): string => `${source} ${key}`;

function say(collector: string, { source, key, count }: Told, happened: number): string {
  return `${collector} says that ${source} has seen "${key}" ${count} times, and it has ${happened} times`;
}
