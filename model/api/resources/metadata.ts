/** What every object carries, whatever its kind, after the Kubernetes API conventions. */
import type { Micros } from '../../../sim/index.ts';
import { many, record, given, type Fields } from './fields.ts';

export interface Metadata {
  readonly name: string;
  /** Unique over all time: a deleted and recreated object has another. Given by the API server. */
  readonly uid: string;
  /** The store's revision of the last change; clients hold it against lost updates. */
  readonly resourceVersion: number;
  /** Counts changes of the spec, from 1. */
  readonly generation: number;
  /** Sorted by key, so that equal labels are equal as text. */
  readonly labels: Readonly<Record<string, string>>;
  /** Who must have finished before a deleted object may vanish, each by a name of its own; no order among them. */
  readonly finalizers: readonly string[];
  /** When all of them are gone, so may this object be. */
  readonly owners: readonly OwnerReference[];
  /** By the clock of the API server that was asked to delete it; null while nobody has. Cannot be taken back. */
  readonly deletionUs: Micros | null;
  /** Who wrote the object last, with the fencing token it acted under; null for writers that need none. */
  readonly writtenBy: Fence | null;
}

/** An object that another belongs to. The uid says which of all that bear the name. */
export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The authority that a leader-only action travels under. */
export interface Fence {
  /** Name of the Lease, or of the election: the name of the role. */
  readonly role: string;
  /**
   * A revision of the store, strictly increasing over grants: of the grant, or by the recipe of an election that at which the leader's
   * key was made.
   */
  readonly token: number;
  /** By the recipe of an election: the store's lease on which the leader's key hangs. */
  readonly session?: number;
}

/** The part of the metadata that clients may write. What is left out stays as it is, or empty on creation. */
export interface OwnMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly owners?: readonly OwnerReference[];
}

/** The same, checked and in the order of the contract. Throws a Problem. */
export function checkOwnMetadata(fields: Fields): OwnMetadata {
  return {
    ...(fields['labels'] === undefined ? {} : { labels: record(given)(fields, 'labels') }),
    ...(fields['finalizers'] === undefined ? {} : { finalizers: many(given)(fields, 'finalizers') }),
    ...(fields['owners'] === undefined ? {} : { owners: many(ownerReference)(fields, 'owners') }),
  };
}

function ownerReference(fields: Fields, field: string): OwnerReference {
  const owner = fields[field] as Fields;
  return { kind: given(owner, 'kind'), name: given(owner, 'name'), uid: given(owner, 'uid') };
}
