/** Whether two plain values say the same. */
import type { KeyValue, StoreResponse, TxnOperationResponse } from '../../store/machine/requests.ts';

export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (!equal(a[at], b[at])) return false;
    return true;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let fields = 0;
  for (const key in left) {
    if (!equal(left[key], right[key])) return false;
    fields++;
  }
  for (const key in right) {
    if (!(key in left)) return false;
    fields--;
  }
  return fields === 0;
}

/** The same of two answers of a store: those there are many of by the names of their fields, which is much faster. */
export function isSameAnswer(a: StoreResponse | TxnOperationResponse, b: StoreResponse | TxnOperationResponse): boolean {
  if (a === b) return true;
  if (a.kind === 'put' && b.kind === 'put') return a.revision === b.revision && isSamePairOrNone(a.prevKv, b.prevKv);
  if (a.kind === 'range' && b.kind === 'range')
    return a.revision === b.revision && a.count === b.count && a.more === b.more && arePairsSame(a.kvs, b.kvs);
  if (a.kind === 'txn' && b.kind === 'txn') {
    if (a.revision !== b.revision || a.succeeded !== b.succeeded || a.responses.length !== b.responses.length) return false;
    for (let at = 0; at < a.responses.length; at++) if (!isSameAnswer(a.responses[at]!, b.responses[at]!)) return false;
    return true;
  }
  return equal(a, b);
}

function arePairsSame(a: readonly KeyValue[], b: readonly KeyValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!isSamePair(a[at]!, b[at]!)) return false;
  return true;
}

function isSamePairOrNone(a: KeyValue | null, b: KeyValue | null): boolean {
  return a === b || (a !== null && b !== null && isSamePair(a, b));
}

/** The same of two pairs of a store, of which there are many, by the names of their fields. */
export function isSamePair(a: KeyValue, b: KeyValue): boolean {
  return (
    a.modRevision === b.modRevision &&
    a.key === b.key &&
    a.value === b.value &&
    a.version === b.version &&
    a.createRevision === b.createRevision &&
    a.lease === b.lease
  );
}
