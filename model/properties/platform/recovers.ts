/** Recovers: after the heal the store has a leader and the API answers, in every region. */
import type { Boundary, Monitor, Process, Property, Scene } from '../../../sim/index.ts';
import { nodeLeaseName, objectKey } from '../../api/resources/index.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import type { CommitJournal, JournalOf } from './journal.ts';
import { nodes } from './members.ts';

/** Nodes of every region renew their leases through the API; a renewal that is committed after the heal proves the whole way. */
export function recovers(journalOf: JournalOf): Property {
  return {
    id: 'platform/recovers',
    kind: 'eventually',
    title: 'the store gets a leader and the API answers again',
    monitor: (_report, scene) => new Recovers(scene, journalOf(scene)),
  };
}

class Recovers implements Monitor {
  readonly sees = isApplied;
  private readonly scene: Scene;
  private readonly journal: CommitJournal;
  private silent: Set<string> | null = null;

  constructor(scene: Scene, journal: CommitJournal) {
    this.scene = scene;
    this.journal = journal;
  }

  healed(): void {
    this.silent = new Set(nodes(this.scene).map((node) => objectKey('Lease', nodeLeaseName(node))));
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (appliedBoundary as Boundary)) return;
    const changes = this.journal.see(body as AppliedEntry);
    if (this.silent !== null && this.silent.size > 0) for (const { key } of changes ?? []) this.silent.delete(key);
  }

  pending(): string | null {
    const [first] = this.silent ?? [];
    return first === undefined ? null : `${first} has not been renewed since the heal`;
  }
}
