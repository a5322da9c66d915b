/** How objects stand in the store: as JSON text, with the version left to the store's own revision. */
import type { KeyValue } from '../store/requests.ts';
import type { Lease, Resource } from './resources.ts';

/** The text of an object. Its version is the revision of the write, which is not known yet. */
export function encode(object: Resource): string {
  return JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: 0 } });
}

export function decode({ value, modRevision }: KeyValue): Resource {
  return atVersion(JSON.parse(value) as Resource, modRevision);
}

/**
 * The object as it reads when it was written at a revision. A Lease that was granted is written without a token, for the
 * revision of that very write is the token: of the fence, which the same txn puts.
 */
export function atVersion(object: Resource, revision: number): Resource {
  const metadata = { ...object.metadata, resourceVersion: revision };
  if (object.kind === 'Lease') {
    const { spec, status } = object as Lease;
    if (spec.holder !== '' && status.token === 0) return { ...object, metadata, status: { token: revision } };
  }
  return { ...object, metadata };
}
