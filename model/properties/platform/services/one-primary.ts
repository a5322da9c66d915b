/** One primary: what was taken under a newer epoch binds everybody, and an epoch has one holder. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../../regions/serving/methods.ts';

/** Judged where a workload acknowledges a write, whatever anybody believes about who is in office. */
export function onePrimary(): Property {
  return {
    id: 'platform/one-primary',
    kind: 'always',
    title: 'no two workloads of a service take writes at the same time: accepted epochs never go back',
    monitor: (report, _scene, keepEvidence) => new OnePrimary(report, keepEvidence),
  };
}

class OnePrimary implements Monitor {
  private readonly report: Report;
  /** By service, the accepted write of the newest epoch. */
  private readonly newest = new Map<string, AcceptedWrite>();
  private readonly evidence: AcceptedWrite[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (acceptedWriteBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (acceptedWriteBoundary as Boundary)) return;
    const write = body as AcceptedWrite;
    this.evidence?.push(write);
    const newest = this.newest.get(write.service);
    if (newest !== undefined && conflict(newest, write)) this.report.violated(say(newest, write));
    if (newest === undefined || write.epoch >= newest.epoch) this.newest.set(write.service, write);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, later] of evidence.entries()) {
      const earlier = evidence.slice(0, position).find((write) => write.service === later.service && conflict(write, later));
      if (earlier !== undefined) return say(earlier, later);
    }
    return null;
  }
}

function conflict(earlier: AcceptedWrite, later: AcceptedWrite): boolean {
  return later.epoch < earlier.epoch || (later.epoch === earlier.epoch && later.workload !== earlier.workload);
}

function say(earlier: AcceptedWrite, later: AcceptedWrite): string {
  return `${later.workload} acknowledged a write of ${later.service} under epoch ${later.epoch} after ${earlier.workload} had under epoch ${earlier.epoch}`;
}
