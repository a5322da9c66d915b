/** Undisturbed: no agent ends what is to run. */
import type { Boundary, Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { objectKey } from '../../../api/resources/index.ts';
import { containerBoundary, type ContainerEvent } from '../../../regions/container.ts';
import { CommitJournal, type FirstApplied, type JournalOf } from '../journal.ts';

/**
 * Judged when a container is told to stop: its workload has been deleted, or is gone, or its node is. An agent may know
 * less than there is, and never more.
 */
export function undisturbed(journalOf: JournalOf): Property {
  return {
    id: 'platform/undisturbed',
    kind: 'always',
    title: 'an agent stops only what was deleted',
    monitor: (report, scene, keepEvidence) => new Undisturbed(report, scene, journalOf(scene), keepEvidence),
  };
}

interface Stop {
  readonly node: string;
  readonly name: string;
  /** Of the workload. */
  readonly uid: string;
  /** So many entries had been committed by then. */
  readonly after: number;
}

class Undisturbed implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly journal: CommitJournal;
  private readonly evidence: Stop[] | null;
  private readonly entries: readonly FirstApplied[];

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.journal = journal;
    this.through = [journal];
    this.evidence = keepEvidence ? [] : null;
    this.entries = keepEvidence ? journal.keep(scene) : [];
  }

  sees(what: Boundary): boolean {
    return what === (containerBoundary as Boundary);
  }

  crossed({ name: node }: Process, what: Boundary, body: unknown): void {
    if (what !== (containerBoundary as Boundary)) return;
    const event = body as ContainerEvent;
    if (event.what !== 'stopping') return;
    const { name, uid } = event.container;
    const stop: Stop = { node, name, uid, after: this.entries.length };
    this.evidence?.push(stop);
    if (isWanted(stop, this.journal)) this.report.violated(say(stop));
  }

  fullCheck(): string | null {
    const journal = new CommitJournal();
    let seen = 0;
    for (const stop of this.evidence ?? []) {
      for (; seen < stop.after; seen++) journal.see((this.entries[seen] as FirstApplied).entry);
      if (isWanted(stop, journal)) return say(stop);
    }
    return null;
  }
}

/** The workload stands, and is to run there. */
function isWanted({ node, name, uid }: Stop, { objects }: CommitJournal): boolean {
  const metadata = objects.get(objectKey('Workload', name))?.metadata;
  return metadata?.uid === uid && metadata.deletionUs === null && objects.has(objectKey('Node', node));
}

function say({ node, name }: Stop): string {
  return `${node} stops ${name}, which nobody has deleted`;
}
