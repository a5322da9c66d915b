/** Volume data kept: what a workload was told that it has written is on its volume when the next one of its identity begins. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { volumeUseBoundary, type VolumeUse } from '../../../regions/mounts.ts';

/** Of the same deployment, or of any of that name when its volumes are retained. */
export function volumeDataKept(): Property {
  return {
    id: 'platform/volume-data-kept',
    kind: 'always',
    title: 'what was written to a volume is there for the next workload of its identity',
    monitor: (report, _scene, keepEvidence) => new VolumeDataKept(report, keepEvidence),
  };
}

class VolumeDataKept implements Monitor {
  private readonly report: Report;
  /** By claim, how much was acknowledged. */
  private readonly lengths = new Map<string, number>();
  private readonly evidence: VolumeUse[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (volumeUseBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (volumeUseBoundary as Boundary)) return;
    const use = body as VolumeUse;
    this.evidence?.push(use);
    const { claim } = use.volume;
    const length = this.lengths.get(claim) ?? 0;
    if (use.what === 'written') this.lengths.set(claim, Math.max(length, use.length));
    else if (use.length < length) this.report.violated(lost(use, length));
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, use] of evidence.entries()) {
      if (use.what !== 'mounted') continue;
      const written = evidence
        .slice(0, at)
        .find((other) => other.what === 'written' && other.volume.claim === use.volume.claim && other.length > use.length);
      if (written !== undefined) return lost(use, written.length);
    }
    return null;
  }
}

function lost({ workload, volume, length }: VolumeUse, written: number): string {
  return `${workload} finds ${length} writes on ${volume.resource}, and ${written} were acknowledged to those before it`;
}
