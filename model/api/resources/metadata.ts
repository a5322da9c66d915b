/** What every object carries, whatever its kind, after the Kubernetes API conventions. */
import type { Micros } from '../../../sim/index.ts';
import { flag, given, many, optional, Problem, record, type Fields } from './fields.ts';

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
  /**
   * How long whoever runs what the object stands for may take to end it, before the object is removed by that very process; 0:
   * nothing is waited for but finalizers. Null while `deletionUs` is. Can only become less.
   */
  readonly deletionGraceUs: Micros | null;
  /** Who wrote the object last, with the fencing token it acted under; null for writers that need none. */
  readonly writtenBy: Fence | null;
}

/** An object that another belongs to. The uid says which of all that bear the name. */
export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** An owner that is deleted in the foreground waits until this one is gone. */
  readonly blockOwnerDeletion?: boolean;
}

/**
 * The reference by which a controller owns what it makes: as Kubernetes' `NewControllerRef`, it blocks the
 * owner's deletion in the foreground.
 */
export function controllerReference(kind: string, { name, uid }: Pick<Metadata, 'name' | 'uid'>): OwnerReference {
  return { kind, name, uid, blockOwnerDeletion: true };
}

/** The authority that a leader-only action travels under. */
export interface Fence {
  /** Name of the Lease, or of the election: the name of the role. */
  readonly role: string;
  /**
   * A revision of the store, strictly increasing over grants: of the grant, or by the recipe of an election that
   * at which the leader's key was made.
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
    ...(fields['labels'] === undefined ? {} : { labels: record(label)(fields, 'labels') }),
    ...(fields['finalizers'] === undefined ? {} : { finalizers: finalizers(fields, 'finalizers') }),
    ...(fields['owners'] === undefined ? {} : { owners: many(ownerReference)(fields, 'owners') }),
  };
}

/** The garbage collector's own: it deletes what belongs to the object first, and then takes this off. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
/** The garbage collector's own: it takes the object off the owners of what belongs to it, and then takes this off. */
export const ORPHAN_FINALIZER = 'orphan';

/** `role/what`: who takes it off, and what that one does before. */
const FINALIZER = /^[a-z0-9.-]+\/[A-Za-z0-9.-]+$/;

/** Both at once would have what belongs to the object deleted and kept (`ValidateFinalizers`). */
function finalizers(fields: Fields, field: string): readonly string[] {
  const all = many(finalizer)(fields, field);
  if (all.includes(FOREGROUND_FINALIZER) && all.includes(ORPHAN_FINALIZER))
    throw new Problem(`${field}: should not have both ${FOREGROUND_FINALIZER} and ${ORPHAN_FINALIZER}`);
  return all;
}

function finalizer(fields: Fields, field: string): string {
  const name = given(fields, field);
  if (FINALIZER.test(name) || name === FOREGROUND_FINALIZER || name === ORPHAN_FINALIZER) return name;
  throw new Problem(`${field}: should be "role/what"`);
}

/** A DNS name and "/" may stand before the name of a label (`IsQualifiedName`). */
const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

function label(fields: Fields, key: string): string {
  const value = fields[key];
  if (!LABEL_KEY.test(key)) throw new Problem(`${key}: should be a label's key: up to 63 letters, digits, "-", "_" and "."`);
  if (typeof value !== 'string' || !LABEL_VALUE.test(value))
    throw new Problem(`${key}: should be empty, or up to 63 letters, digits, "-", "_" and "."`);
  return value;
}

function ownerReference(fields: Fields, field: string): OwnerReference {
  const owner = fields[field];
  if (typeof owner !== 'object' || owner === null) throw new Problem(`${field}: should be an object`);
  const of = owner as Fields;
  const reference = { kind: given(of, 'kind'), name: given(of, 'name'), uid: given(of, 'uid') };
  return optional(flag, false)(of, 'blockOwnerDeletion') ? { ...reference, blockOwnerDeletion: true } : reference;
}
