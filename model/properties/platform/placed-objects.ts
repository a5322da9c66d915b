/**
 * Objects as they stand last, on whichever side of the boundary a design places them: in
 * consensus, or in the stores of the regions.
 */
import type { Boundary, Observer, Process, Scene } from '../../../sim/index.ts';
import { isResourceKind, type Resource, type ResourceKind } from '../../api/resources/index.ts';
import { hasRegionalStores } from '../../api/stores.ts';
import type { Design } from '../../design.ts';
import { compareStamps, type Stamp } from '../../outside/regional/hybrid-clock.ts';
import { keptBoundary, type KeptVersion } from '../../outside/regional/kept.ts';
import { oncePerRun } from '../shared/once-per-run.ts';
import type { Change, CommitJournal, JournalOf } from './journal.ts';

/** Revisions of regional stores mean something in their region only. */
export type ObjectChange = Omit<Change, 'revision'>;

/** What a journal tells of objects: for what can be claimed of them wherever they stand. */
export interface ObjectStory {
  /** To be named in `through`. */
  readonly sources: readonly Observer[];
  /** By key. */
  readonly objects: ReadonlyMap<string, Resource>;
  /** Tells of changes that concern objects of these kinds, and of those that came with them. */
  follow(listener: (changes: readonly ObjectChange[]) => void, ...kinds: readonly ResourceKind[]): void;
}

/** One story for all properties of a run. */
export type StoryOf = (scene: Scene) => ObjectStory;

export function sharedStories(journalOf: JournalOf, design: Design): StoryOf {
  return hasRegionalStores(design) ? oncePerRun((scene) => new PlacedObjects(journalOf(scene))) : journalOf;
}

/**
 * Regions know different versions of what stands outside. The story is told as all will know it once they have heard of each
 * other: a version counts from when any region keeps it, unless a later one is known by then, since the last writer wins.
 */
class PlacedObjects implements ObjectStory, Observer {
  readonly sources: readonly Observer[];
  readonly objects = new Map<string, Resource>();
  private readonly listening: {
    readonly kinds: ReadonlySet<string>;
    readonly listener: (changes: readonly ObjectChange[]) => void;
  }[] = [];
  /** By key, of what stands outside or was deleted there. */
  private readonly newest = new Map<string, Stamp>();

  constructor(journal: CommitJournal) {
    this.sources = [journal, this];
    journal.follow((changes) => this.committed(changes));
  }

  follow(listener: (changes: readonly ObjectChange[]) => void, ...kinds: readonly ResourceKind[]): void {
    this.listening.push({ kinds: new Set(kinds), listener });
  }

  sees(what: Boundary): boolean {
    return what === (keptBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (keptBoundary as Boundary)) return;
    const { key, value, stamp } = (body as KeptVersion).version;
    if (!isResourceKind(key.split('/')[2] ?? '')) return;
    const newest = this.newest.get(key);
    if (newest !== undefined && compareStamps(stamp, newest) <= 0) return;
    this.newest.set(key, stamp);
    const object = value === null ? null : (JSON.parse(value) as Resource);
    // Under which authority something was deleted no regional store keeps.
    this.changed([
      { key, object, previous: this.objects.get(key) ?? null, granted: null, authority: object?.metadata.writtenBy ?? null },
    ]);
  }

  private committed(changes: readonly Change[]): void {
    const own = changes.filter(({ granted }) => granted === null);
    if (own.length > 0) this.changed(own);
  }

  private changed(changes: readonly ObjectChange[]): void {
    const kinds = new Set<string>();
    for (const { key, object, previous } of changes) {
      if (object === null) this.objects.delete(key);
      else this.objects.set(key, object);
      for (const each of [object, previous]) if (each !== null) kinds.add(each.kind);
    }
    for (const { kinds: wanted, listener } of this.listening) if ([...kinds].some((kind) => wanted.has(kind))) listener(changes);
  }
}
