/** Undisturbed: no agent ends what is to run. */
import type { Boundary, Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { objectKey } from '../../../api/resources/index.ts';
import { containerBoundary, type ContainerEvent } from '../../../regions/container.ts';
import type { CommitJournal, JournalOf } from '../journal.ts';

/** Judged when a container is told to stop: its workload has been deleted, or is gone, or its node is. An agent may know less than there is, and never more. */
export function undisturbed(journalOf: JournalOf): Property {
  return {
    id: 'platform/undisturbed',
    kind: 'always',
    title: 'an agent stops nothing but what was deleted',
    monitor: (report, scene, keepEvidence) => new Undisturbed(report, scene, journalOf(scene), keepEvidence),
  };
}

interface Stop {
  readonly node: string;
  readonly name: string;
  /** The workload stood, and was to run there. */
  readonly isWanted: boolean;
}

class Undisturbed implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly journal: CommitJournal;
  private readonly evidence: Stop[] | null;

  constructor(report: Report, _scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.journal = journal;
    this.through = [journal];
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (containerBoundary as Boundary);
  }

  crossed({ name: node }: Process, what: Boundary, body: unknown): void {
    if (what !== (containerBoundary as Boundary)) return;
    const event = body as ContainerEvent;
    if (event.what !== 'stopping') return;
    const { name, uid } = event.container;
    const metadata = this.journal.objects.get(objectKey('Workload', name))?.metadata;
    const isWanted = metadata?.uid === uid && metadata.deletionUs === null && this.journal.objects.has(objectKey('Node', node));
    this.evidence?.push({ node, name, isWanted });
    if (isWanted) this.report.violated(say({ node, name, isWanted }));
  }

  fullCheck(): string | null {
    const stop = this.evidence?.find(({ isWanted }) => isWanted);
    return stop === undefined ? null : say(stop);
  }
}

function say({ node, name }: Stop): string {
  return `${node} stops ${name}, which nobody has deleted`;
}
