/**
 * What the API's most frequent messages put into the digest of a run. An object is told by who it is and which version: what it
 * says went into the digest with the request that wrote it.
 */
import type { Digest } from '../../sim/index.ts';
import type { ListResponse, ResourceEvent } from './methods.ts';
import type { Resource } from './resources/index.ts';

export function digestObject({ metadata }: Resource, digest: Digest): void {
  const { name, uid, resourceVersion, generation } = metadata;
  digest.string(name);
  digest.string(uid);
  digest.number(resourceVersion);
  digest.number(generation);
}

export function digestList({ resourceVersion, items }: ListResponse, digest: Digest): void {
  digest.number(resourceVersion);
  digest.int(items.length);
  for (let at = 0; at < items.length; at++) digestObject(items[at]!, digest);
}

export function digestResourceEvent(event: ResourceEvent, digest: Digest): void {
  digest.number(event.resourceVersion);
  digest.string(event.type);
  if (event.type !== 'bookmark') digestObject(event.object, digest);
}
