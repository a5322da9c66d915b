/** Single active controller: what a newer leader has begun, an older one cannot interfere with any more, anywhere. */
import type { Monitor, Observer, Property, Report } from '../../../sim/index.ts';
import { describeAction, type Action, type ActionLog, type ActionLogOf } from './actions.ts';

/**
 * For each role, over all guarded resources: once an action under token t+1 was accepted anywhere, none under a token ≤ t is. A
 * seal is the first thing that a new leader has accepted; a grant alone is not (see `platform/no-stale-side-effects`).
 */
export function singleActive(actionsOf: ActionLogOf): Property {
  return {
    id: 'platform/single-active',
    kind: 'always',
    title: 'at most one active controller performs leader-only actions for a role',
    monitor: (report, scene, keepEvidence) => new SingleActive(report, actionsOf(scene), keepEvidence),
  };
}

class SingleActive implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  /** By role, the accepted action with the highest token. */
  private readonly newest = new Map<string, Action>();
  private readonly evidence: Action[] | null;

  constructor(report: Report, log: ActionLog, keepEvidence: boolean) {
    this.report = report;
    this.through = log.through;
    log.listen((actions) => this.judge(actions));
    this.evidence = keepEvidence ? [] : null;
  }

  private judge(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === 'grant') continue;
      this.evidence?.push(action);
      const newest = this.newest.get(action.role);
      if (newest === undefined || action.token > newest.token) this.newest.set(action.role, action);
      else if (action.token < newest.token) this.report.violated(conflict(action, newest));
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, later] of evidence.entries()) {
      const earlier = evidence.slice(0, position).find(({ role, token }) => role === later.role && token > later.token);
      if (earlier !== undefined) return conflict(later, earlier);
    }
    return null;
  }
}

function conflict(later: Action, earlier: Action): string {
  return `${describeAction(later)} was accepted by the ${later.at} after ${describeAction(earlier)} had been by the ${earlier.at}`;
}
