/** Safe replay: restarts and retries leave at most one live effect of each intent in the outside world. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../sim/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../../outside/accepted.ts';

/**
 * An intent is a deployment (by uid) at a generation; its effect is a load balancer, live until a release covers it. What such a
 * release covers is never made again: whoever asks for it then is a straggler.
 */
export function safeReplay(): Property {
  return {
    id: 'platform/safe-replay',
    kind: 'always',
    title: 'controller restarts and replays do not duplicate external side effects',
    monitor: (report, _scene, keepEvidence) => new SafeReplay(report, keepEvidence),
  };
}

class SafeReplay implements Monitor {
  private readonly report: Report;
  /** By owner, the live load balancer of each generation. */
  private readonly live = new Map<string, Map<number, string>>();
  /** By owner, the generation below which all is released. */
  private readonly releasedBelow = new Map<string, number>();
  /** Place in the cloud's log up to which all was reported. */
  private reported = 0;
  private readonly evidence: AcceptedAction[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (acceptedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (acceptedBoundary as Boundary)) return;
    const entry = body as AcceptedAction;
    this.evidence?.push(entry);
    if (entry.sequence <= this.reported) return;
    this.reported = entry.sequence;
    if (entry.action === 'provision') this.provisioned(entry);
    else if (entry.action === 'release') this.released(entry);
  }

  fullCheck(): string | null {
    const entries = [...new Map((this.evidence ?? []).map((entry) => [entry.sequence, entry])).values()];
    for (const [position, later] of entries.entries()) {
      if (later.action !== 'provision') continue;
      const before = entries.slice(0, position).filter(({ owner }) => owner === later.owner);
      const release = before.find(({ action, generation }) => action === 'release' && generation > later.generation);
      if (release !== undefined) return late(later, release.generation);
      const earlier = before.find(({ action, generation }) => action === 'provision' && generation === later.generation);
      if (earlier !== undefined) return twice(later, earlier.resource);
    }
    return null;
  }

  private provisioned(entry: AcceptedAction): void {
    const { owner, generation, resource } = entry;
    const below = this.releasedBelow.get(owner) ?? 0;
    if (generation < below) this.report.violated(late(entry, below));
    let generations = this.live.get(owner);
    if (generations === undefined) {
      generations = new Map();
      this.live.set(owner, generations);
    }
    const other = generations.get(generation);
    if (other !== undefined) this.report.violated(twice(entry, other));
    generations.set(generation, resource);
  }

  private released({ owner, generation: below }: AcceptedAction): void {
    this.releasedBelow.set(owner, Math.max(below, this.releasedBelow.get(owner) ?? 0));
    const generations = this.live.get(owner);
    if (generations === undefined) return;
    for (const generation of [...generations.keys()]) if (generation < below) generations.delete(generation);
    if (generations.size === 0) this.live.delete(owner);
  }
}

function late({ owner, generation, resource, operationId }: AcceptedAction, below: number): string {
  return `the cloud made ${resource} for ${owner} generation ${generation} (operation ${operationId}), after all below generation ${below} had been released`;
}

function twice({ owner, generation, resource, operationId }: AcceptedAction, other: string): string {
  return `the cloud made ${resource} for ${owner} generation ${generation} (operation ${operationId}), where ${other} stands already`;
}
