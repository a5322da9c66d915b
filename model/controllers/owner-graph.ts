/**
 * Who belongs to whom, as the caches of all collected kinds show it together: what Kubernetes' garbage collector calls its graph.
 */
import type { Resource } from '../api/resources/index.ts';

/** Keyed by uid: an object that is made again under its name is another one. */
export class OwnerGraph {
  private readonly objects = new Map<string, Resource>();
  /** By uid of an owner, uids of those that name it, whether or not the owner itself was ever seen. */
  private readonly dependents = new Map<string, Set<string>>();

  get(uid: string): Resource | undefined {
    return this.objects.get(uid);
  }

  /** Uids of what belongs to an object, in the order in which it was seen. */
  dependentsOf(uid: string): readonly string[] {
    return [...(this.dependents.get(uid) ?? [])];
  }

  add(object: Resource): void {
    const { uid } = object.metadata;
    const known = this.objects.get(uid);
    this.objects.set(uid, object);
    if (known !== undefined) this.detach(known);
    for (const owner of object.metadata.owners) {
      const dependents = this.dependents.get(owner.uid) ?? new Set<string>();
      this.dependents.set(owner.uid, dependents);
      dependents.add(uid);
    }
  }

  remove(uid: string): void {
    const known = this.objects.get(uid);
    if (known === undefined) return;
    this.objects.delete(uid);
    this.detach(known);
  }

  private detach({ metadata }: Resource): void {
    for (const owner of metadata.owners) {
      const dependents = this.dependents.get(owner.uid);
      dependents?.delete(metadata.uid);
      if (dependents?.size === 0) this.dependents.delete(owner.uid);
    }
  }
}
