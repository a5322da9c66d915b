/** Quorum loss: while no majority of the store can talk, nothing asked meanwhile succeeds and nobody is given authority. */
import type { Boundary, Monitor, Operation, Process, Property, Report, Scene, SimEvent } from '../../../sim/index.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/state-machine.ts';
import type { CommitJournal, JournalOf } from './journal.ts';
import { storeView } from './members.ts';
import { QuorumWatch } from './quorum-watch.ts';

/**
 * Entries that a log held when the quorum was lost may still be committed by answers under way, so that only grants in later
 * ones are judged, and only operations invoked since.
 */
export function quorumLoss(journalOf: JournalOf): Property {
  return {
    id: 'platform/quorum-loss',
    kind: 'always',
    title: 'quorum loss stops unsafe progress rather than creating split-brain authority',
    monitor: (report, scene, keepEvidence) => new QuorumLoss(report, scene, journalOf(scene), keepEvidence),
  };
}

/** A time without a quorum. */
interface Loss {
  readonly beganStep: number;
  /** -1 while it lasts. */
  endedStep: number;
  /** Highest index that the log of a running member held when it began. */
  readonly lastIndex: number;
}

interface Grant {
  readonly role: string;
  readonly token: number;
  readonly index: number;
  readonly step: number;
}

class QuorumLoss implements Monitor {
  readonly sees = isApplied;
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly journal: CommitJournal;
  private readonly quorum: QuorumWatch;
  private loss: Loss | null = null;
  private readonly losses: Loss[] = [];
  private readonly grants: Grant[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.journal = journal;
    this.quorum = new QuorumWatch(scene);
    this.grants = keepEvidence ? [] : null;
    scene.history().listen({ returned: (operation) => this.returned(operation) });
  }

  stepped(event: SimEvent): void {
    if (!this.quorum.stepped(event)) return;
    // The step that the event counts as has just ended: what comes now belongs to the next one.
    const step = this.scene.step();
    if (this.loss !== null) {
      this.loss.endedStep = step;
      this.loss = null;
    } else {
      this.loss = { beganStep: step, endedStep: -1, lastIndex: this.lastIndex() };
      this.losses.push(this.loss);
    }
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (appliedBoundary as Boundary)) return;
    const { index } = body as AppliedEntry;
    for (const { granted } of this.journal.see(body as AppliedEntry) ?? []) {
      if (granted === null) continue;
      const grant = { role: granted.role, token: granted.token, index, step: this.scene.step() };
      this.grants?.push(grant);
      if (this.loss !== null && index > this.loss.lastIndex) this.report.violated(sayGrant(grant));
    }
  }

  fullCheck(): string | null {
    for (const { beganStep, endedStep, lastIndex } of this.losses) {
      const during = (step: number): boolean => step >= beganStep && (endedStep < 0 || step < endedStep);
      const operation = this.scene.history().operations.find(({ status, invokedStep, returnedStep }) => status === 'ok' && during(invokedStep) && during(returnedStep));
      if (operation !== undefined) return sayOperation(operation);
      const grant = this.grants?.find(({ step, index }) => during(step) && index > lastIndex);
      if (grant !== undefined) return sayGrant(grant);
    }
    return null;
  }

  private returned(operation: Operation): void {
    if (this.loss === null || operation.status !== 'ok' || operation.invokedStep < this.loss.beganStep) return;
    this.report.violated(sayOperation(operation));
  }

  private lastIndex(): number {
    return Math.max(this.journal.index, ...this.quorum.members.map((member) => storeView(this.scene, member)?.raft.raft?.lastIndex ?? 0));
  }
}

function sayOperation({ name, client, input }: Operation): string {
  return `${name} ${JSON.stringify(input)} of ${client} succeeded although no majority of the store could talk since it was asked`;
}

function sayGrant({ role, token, index }: Grant): string {
  return `token ${token} of ${role} was granted by entry ${index}, made while no majority of the store could talk`;
}
