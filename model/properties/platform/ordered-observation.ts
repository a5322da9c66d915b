/** Ordered observation: what a controller sees of an object never goes back, whichever servers it asked in whichever life. */
import { grouped, type Boundary, type Monitor, type Process, type Property, type Report } from '../../../sim/index.ts';
import { observedBoundary, type Observation } from '../../api/client/observed.ts';
import { forgetOldest } from '../shared/forget-oldest.ts';

/**
 * For each controller, which is its process over all incarnations, and each object by uid: generations never go back, and
 * nothing is seen of it once it was seen deleted.
 */
export function orderedObservation(): Property {
  return {
    id: 'platform/ordered-observation',
    kind: 'always',
    title: 'controllers observe generations in an order consistent with the store',
    monitor: (report, _scene, keepEvidence) => new OrderedObservation(report, keepEvidence),
  };
}

/** Objects that a controller has seen gone, of which so many are remembered; a run of the usual length has a quarter of them. */
const GONE_REMEMBERED = 400;

/** What one controller saw last of each object, by uid. */
interface Seen {
  readonly present: Map<string, Observation>;
  /** The one that went first stands first. */
  readonly gone: Map<string, Observation>;
}

class OrderedObservation implements Monitor {
  private readonly report: Report;
  private readonly seen = new Map<string, Seen>();
  private readonly evidence: Observation[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (observedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (observedBoundary as Boundary)) return;
    const observation = body as Observation;
    this.evidence?.push(observation);
    const seen = this.seenBy(observation.controller);
    const { uid } = observation;
    const present = seen.present.get(uid);
    const before = present ?? seen.gone.get(uid);
    if (before !== undefined && goesBack(before, observation)) this.report.violated(say(before, observation));
    if (observation.deleted) {
      seen.present.delete(uid);
      seen.gone.set(uid, observation);
      forgetOldest(seen.gone, GONE_REMEMBERED);
    } else {
      if (present === undefined) seen.gone.delete(uid);
      seen.present.set(uid, observation);
    }
  }

  private seenBy(controller: string): Seen {
    let seen = this.seen.get(controller);
    if (seen === undefined) {
      seen = { present: new Map(), gone: new Map() };
      this.seen.set(controller, seen);
    }
    return seen;
  }

  fullCheck(): string | null {
    for (const same of grouped(this.evidence ?? [], ({ controller, uid }) => `${controller} ${uid}`).values()) {
      for (const [position, later] of same.entries()) {
        const before = same.slice(0, position).find((earlier) => goesBack(earlier, later));
        if (before !== undefined) return say(before, later);
      }
    }
    return null;
  }
}

function goesBack(before: Observation, after: Observation): boolean {
  return after.generation < before.generation || (before.deleted && !after.deleted);
}

function say(before: Observation, after: Observation): string {
  const was = before.deleted ? 'gone' : `at generation ${before.generation}`;
  return `${after.controller} saw ${after.kind} ${after.name} at generation ${after.generation} (version ${after.resourceVersion}) after it had seen it ${was} (version ${before.resourceVersion})`;
}
