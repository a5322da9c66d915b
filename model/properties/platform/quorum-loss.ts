/** Quorum loss: while no majority of the store can talk, nothing asked meanwhile succeeds and nobody is given authority. */
import {
  DRIFT_PPM_MAX,
  type Micros,
  type Monitor,
  type Observer,
  type Operation,
  type Property,
  type Report,
  type Scene,
} from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { isMutation } from '../store/oracle.ts';
import type { Change, CommitJournal, JournalOf } from './journal.ts';
import { storeView } from './members.ts';
import { isControl, QuorumWatch } from './quorum-watch.ts';

/**
 * Entries that a log held when the quorum was lost may still be committed by answers under way, so that only grants in later
 * ones are judged, and only operations invoked since. A leader that reads by a lease answers as long as that lasts: nobody else
 * can be elected before, so that nothing it does not know of can have been committed.
 */
export function quorumLoss(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/quorum-loss',
    kind: 'always',
    title: 'quorum loss stops unsafe progress rather than creating split-brain authority',
    monitor: (report, scene, keepEvidence) => new QuorumLoss(report, scene, journalOf(scene), readLeaseUs(design), keepEvidence),
  };
}

/** A time without a quorum. */
interface Loss {
  readonly beganStep: number;
  readonly beganUs: Micros;
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
  readonly through: readonly Observer[];
  readonly attends = isControl;
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly journal: CommitJournal;
  private readonly quorum: QuorumWatch;
  private readonly readLeaseUs: Micros;
  private loss: Loss | null = null;
  private readonly losses: Loss[] = [];
  private readonly grants: Grant[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, readLease: Micros, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.journal = journal;
    this.readLeaseUs = readLease;
    this.quorum = new QuorumWatch(scene);
    this.grants = keepEvidence ? [] : null;
    this.through = [journal];
    journal.follow((changes, { index }) => this.committed(changes, index), 'grant');
    scene.history().listen({ returned: (operation) => this.returned(operation) });
  }

  stepped(): void {
    if (!this.quorum.stepped()) return;
    // The step that the event counts as has just ended: what comes now belongs to the next one.
    const step = this.scene.step();
    if (this.loss !== null) {
      this.loss.endedStep = step;
      this.loss = null;
    } else {
      this.loss = { beganStep: step, beganUs: this.scene.nowUs(), endedStep: -1, lastIndex: this.lastIndex() };
      this.losses.push(this.loss);
    }
  }

  private committed(changes: readonly Change[], index: number): void {
    for (const { granted } of changes) {
      if (granted === null) continue;
      const grant = { role: granted.role, token: granted.token, index, step: this.scene.step() };
      this.grants?.push(grant);
      if (this.loss !== null && index > this.loss.lastIndex) this.report.violated(sayGrant(grant));
    }
  }

  fullCheck(): string | null {
    for (const loss of this.losses) {
      const { beganStep, endedStep, lastIndex } = loss;
      const during = (step: number): boolean => step >= beganStep && (endedStep < 0 || step < endedStep);
      const operation = this.scene
        .history()
        .operations.find(
          (each) => each.status === 'ok' && during(each.invokedStep) && during(each.returnedStep) && !this.byLease(each, loss),
        );
      if (operation !== undefined) return sayOperation(operation);
      const grant = this.grants?.find(({ step, index }) => during(step) && index > lastIndex);
      if (grant !== undefined) return sayGrant(grant);
    }
    return null;
  }

  private returned(operation: Operation): void {
    if (
      this.loss === null ||
      operation.status !== 'ok' ||
      operation.invokedStep < this.loss.beganStep ||
      this.byLease(operation, this.loss)
    )
      return;
    this.report.violated(sayOperation(operation));
  }

  /** What the store is asked to write needs a majority; an update above it that changes nothing comes down to a read. */
  private byLease(operation: Operation, { beganUs }: Loss): boolean {
    return operation.invokedUs < beganUs + this.readLeaseUs && !isMutation(operation);
  }

  private lastIndex(): number {
    return Math.max(
      this.journal.index,
      ...this.quorum.members.map((member) => storeView(this.scene, member)?.raft.raft?.lastIndex ?? 0),
    );
  }
}

/** How long reads may still be answered: an election timeout, by a clock that runs slow. */
function readLeaseUs({ readMode, heartbeatUs, electionTicks }: Design): Micros {
  return readMode === 'lease' ? Math.ceil((heartbeatUs * electionTicks * (1_000_000 + 2 * DRIFT_PPM_MAX)) / 1_000_000) : 0;
}

function sayOperation({ name, client, input }: Operation): string {
  return `${name} ${JSON.stringify(input)} of ${client} succeeded although no majority of the store could talk since it was asked`;
}

function sayGrant({ role, token, index }: Grant): string {
  return `token ${token} of ${role} was granted by entry ${index}, made while no majority of the store could talk`;
}
