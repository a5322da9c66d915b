/** The larger requests that the clients of a workload make. */
import { prefixEnd } from '../machine/keys.ts';
import {
  compareNumber,
  compareValue,
  deleteRange,
  put,
  range,
  txn,
  type RangeRequest,
  type SortOrder,
  type SortTarget,
  type TxnRequest,
} from '../machine/requests.ts';

/** What a client lists, from the newest revision that it knows of. */
export interface ListWish {
  readonly prefix: string;
  readonly limit: number;
  /** So many revisions ago; 0 reads the present. */
  readonly back: number;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  /** Only what has changed in so many revisions; 0 for all. */
  readonly changedWithin: number;
}

export function listRequest(
  { prefix, limit, back, sortOrder, sortTarget, changedWithin }: ListWish,
  known: number,
): RangeRequest {
  return range(prefix, {
    rangeEnd: prefixEnd(prefix),
    limit,
    revision: back === 0 ? 0 : Math.max(1, known - back),
    sortOrder,
    sortTarget,
    minModRevision: changedWithin === 0 ? 0 : Math.max(1, known - changedWithin),
  });
}

/** Writes keys in one revision, reads them back in it, and tells whether the first one had another value before. */
export function together(keys: readonly string[], value: string): TxnRequest {
  const differed = txn([compareValue(keys[0]!, '!=', value)], []);
  return txn([], [...keys.map((key) => put(key, value)), ...keys.map((key) => range(key)), differed]);
}

/** Decides about `other` inside of deciding about `key`, on what both were before; old values decide too. */
export function nested(key: string, other: string, value: string): TxnRequest {
  const otherIs = txn([compareNumber(other, 'version', '>', 0)], [deleteRange(other, { prevKv: true })], [put(other, value)]);
  const otherWas = txn([compareValue(other, '>', 'v5')], [put(other, value, { prevKv: true })], [range(other)]);
  return txn([compareNumber(key, 'version', '<', 2)], [put(key, value), otherIs, range(other)], [otherWas, deleteRange(key)]);
}
