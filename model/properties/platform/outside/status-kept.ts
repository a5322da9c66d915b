/** Status stores: what one acknowledged it has until there is something newer, and a node's status never goes back in it. */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { compareReports, keptStatusBoundary, reportStatusMethod, type KeptStatus, type Position, type StatusReport } from '../../../outside/status/methods.ts';

export function statusKept(): Property {
  return {
    id: 'platform/status-kept',
    kind: 'always',
    title: 'the status of a node never goes back in a store, and what a store acknowledged is in it, or something newer',
    monitor: (report, _scene, keepEvidence) => new StatusKept(report, keepEvidence),
  };
}

const asked = reportStatusMethod.request as Kind;
const acknowledged = reportStatusMethod.response as Kind;

class StatusKept implements Monitor {
  private readonly report: Report;
  /** By store and node, while the store lives. */
  private readonly newest = new Map<string, Map<string, Position>>();
  /** Reports under way, by who reports to whom in which call. */
  private readonly underWay = new Map<string, StatusReport>();
  private readonly evidence: string[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return what === asked || what === acknowledged;
  }

  sees(what: Boundary): boolean {
    return what === (keptStatusBoundary as Boundary);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const { call, body: said } = body as { readonly call: number; readonly body: unknown };
    if (what === asked) this.underWay.set(`${from.name} ${to.name} ${call}`, said as StatusReport);
    else if (what === acknowledged) this.answered(from, `${to.name} ${from.name} ${call}`);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (keptStatusBoundary as Boundary)) return;
    const { store, report } = body as KeptStatus;
    const nodes = this.nodesOf(store);
    const before = nodes.get(report.node);
    if (before !== undefined && compareReports(before, report) >= 0) this.breach(`${store} has report ${say(report)} of ${report.node} after ${say(before)}`);
    nodes.set(report.node, report);
  }

  crashed(process: Process): void {
    this.newest.delete(process.name);
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }

  private answered(store: Process, place: string): void {
    const report = this.underWay.get(place);
    this.underWay.delete(place);
    if (report === undefined) return;
    const has = this.nodesOf(store.name).get(report.node);
    if (has === undefined || compareReports(has, report) < 0) this.breach(`${store.name} acknowledges report ${say(report)} of ${report.node}, and has ${has === undefined ? 'none' : say(has)}`);
  }

  private nodesOf(store: string): Map<string, Position> {
    let nodes = this.newest.get(store);
    if (nodes === undefined) {
      nodes = new Map();
      this.newest.set(store, nodes);
    }
    return nodes;
  }

  private breach(message: string): void {
    this.evidence?.push(message);
    this.report.violated(message);
  }
}

const say = ({ incarnation, sequence }: Position): string => `${incarnation}.${sequence}`;
