/** No harm: what belongs to somebody is not collected. */
import type { Monitor, Observer, Property, Report } from '../../../../sim/index.ts';
import { FOREGROUND_FINALIZER, objectKey, type OwnerReference, type Resource } from '../../../api/resources/index.ts';
import { GARBAGE_COLLECTOR_ROLE } from '../../../controllers/machinery/options.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';

/**
 * Judged when the deletion is committed, by the owners as they are committed then: an owner lives while an object of its kind,
 * name and uid stands, whatever any cache shows, and is not being deleted in the foreground, for which what belongs to it goes
 * first. What has no owners is nobody's to collect. Who deletes is read off the token that the txn compares: where a design has
 * no fencing, only marks for deletion say so.
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
  /** The uids of all owners that lived then; only with evidence. */
  readonly living: ReadonlySet<string>;
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
      this.evidence?.push({
        key,
        victim,
        living: new Set([...this.journal.objects.values()].filter(lives).map(({ metadata }) => metadata.uid)),
      });
      const harm = harmTo(key, victim, ({ kind, name, uid }) => {
        const owner = this.journal.objects.get(objectKey(kind as Resource['kind'], name));
        return owner?.metadata.uid === uid && lives(owner);
      });
      if (harm !== null) this.report.violated(harm);
    }
  }

  fullCheck(): string | null {
    for (const { key, victim, living } of this.evidence ?? []) {
      const harm = harmTo(key, victim, ({ uid }) => living.has(uid));
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

function lives({ metadata }: Resource): boolean {
  return metadata.deletionUs === null || !metadata.finalizers.includes(FOREGROUND_FINALIZER);
}

function harmTo(key: string, { metadata }: Resource, isAlive: (owner: OwnerReference) => boolean): string | null {
  // Somebody else had asked for its end, and the collector has let go of it.
  if (metadata.deletionUs !== null) return null;
  if (metadata.owners.length === 0) return `the collector deletes ${key}, ${metadata.uid}, which belongs to nobody`;
  const owner = metadata.owners.find(isAlive);
  return owner === undefined
    ? null
    : `the collector deletes ${key}, ${metadata.uid}, while its owner ${owner.kind} ${owner.name}, ${owner.uid}, lives`;
}
