/** Recovers: after the heal the store has a leader and the API answers, in every region. */
import type { Monitor, Observer, Property, Scene } from '../../../sim/index.ts';
import { objectKey, type Lease } from '../../api/resources/index.ts';
import { nodes } from './members.ts';
import type { ObjectStory, StoryOf } from './placed-objects.ts';

/** Nodes of every region renew their leases through the API; a renewal that is committed after the heal proves the whole way. */
export function recovers(storyOf: StoryOf): Property {
  return {
    id: 'platform/recovers',
    kind: 'eventually',
    title: 'the store gets a leader and the API answers again',
    monitor: (_report, scene) => new Recovers(scene, storyOf(scene)),
  };
}

class Recovers implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly story: ObjectStory;
  private silent: Set<string> | null = null;

  constructor(scene: Scene, story: ObjectStory) {
    this.scene = scene;
    this.story = story;
    this.through = story.sources;
    story.follow((changes) => {
      if (this.silent === null || this.silent.size === 0) return;
      for (const { object } of changes) if (object?.kind === 'Lease') this.silent.delete((object as Lease).spec.holder);
    }, 'Lease');
  }

  healed(): void {
    this.silent = new Set(nodes(this.scene));
  }

  *waits(): Iterable<string> {
    for (const node of this.silent ?? []) {
      // Nodes of a region that is not in service renew nothing.
      if (this.story.objects.has(objectKey('Node', node))) yield `the lease of ${node} has not been renewed since the heal`;
    }
  }
}
