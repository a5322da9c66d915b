/**
 * DNS plans: a name goes from older plans to newer ones and never back, also in the answers to those who
 * look it up, and the plan that is in force stands.
 */
import type { Boundary, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { toldBoundary, zoneBoundary, type ToldPlan, type ZoneAction } from '../../../outside/dns/methods.ts';

/** Judged by the log of the provider, which does what it is asked to do, and by what it tells. */
export function dnsPlans(): Property {
  return {
    id: 'platform/dns-plans',
    kind: 'always',
    title: 'the DNS plan in force is never deleted, never empty, and never gives way to an older one',
    monitor: (report, _scene, keepEvidence) => new DnsPlans(report, keepEvidence),
  };
}

class DnsPlans implements Monitor {
  private readonly report: Report;
  /** By service, the number of the plan in force. */
  private readonly active = new Map<string, number>();
  /** Place in the log up to which all was reported. */
  private reported = 0;
  /** By service, the newest plan that anybody was told is in force. */
  private readonly told = new Map<string, number>();
  private readonly evidence: ZoneAction[] | null;
  private readonly evidenceTold: ToldPlan[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
    this.evidenceTold = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (zoneBoundary as Boundary) || what === (toldBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (zoneBoundary as Boundary)) this.acted(body as ZoneAction);
    else if (what === (toldBoundary as Boundary)) this.tells(body as ToldPlan);
  }

  private acted(action: ZoneAction): void {
    if (action.sequence <= this.reported) return;
    this.reported = action.sequence;
    this.evidence?.push(action);
    const broken = judge(action, this.active.get(action.service) ?? 0);
    if (broken !== null) this.report.violated(broken);
    if (action.action === 'activate') this.active.set(action.service, action.number);
    else if (action.action === 'release') {
      this.active.delete(action.service);
      this.told.delete(action.service);
    }
  }

  private tells(told: ToldPlan): void {
    this.evidenceTold?.push(told);
    const newest = this.told.get(told.service) ?? 0;
    if (told.number < newest) this.report.violated(takenBack(told, newest));
    else if (told.number > newest) this.told.set(told.service, told.number);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, action] of evidence.entries()) {
      const last = evidence
        .slice(0, position)
        .findLast(
          (earlier) => earlier.service === action.service && (earlier.action === 'activate' || earlier.action === 'release'),
        );
      const broken = judge(action, last?.action === 'activate' ? last.number : 0);
      if (broken !== null) return broken;
    }
    const newest = new Map<string, number>();
    for (const told of this.evidenceTold ?? []) {
      const before = newest.get(told.service) ?? 0;
      if (told.number < before) return takenBack(told, before);
      newest.set(told.service, told.number);
    }
    return null;
  }
}

const takenBack = ({ record, number }: ToldPlan, newest: number): string =>
  `${record} is told to lead to plan ${number} after it was told to lead to plan ${newest}`;

function judge({ action, record, number, targets }: ZoneAction, active: number): string | null {
  if (action === 'activate' && number < active) return `${record} went back from plan ${active} to plan ${number}`;
  if (action === 'delete' && number === active) return `plan ${number} of ${record} was deleted while it was in force`;
  return action === 'put' && targets.length === 0 ? `plan ${number} of ${record} leads nowhere` : null;
}
