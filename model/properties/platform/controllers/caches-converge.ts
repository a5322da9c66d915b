/** Caches converge: after the heal every cache of a controller and of a node's agent is what the store holds. */
import type { Monitor, Observer, Property, Scene } from '../../../../sim/index.ts';
import {
  classOfKind,
  kindPrefix,
  objectKey,
  resourceKinds,
  type Resource,
  type ResourceKind,
} from '../../../api/resources/index.ts';
import { placementOf } from '../../../api/state-classes.ts';
import type { Design } from '../../../design.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';

/** Leases are renewed all the time: a cache of them is always a little behind. */
const RESTLESS: readonly ResourceKind[] = ['Lease'];

export function cachesConverge(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/caches-converge',
    kind: 'eventually',
    title: 'the caches of controllers and agents come to hold what the store holds',
    monitor: (_report, scene) => new CachesConverge(scene, journalOf(scene), design),
  };
}

/** What an informer shows of itself. */
interface InformerView {
  readonly kind: ResourceKind;
  readonly objects: readonly Resource[];
}

class CachesConverge implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly design: Design;
  /** Revision of the last write of each object, by key. */
  private readonly versions = new Map<string, number>();

  constructor(scene: Scene, journal: CommitJournal, design: Design) {
    this.scene = scene;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), ...resourceKinds.filter((kind) => !RESTLESS.includes(kind)));
    this.design = design;
  }

  private committed(changes: readonly Change[]): void {
    for (const { key, revision, object } of changes) {
      if (object === null) this.versions.delete(key);
      else this.versions.set(key, revision);
    }
  }

  *waits(): Iterable<string> {
    const counts = new Map<ResourceKind, number>();
    for (const { name } of this.scene.processes()) {
      for (const { kind, objects } of informersOf(this.scene.inspect(name))) {
        if (RESTLESS.includes(kind) || placementOf(classOfKind(kind), this.design) === 'outside') continue;
        for (const { metadata } of objects) {
          const version = this.versions.get(objectKey(kind, metadata.name));
          if (version !== metadata.resourceVersion)
            yield `${name} has ${kind} ${metadata.name} at ${metadata.resourceVersion}, and the store ${version === undefined ? 'has none' : `at ${version}`}`;
        }
        const count = counts.get(kind) ?? this.count(kind);
        counts.set(kind, count);
        if (objects.length !== count) yield `${name} has ${objects.length} of ${count} objects of ${kind}`;
      }
    }
  }

  private count(kind: ResourceKind): number {
    const prefix = kindPrefix(kind);
    let count = 0;
    for (const key of this.versions.keys()) if (key.startsWith(prefix)) count++;
    return count;
  }
}

/** Of whatever a process shows of itself. */
function informersOf(view: unknown): readonly InformerView[] {
  if (typeof view !== 'object' || view === null) return [];
  if ('informers' in view) return view.informers as readonly InformerView[];
  return 'informer' in view ? [view.informer as InformerView] : [];
}
