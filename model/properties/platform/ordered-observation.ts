/** Ordered observation: what a controller sees of an object never goes back, whichever servers it asked in whichever life. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../sim/index.ts';
import { observedBoundary, type Observation } from '../../controllers/observed.ts';

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

class OrderedObservation implements Monitor {
  private readonly report: Report;
  /** By controller and uid, what was seen last. */
  private readonly latest = new Map<string, Map<string, Observation>>();
  private readonly evidence: Observation[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (observedBoundary as Boundary)) return;
    const observation = body as Observation;
    this.evidence?.push(observation);
    let objects = this.latest.get(observation.controller);
    if (objects === undefined) {
      objects = new Map();
      this.latest.set(observation.controller, objects);
    }
    const before = objects.get(observation.uid);
    if (before !== undefined && goesBack(before, observation)) this.report.violated(say(before, observation));
    objects.set(observation.uid, observation);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, later] of evidence.entries()) {
      const same = evidence.slice(0, position).filter(({ controller, uid }) => controller === later.controller && uid === later.uid);
      const before = same.find((earlier) => goesBack(earlier, later));
      if (before !== undefined) return say(before, later);
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
