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

class EventsCounted implements Monitor {
  private readonly report: Report;
  /** By source and key, how often it happened. */
  private readonly happened = new Map<string, number>();
  private readonly evidence: string[] | null;

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
      const place = `${source} ${text}`;
      if (signal === 'event') this.happened.set(place, (this.happened.get(place) ?? 0) + 1);
    } else if (what === (storedEventBoundary as Boundary)) {
      const { source, event } = body as StoredEvent;
      const happened = this.happened.get(`${source} ${event.key}`) ?? 0;
      if (event.count <= happened) return;
      const message = `${process.name} says that ${source} has seen "${event.key}" ${event.count} times, and it has ${happened} times`;
      this.evidence?.push(message);
      this.report.violated(message);
    }
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }
}
