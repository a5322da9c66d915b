/** Whether two plain values say the same. */
import type { KeyValue } from '../../store/machine/requests.ts';

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

/** The same of two pairs of a store, of which there are many, by the names of their fields. */
export function isSamePair(a: KeyValue, b: KeyValue): boolean {
  return a.modRevision === b.modRevision && a.key === b.key && a.value === b.value && a.version === b.version
    && a.createRevision === b.createRevision && a.lease === b.lease;
}
