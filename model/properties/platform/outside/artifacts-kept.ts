/** Artifacts are kept: what a registry acknowledged comes to be in every region. */
import type { Kind, Monitor, Process, Property, Scene } from '../../../../sim/index.ts';
import { pushMethod, type ImageMetadata } from '../../../outside/artifacts/methods.ts';
import { ARTIFACTS } from '../../../outside/artifacts/registry.ts';
import type { ShelfInspection } from '../../../outside/artifacts/shelf.ts';

export function artifactsKept(): Property {
  return {
    id: 'platform/artifacts-kept',
    kind: 'eventually',
    title: 'an acknowledged image reaches the registry of every region, and the registries agree on which is the latest',
    monitor: (_report, scene) => new ArtifactsKept(scene),
  };
}

const acknowledgement = pushMethod.response as Kind;

class ArtifactsKept implements Monitor {
  private readonly scene: Scene;
  private readonly acknowledged = new Set<string>();

  constructor(scene: Scene) {
    this.scene = scene;
  }

  hears(what: Kind): boolean {
    return what === acknowledgement;
  }

  sent(_from: Process, _to: Process, what: Kind, body: unknown): void {
    if (what === acknowledgement) this.acknowledged.add((body as { readonly body: ImageMetadata }).body.digest);
  }

  *waits(): Iterable<string> {
    let first: ShelfInspection | null = null;
    for (const { name } of this.scene.processes()) {
      if (!name.startsWith(ARTIFACTS)) continue;
      const shelf = this.scene.inspect(name) as ShelfInspection | null;
      if (shelf === null) {
        yield `${name} is down`;
        continue;
      }
      for (const digest of this.acknowledged)
        if (!shelf.digests.includes(digest)) yield `${name} does not have ${digest}, which was acknowledged`;
      first ??= shelf;
      for (const [repository, digest] of Object.entries(first.latest)) {
        if (shelf.latest[repository] !== digest) yield `${name} has another image for the latest of ${repository}`;
      }
    }
  }
}
