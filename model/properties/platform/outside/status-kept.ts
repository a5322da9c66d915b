/**
 * Status stores: whoever asks one is shown what it acknowledged, or something newer, and never something older than it has shown.
 */
import type { Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import {
  compareReports,
  readStatusMethod,
  reportStatusMethod,
  shareStatusMethod,
  type Position,
  type StatusReport,
} from '../../../outside/status/methods.ts';

/** Judged by what stores tell nodes, each other and those who ask, and by nothing that a store says of itself. */
export function statusKept(): Property {
  return {
    id: 'platform/status-kept',
    kind: 'always',
    title:
      'whoever asks a status store is shown what it has acknowledged or something newer, and nothing older than it has shown before',
    monitor: (report, _scene, keepEvidence) => new StatusKept(report, keepEvidence),
  };
}

const reported = reportStatusMethod.request as Kind;
const shared = shareStatusMethod.request as Kind;
const asked = readStatusMethod.request as Kind;
const answers: readonly Kind[] = [reportStatusMethod.response, shareStatusMethod.response];
const shown = readStatusMethod.response as Kind;

/** What a store is asked in a call: to keep reports, or to show those of some nodes. */
type Request =
  | { readonly type: 'keep'; readonly reports: readonly StatusReport[] }
  | { readonly type: 'show'; readonly nodes: readonly string[] };

/** What crossed, as it did: a request, an acknowledgement, what was shown, the end of a store. */
type Evidence =
  | { readonly type: 'asked'; readonly call: string; readonly request: Request }
  | { readonly type: 'acknowledged'; readonly store: string; readonly call: string }
  | { readonly type: 'shown'; readonly store: string; readonly call: string; readonly reports: readonly StatusReport[] }
  | { readonly type: 'crashed'; readonly store: string };

class StatusKept implements Monitor {
  private readonly report: Report;
  /** By store, what it has acknowledged or shown of each node, while it lives. */
  private readonly known = new Map<string, Map<string, Position>>();
  /** Calls under way, by who asks whom in which call. */
  private readonly underWay = new Map<string, Request>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return what === reported || what === shared || what === asked || answers.includes(what) || what === shown;
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const { call, body: said } = body as { readonly call: number; readonly body: unknown };
    const there = `${from.name} ${to.name} ${call}`;
    const back = `${to.name} ${from.name} ${call}`;
    if (what === reported) this.asked(there, { type: 'keep', reports: [said as StatusReport] });
    else if (what === shared)
      this.asked(there, { type: 'keep', reports: (said as { readonly reports: readonly StatusReport[] }).reports });
    else if (what === asked) this.asked(there, { type: 'show', nodes: (said as { readonly nodes: readonly string[] }).nodes });
    else if (what === shown) this.shown(from.name, back, (said as { readonly reports: readonly StatusReport[] }).reports);
    else if (answers.includes(what)) this.acknowledged(from.name, back);
  }

  crashed({ name }: Process): void {
    this.evidence?.push({ type: 'crashed', store: name });
    this.known.delete(name);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      if (seen.type !== 'shown') continue;
      const before = evidence.slice(0, at);
      const request = requestOf(before, seen.call);
      if (request?.type !== 'show') continue;
      const life = before.slice(before.findLastIndex((each) => each.type === 'crashed' && each.store === seen.store) + 1);
      for (const node of request.nodes) {
        const shows = seen.reports.find((report) => report.node === node);
        const newer = life
          .flatMap((each) => toldBy(each, seen.store, before))
          .find((report) => report.node === node && (shows === undefined || compareReports(report, shows) > 0));
        if (newer !== undefined) return notShown(seen.store, node, newer, shows);
      }
    }
    return null;
  }

  private asked(call: string, request: Request): void {
    this.evidence?.push({ type: 'asked', call, request });
    this.underWay.set(call, request);
  }

  private acknowledged(store: string, call: string): void {
    this.evidence?.push({ type: 'acknowledged', store, call });
    const request = this.take(call);
    if (request?.type !== 'keep') return;
    for (const report of request.reports) this.note(store, report);
  }

  private shown(store: string, call: string, reports: readonly StatusReport[]): void {
    this.evidence?.push({ type: 'shown', store, call, reports });
    const request = this.take(call);
    if (request?.type !== 'show') return;
    const known = this.known.get(store);
    for (const node of request.nodes) {
      const before = known?.get(node);
      const shows = reports.find((report) => report.node === node);
      if (before !== undefined && (shows === undefined || compareReports(before, shows) > 0))
        this.report.violated(notShown(store, node, before, shows));
    }
    for (const report of reports) this.note(store, report);
  }

  private take(call: string): Request | undefined {
    const request = this.underWay.get(call);
    this.underWay.delete(call);
    return request;
  }

  /** The store has this one, or something newer. */
  private note(store: string, report: StatusReport): void {
    let nodes = this.known.get(store);
    if (nodes === undefined) {
      nodes = new Map();
      this.known.set(store, nodes);
    }
    const before = nodes.get(report.node);
    if (before === undefined || compareReports(before, report) < 0)
      nodes.set(report.node, { incarnation: report.incarnation, sequence: report.sequence });
  }
}

/** What a store has told somebody that it has. */
function toldBy(each: Evidence, store: string, before: readonly Evidence[]): readonly StatusReport[] {
  if (each.type === 'shown' && each.store === store) return each.reports;
  if (each.type !== 'acknowledged' || each.store !== store) return [];
  const request = requestOf(before.slice(0, before.indexOf(each)), each.call);
  return request?.type === 'keep' ? request.reports : [];
}

/** What was asked in that call, unless it has been answered already. */
function requestOf(evidence: readonly Evidence[], call: string): Request | undefined {
  const last = evidence.findLast((each) => each.type !== 'crashed' && each.call === call);
  return last?.type === 'asked' ? last.request : undefined;
}

function notShown(store: string, node: string, has: Position, shows: Position | undefined): string {
  return `${store} shows ${shows === undefined ? 'no report' : `report ${say(shows)}`} of ${node}, and has told of ${say(has)}`;
}

const say = ({ incarnation, sequence }: Position): string => `${incarnation}.${sequence}`;
