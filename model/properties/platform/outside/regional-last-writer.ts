/**
 * Last writer wins, whoever the last one was: in no region does a key go back to what was known to be replaced.
 * Which of two versions a store makes its own it does not write down, and tells its clients without the stamp:
 * so this listens to the store itself.
 */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { compareStamps, formatStamp, type Stamp } from '../../../outside/regional/hybrid-clock.ts';
import { keptBoundary, type KeptVersion } from '../../../outside/regional/kept.ts';

/**
 * Judged where a design places resources outside of consensus. Concurrent writes of two regions may
 * lose to each other: that is no breach.
 */
export function regionalLastWriter(): Property {
  return {
    id: 'platform/regional-last-writer',
    kind: 'always',
    title:
      'a value in a regional store is replaced only by a later version, whether written there or received from another region',
    monitor: (report, _scene, keepEvidence) => new LastWriter(report, keepEvidence),
  };
}

class LastWriter implements Monitor {
  private readonly report: Report;
  /** By region and key, the newest stamp that was ever kept. */
  private readonly newest = new Map<string, Stamp>();
  private readonly evidence: KeptVersion[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (keptBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (keptBoundary as Boundary)) return;
    const kept = body as KeptVersion;
    this.evidence?.push(kept);
    const place = placeOf(kept);
    const before = this.newest.get(place);
    if (before !== undefined && compareStamps(kept.version.stamp, before) <= 0) this.report.violated(wentBack(kept, before));
    else this.newest.set(place, kept.version.stamp);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, kept] of evidence.entries()) {
      const earlier = evidence
        .slice(0, position)
        .find((other) => placeOf(other) === placeOf(kept) && compareStamps(other.version.stamp, kept.version.stamp) >= 0);
      if (earlier !== undefined) return wentBack(kept, earlier.version.stamp);
    }
    return null;
  }
}

const placeOf = ({ region, version }: KeptVersion): string => `${region} ${version.key}`;

function wentBack({ region, how, version }: KeptVersion, before: Stamp): string {
  return `${region} keeps ${version.key} as it was ${how} at ${formatStamp(version.stamp)}, after the version of ${formatStamp(before)}`;
}
