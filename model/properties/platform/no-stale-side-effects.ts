/** No stale side effects: once a newer fencing token exists, nothing that a stale leader does is accepted. */
import type { Monitor, Observer, Property, Report } from '../../../sim/index.ts';
import { describeAction, type Action, type ActionLog, type ActionLogOf } from './actions.ts';

/**
 * A newer token exists for actions in the store from the commit of its grant, and for the external cloud from its seal, which is
 * why a new leader seals before it acts. What stands between grant and seal is the exposure, see `ExposureMeter`.
 */
export function noStaleSideEffects(actionsOf: ActionLogOf): Property {
  return {
    id: 'platform/no-stale-side-effects',
    kind: 'always',
    title: 'no action of a stale leader is accepted after a newer fencing token exists',
    monitor: (report, scene, keepEvidence) => new NoStaleSideEffects(report, actionsOf(scene), keepEvidence),
  };
}

class NoStaleSideEffects implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly tokens = { store: new Map<string, number>(), cloud: new Map<string, number>() };
  private readonly evidence: Action[] | null;

  constructor(report: Report, log: ActionLog, keepEvidence: boolean) {
    this.report = report;
    this.through = log.through;
    log.listen((actions) => this.judge(actions));
    this.evidence = keepEvidence ? [] : null;
  }

  private judge(actions: readonly Action[]): void {
    for (const action of actions) {
      this.evidence?.push(action);
      const tokens = this.tokens[action.at];
      const current = tokens.get(action.role) ?? 0;
      if (action.type !== 'action') tokens.set(action.role, Math.max(current, action.token));
      else if (action.token < current) this.report.violated(stale(action, current));
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, action] of evidence.entries()) {
      if (action.type !== 'action') continue;
      const newer = evidence
        .slice(0, position)
        .filter(({ type, at, role }) => type !== 'action' && at === action.at && role === action.role);
      const current = Math.max(0, ...newer.map(({ token }) => token));
      if (action.token < current) return stale(action, current);
    }
    return null;
  }
}

function stale(action: Action, current: number): string {
  return `${describeAction(action)} was accepted by the ${action.at}, which knew token ${current} already`;
}
