/**
 * A deletion hits the object that is meant: one that is marked or removed was asked to go by a request that named its uid, or
 * none. Judged by comparing the store's commits with what was asked of the API.
 */
import type { Kind, Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { deleteMethod, type DeleteRequest } from '../../../api/methods.ts';
import { isResourceKind, objectKey } from '../../../api/resources/index.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from '../journal.ts';
import { remember } from './remember.ts';

export function deletionsMeant(journalOf: JournalOf): Property {
  return {
    id: 'platform/deletions-meant',
    kind: 'always',
    title: 'an object is deleted only by a request that means to delete it',
    monitor: (report, scene, keepEvidence) => new DeletionsMeant(report, scene, journalOf(scene), keepEvidence),
  };
}

interface Asked {
  readonly key: string;
  /** Empty: whatever bears the name. */
  readonly uid: string;
  readonly step: number;
}

const deleteRequest = deleteMethod.request as Kind;

class DeletionsMeant implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly asked = new Map<string, Asked[]>();
  private readonly evidence: { readonly entries: readonly FirstApplied[]; readonly asked: Asked[] } | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), 'deletion');
    this.evidence = keepEvidence ? { entries: journal.keep(scene), asked: [] } : null;
  }

  hears(what: Kind): boolean {
    return what === deleteRequest;
  }

  sent(_from: Process, _to: Process, _what: Kind, message: unknown): void {
    const { kind, name, uid } = (message as { readonly body: DeleteRequest }).body;
    const asked: Asked = { key: objectKey(kind, name), uid, step: this.scene.step() };
    this.evidence?.asked.push(asked);
    remember(this.asked, asked.key, asked);
  }

  private committed(changes: readonly Change[]): void {
    for (const change of changes) {
      const uid = deletedBy(change);
      if (uid !== null && !isMeant(uid, this.asked.get(change.key) ?? [])) this.report.violated(say(change, uid));
    }
  }

  fullCheck(): string | null {
    const { entries, asked } = this.evidence ?? { entries: [], asked: [] };
    const journal = new CommitJournal();
    for (const { step, entry } of entries) {
      for (const change of journal.see(entry) ?? []) {
        const uid = deletedBy(change);
        if (
          uid !== null &&
          !isMeant(
            uid,
            asked.filter((each) => each.key === change.key && each.step <= step),
          )
        )
          return say(change, uid);
      }
    }
    return null;
  }
}

/** Uid of the object that a change marks, or removes unmarked; null for any other change, and for what ends by itself. */
function deletedBy({ previous, object }: Change): string | null {
  if (previous === null || previous.metadata.deletionUs !== null || !isResourceKind(previous.kind)) return null;
  return object === null || object.metadata.deletionUs !== null ? previous.metadata.uid : null;
}

function isMeant(uid: string, asked: readonly Asked[]): boolean {
  return asked.some((each) => each.uid === '' || each.uid === uid);
}

function say({ key, revision }: Change, uid: string): string {
  return `revision ${revision} deletes ${key} of uid ${uid}, and every request for a deletion there means another object`;
}
