/** How objects stand in the store: as JSON text, with the version left to the store's own revision. */
import type { Os } from '../../sim/index.ts';
import type { KeyValue } from '../store/machine/requests.ts';
import type { Lease, Metadata, OutsideContent, OutsideKind, Resource } from './resources/index.ts';

/** The text of an object. Its version is the revision of the write, which is not known yet. */
export function encode(object: Resource): string {
  return JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: 0 } });
}

/** The text of an observation, in the shape of an object. It begins with what it says, so that the store can compare that. */
export function encodeObservation(kind: OutsideKind, name: string, uid: string, spec: OutsideContent): string {
  const metadata: Metadata = {
    name,
    uid,
    resourceVersion: 0,
    generation: 1,
    labels: {},
    finalizers: [],
    owners: [],
    deletionUs: null,
    deletionGraceUs: null,
    writtenBy: null,
  };
  return JSON.stringify({ spec, kind, metadata, status: {} });
}

/** How the texts of all observations begin whose data begins with this; it is of characters that stand for themselves. */
export const observationPrefix = (data: string): string => `{"spec":{"data":"${data}`;

/** The object that stands in the store. */
export function decode(os: Pick<Os, 'readText'>, { value, modRevision }: KeyValue): Resource {
  return os.readText(value, modRevision, readObject);
}

function readObject(text: string, revision: number): Resource {
  return completed(JSON.parse(text) as Resource, revision);
}

/**
 * The object as it reads when it was written at a revision. A Lease that was granted is written without a token, for the
 * revision of that very write is the token: of the fence, which the same txn puts.
 */
export function atVersion(object: Resource, revision: number): Resource {
  const metadata = { ...object.metadata, resourceVersion: revision };
  return isGranted(object) ? { ...object, metadata, status: { token: revision } } : { ...object, metadata };
}

/** The same for an object that was just read, and is nobody's yet: in its place. */
function completed(object: Resource, revision: number): Resource {
  (object.metadata as { resourceVersion: number }).resourceVersion = revision;
  if (isGranted(object)) (object as { status: Lease['status'] }).status = { token: revision };
  return object;
}

function isGranted(object: Resource): boolean {
  if (object.kind !== 'Lease') return false;
  const { spec, status } = object as Lease;
  return spec.holder !== '' && status.token === 0;
}
