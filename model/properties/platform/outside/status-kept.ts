/** Status stores: what one acknowledged it has until there is something newer, and a node's status never goes back in it. */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { compareReports, keptStatusBoundary, reportStatusMethod, type KeptStatus, type Position, type StatusReport } from '../../../outside/status/methods.ts';

export function statusKept(): Property {
  return {
    id: 'platform/status-kept',
    kind: 'always',
    title: 'a status store never goes back to an older status of a node, and holds every report that it acknowledged, or a newer one',
    monitor: (report, _scene, keepEvidence) => new StatusKept(report, keepEvidence),
  };
}

const asked = reportStatusMethod.request as Kind;
const acknowledged = reportStatusMethod.response as Kind;

/** What crossed, as it did: a report asked to be kept and kept, an acknowledgement, the end of a store. */
type Evidence =
  | { readonly type: 'asked'; readonly call: string; readonly report: StatusReport }
  | { readonly type: 'kept'; readonly store: string; readonly report: StatusReport }
  | { readonly type: 'acknowledged'; readonly store: string; readonly call: string }
  | { readonly type: 'crashed'; readonly store: string };

class StatusKept implements Monitor {
  private readonly report: Report;
  /** By store and node, while the store lives. */
  private readonly newest = new Map<string, Map<string, Position>>();
  /** Reports under way, by who reports to whom in which call. */
  private readonly underWay = new Map<string, StatusReport>();
  private readonly evidence: Evidence[] | null;

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
    if (what === asked) this.asked(`${from.name} ${to.name} ${call}`, said as StatusReport);
    else if (what === acknowledged) this.answered(from.name, `${to.name} ${from.name} ${call}`);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (keptStatusBoundary as Boundary)) return;
    const { store, report } = body as KeptStatus;
    this.evidence?.push({ type: 'kept', store, report });
    const nodes = this.nodesOf(store);
    const before = nodes.get(report.node);
    if (before !== undefined && compareReports(before, report) >= 0) this.report.violated(wentBack(store, report, before));
    nodes.set(report.node, report);
  }

  crashed({ name }: Process): void {
    this.evidence?.push({ type: 'crashed', store: name });
    this.newest.delete(name);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      if (seen.type !== 'kept' && seen.type !== 'acknowledged') continue;
      const before = evidence.slice(0, at);
      const question = seen.type === 'kept' ? seen : askedLast(before, seen.call);
      if (question === undefined) continue;
      const { report } = question;
      const life = before.slice(before.findLastIndex((each) => each.type === 'crashed' && each.store === seen.store) + 1);
      const kept = life.flatMap((each) => (each.type === 'kept' && each.store === seen.store && each.report.node === report.node ? [each.report] : []));
      const newer = kept.find((each) => compareReports(each, report) >= 0);
      if (seen.type === 'kept' && newer !== undefined) return wentBack(seen.store, report, newer);
      if (seen.type === 'acknowledged' && newer === undefined) return notKept(seen.store, report, kept.at(-1));
    }
    return null;
  }

  private asked(call: string, report: StatusReport): void {
    this.evidence?.push({ type: 'asked', call, report });
    this.underWay.set(call, report);
  }

  private answered(store: string, call: string): void {
    this.evidence?.push({ type: 'acknowledged', store, call });
    const report = this.underWay.get(call);
    this.underWay.delete(call);
    if (report === undefined) return;
    const has = this.nodesOf(store).get(report.node);
    if (has === undefined || compareReports(has, report) < 0) this.report.violated(notKept(store, report, has));
  }

  private nodesOf(store: string): Map<string, Position> {
    let nodes = this.newest.get(store);
    if (nodes === undefined) {
      nodes = new Map();
      this.newest.set(store, nodes);
    }
    return nodes;
  }
}

/** What was asked in that call, unless it has been acknowledged already. */
function askedLast(evidence: readonly Evidence[], call: string): Extract<Evidence, { readonly type: 'asked' }> | undefined {
  const last = evidence.findLast((each) => (each.type === 'asked' || each.type === 'acknowledged') && each.call === call);
  return last?.type === 'asked' ? last : undefined;
}

function wentBack(store: string, report: StatusReport, before: Position): string {
  return `${store} has report ${say(report)} of ${report.node} after ${say(before)}`;
}

function notKept(store: string, report: StatusReport, has: Position | undefined): string {
  return `${store} acknowledges report ${say(report)} of ${report.node}, and has ${has === undefined ? 'none' : say(has)}`;
}

const say = ({ incarnation, sequence }: Position): string => `${incarnation}.${sequence}`;
