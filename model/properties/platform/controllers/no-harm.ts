/** No harm: what belongs to somebody is not collected. */
import type { Monitor, Observer, Property, Report } from '../../../../sim/index.ts';
import { objectKey, type OwnerReference, type Resource } from '../../../api/resources/index.ts';
import { GARBAGE_COLLECTOR_ROLE } from '../../../controllers/machinery/options.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';

/**
 * Judged when the deletion is committed, by the owners as they are committed then: an owner lives while an object of its kind, name and uid
 * stands, whatever any cache shows. What has no owners is nobody's to collect. Who deletes is read off the token that the txn compares: where a
 * design has no fencing, only marks for deletion say so.
 */
export function noHarm(journalOf: JournalOf): Property {
  return {
    id: 'platform/no-harm',
    kind: 'always',
    title: 'the garbage collector deletes nothing whose owner lives, and nothing that never had an owner',
    monitor: (report, scene, keepEvidence) => new NoHarm(report, journalOf(scene), keepEvidence),
  };
}

interface Judged {
  readonly key: string;
  readonly victim: Resource;
  /** By key, the uids of all objects that stood then; only with evidence. */
  readonly standing: ReadonlyMap<string, string>;
}

class NoHarm implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly journal: CommitJournal;
  private readonly evidence: Judged[] | null;

  constructor(report: Report, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.journal = journal;
    this.evidence = keepEvidence ? [] : null;
    this.through = [journal];
    journal.follow((changes) => this.judge(changes), 'deletion');
  }

  private judge(changes: readonly Change[]): void {
    for (const change of changes) {
      const victim = victimOf(change);
      if (victim === null) continue;
      const { key } = change;
      this.evidence?.push({ key, victim, standing: new Map([...this.journal.objects].map(([name, { metadata }]) => [name, metadata.uid])) });
      const harm = harmTo(key, victim, (owner) => this.journal.objects.get(objectKey(owner.kind as Resource['kind'], owner.name))?.metadata.uid === owner.uid);
      if (harm !== null) this.report.violated(harm);
    }
  }

  fullCheck(): string | null {
    for (const { key, victim, standing } of this.evidence ?? []) {
      const uids = new Set(standing.values());
      const harm = harmTo(key, victim, ({ uid }) => uids.has(uid));
      if (harm !== null) return harm;
    }
    return null;
  }
}

/** What the collector deletes by this change, or marks for deletion: as it was before. */
function victimOf({ authority, object, previous }: Change): Resource | null {
  if (authority?.role !== GARBAGE_COLLECTOR_ROLE || previous === null) return null;
  const isMarked = object !== null && object.metadata.deletionUs !== null && previous.metadata.deletionUs === null;
  return object === null || isMarked ? previous : null;
}

function harmTo(key: string, { metadata }: Resource, lives: (owner: OwnerReference) => boolean): string | null {
  // Somebody else had asked for its end, and the collector has let go of it.
  if (metadata.deletionUs !== null) return null;
  if (metadata.owners.length === 0) return `the collector deletes ${key}, ${metadata.uid}, which belongs to nobody`;
  const owner = metadata.owners.find(lives);
  return owner === undefined ? null : `the collector deletes ${key}, ${metadata.uid}, while its owner ${owner.kind} ${owner.name}, ${owner.uid}, lives`;
}
