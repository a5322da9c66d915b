/** No orphans: after the heal nothing stands whose owners are all gone. */
import type { Monitor, Observer, Property } from '../../../../sim/index.ts';
import { objectKey, type OwnerReference, type Resource } from '../../../api/resources/index.ts';
import type { ObjectStory, StoryOf } from '../placed-objects.ts';

export function noOrphans(storyOf: StoryOf): Property {
  return {
    id: 'platform/no-orphans',
    kind: 'eventually',
    title: 'objects whose owners are all gone are collected',
    monitor: (_report, scene) => new NoOrphans(storyOf(scene)),
  };
}

class NoOrphans implements Monitor {
  readonly through: readonly Observer[];
  private readonly story: ObjectStory;

  constructor(story: ObjectStory) {
    this.story = story;
    this.through = story.sources;
  }

  *waits(): Iterable<string> {
    for (const [key, { metadata }] of this.story.objects) {
      if (metadata.owners.length > 0 && !metadata.owners.some((owner) => this.lives(owner)))
        yield `${key} stands, although nobody is left whom it belongs to`;
    }
  }

  private lives({ kind, name, uid }: OwnerReference): boolean {
    return this.story.objects.get(objectKey(kind as Resource['kind'], name))?.metadata.uid === uid;
  }
}
