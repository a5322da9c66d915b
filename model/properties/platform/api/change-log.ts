/**
 * The committed changes of every kind, in order, as far back as an answer of the API is judged:
 * what a list or a watch has to show.
 */
import type { Scene } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import { classesOfKind, resourceKinds, type ResourceKind } from '../../../api/resources/index.ts';
import { isInConsensus } from '../../../api/state-classes.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';
import { oncePerRun } from '../../shared/once-per-run.ts';

/** One change of one object. */
export interface KindChange {
  readonly revision: number;
  readonly name: string;
  /** Revision of the object before it, or 0: there was none. */
  readonly before: number;
  readonly isDeletion: boolean;
}

/** Changes remembered of each kind; a watch that is further behind is not judged any more. */
const REMEMBERED = 4_096;

export class KindLog {
  /** By name, the revision of what stands there. */
  readonly current = new Map<string, number>();
  private changes: KindChange[] = [];
  /** Changes that were forgotten: positions count from the first one ever. */
  private forgotten = 0;

  get end(): number {
    return this.forgotten + this.changes.length;
  }

  /** The change at a position; undefined when it is to come, null when it is forgotten. */
  at(position: number): KindChange | undefined | null {
    return position < this.forgotten ? null : this.changes[position - this.forgotten];
  }

  /** Position of the first change after a revision. */
  after(revision: number): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle] as KindChange).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.forgotten + low;
  }

  add(name: string, revision: number, isDeletion: boolean): void {
    this.changes.push({ revision, name, before: this.current.get(name) ?? 0, isDeletion });
    if (isDeletion) this.current.delete(name);
    else this.current.set(name, revision);
    if (this.changes.length < 2 * REMEMBERED) return;
    this.forgotten += this.changes.length - REMEMBERED;
    this.changes = this.changes.slice(-REMEMBERED);
  }

  /** Revisions by name as they were at a revision; null when that is too long ago. */
  stateAt(revision: number): ReadonlyMap<string, number> | null {
    const from = this.after(revision);
    if (from === this.end) return this.current;
    if (from === this.forgotten && this.forgotten > 0) return null;
    const state = new Map(this.current);
    for (let position = this.end - 1; position >= from; position--) {
      const { name, before } = this.changes[position - this.forgotten] as KindChange;
      if (before === 0) state.delete(name);
      else state.set(name, before);
    }
    return state;
  }
}

export class ChangeLog {
  /** What a monitor that reads it goes through. */
  readonly through: readonly CommitJournal[];
  private readonly journal: CommitJournal;
  private readonly logs = new Map<ResourceKind, KindLog>();

  /** Of the kinds that a design places in consensus whole. */
  constructor(journal: CommitJournal, design: Design) {
    this.journal = journal;
    this.through = [journal];
    for (const kind of resourceKinds) if (isInConsensus(design, ...classesOfKind(kind))) this.logs.set(kind, new KindLog());
    journal.follow((changes) => this.committed(changes), ...this.logs.keys());
  }

  /** Newest revision that any member has applied. */
  get revision(): number {
    return this.journal.revision;
  }

  /** Null for a kind whose objects stand elsewhere. */
  of(kind: ResourceKind): KindLog | null {
    return this.logs.get(kind) ?? null;
  }

  entries(): Iterable<[ResourceKind, KindLog]> {
    return this.logs;
  }

  private committed(changes: readonly Change[]): void {
    for (const { revision, object, previous } of changes) {
      const changed = object ?? previous;
      if (changed !== null) this.logs.get(changed.kind)?.add(changed.metadata.name, revision, object === null);
    }
  }
}

/** One for all properties of a run, beside its journal. */
export type ChangeLogOf = (scene: Scene) => ChangeLog;

export function sharedChangeLogs(journalOf: JournalOf, design: Design): ChangeLogOf {
  return oncePerRun((scene) => new ChangeLog(journalOf(scene), design));
}
