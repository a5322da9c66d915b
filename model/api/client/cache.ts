/** A controller's local cache of one kind: rebuilt from the API whenever need be, and never the authority on anything. */
import type { Os } from '../../../sim/index.ts';
import type { Resource, ResourceKind } from '../resources/index.ts';
import { observedBoundary } from './observed.ts';

export class Cache<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  private readonly os: Os;
  private readonly objects = new Map<string, Resource<K>>();

  constructor(os: Os, kind: K) {
    this.os = os;
    this.kind = kind;
  }

  get size(): number {
    return this.objects.size;
  }

  get(name: string): Resource<K> | undefined {
    return this.objects.get(name);
  }

  /** In the order in which they were first seen. */
  list(): readonly Resource<K>[] {
    return [...this.objects.values()];
  }

  /** Takes a state in; null when the object was found to be gone at `resourceVersion`. All that is ever observed passes here. */
  set(name: string, object: Resource<K> | null, resourceVersion: number): void {
    const subject = object ?? this.objects.get(name);
    if (subject === undefined) return;
    if (object === null) this.objects.delete(name);
    else this.objects.set(name, object);
    const { uid, generation } = subject.metadata;
    const { kind } = this;
    this.os.cross(observedBoundary, {
      controller: this.os.name,
      kind,
      name,
      uid,
      generation,
      resourceVersion,
      deleted: object === null,
    });
  }
}
