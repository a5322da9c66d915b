/**
 * How a controller puts its finalizer on an object and takes it off: the list is replaced whole,
 * so it must be the list that was seen.
 */
import type { CallOutcome, Co } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Fence, Resource, ResourceKind } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';

export class Finalizer {
  /** `role/what`. */
  readonly name: string;
  private readonly client: ApiClient;
  private readonly writesBlindly: boolean;

  constructor(name: string, client: ApiClient, defects: DefectSet) {
    this.name = name;
    this.client = client;
    this.writesBlindly = defects.has('finalizers-without-version');
  }

  isOn({ metadata }: Resource): boolean {
    return metadata.finalizers.includes(this.name);
  }

  /** Before anything is done that would have to be cleaned up. `conflict` when the object is another by now: look again. */
  put<K extends ResourceKind>(object: Resource<K>, fence: Fence | null): Co<CallOutcome<Resource<K>>> {
    return this.replace(object, [...object.metadata.finalizers, this.name], fence);
  }

  /** When everything is cleaned up. */
  takeOff<K extends ResourceKind>(object: Resource<K>, fence: Fence | null): Co<CallOutcome<Resource<K>>> {
    return this.replace(
      object,
      object.metadata.finalizers.filter((name) => name !== this.name),
      fence,
    );
  }

  private replace<K extends ResourceKind>(
    { kind, metadata }: Resource<K>,
    finalizers: readonly string[],
    fence: Fence | null,
  ): Co<CallOutcome<Resource<K>>> {
    return this.client.update(kind, metadata.name, this.writesBlindly ? 0 : metadata.resourceVersion, {
      metadata: { finalizers },
      fence,
    });
  }
}
