/** What a range answers beyond a scan in key order: revision filters, sorting, and where the limit cuts (etcd `txn/range.go`). */
import { compareKeys } from './keys.ts';
import type { KeyValue, RangeRequest, SortTarget } from './requests.ts';

/** Whether the pairs are wanted just as the index gives them. */
export function isInKeyOrder(request: RangeRequest): boolean {
  return request.sortTarget === 'key' && request.sortOrder !== 'descend' && !hasRevisionFilters(request);
}

/**
 * Whether the scan may stop at the limit. etcd looks at the order alone: with another target than the key and order `none` it
 * does stop, and sorts what it has by then.
 */
export function isLimitPushedDown(request: RangeRequest): boolean {
  return (request.sortOrder === 'none' || isInKeyOrder(request)) && !hasRevisionFilters(request);
}

/** Whether a range has bounds on revisions. */
export function hasRevisionFilters(request: RangeRequest): boolean {
  return (
    request.minModRevision !== 0 ||
    request.maxModRevision !== 0 ||
    request.minCreateRevision !== 0 ||
    request.maxCreateRevision !== 0
  );
}

/** The pairs that pass the filters, sorted, limit or not. `kvs` is in key order, and may be changed. */
export function arrange(kvs: KeyValue[], request: RangeRequest): KeyValue[] {
  const shown = hasRevisionFilters(request) ? kvs.filter((kv) => passesFilters(kv, request)) : kvs;
  const { sortTarget } = request;
  // Pairs that compare alike stay in key order, whatever the direction.
  if (request.sortOrder === 'descend') return shown.sort((a, b) => compareBy(sortTarget, b, a));
  return sortTarget === 'key' ? shown : shown.sort((a, b) => compareBy(sortTarget, a, b));
}

/** Whether a pair's revisions are within the bounds of a range. */
export function passesFilters({ modRevision, createRevision }: KeyValue, request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  if (maxModRevision !== 0 && modRevision > maxModRevision) return false;
  if (minModRevision !== 0 && modRevision < minModRevision) return false;
  if (maxCreateRevision !== 0 && createRevision > maxCreateRevision) return false;
  return minCreateRevision === 0 || createRevision >= minCreateRevision;
}

function compareBy(target: SortTarget, a: KeyValue, b: KeyValue): number {
  switch (target) {
    case 'key':
      return compareKeys(a.key, b.key);
    case 'version':
      return a.version - b.version;
    case 'create':
      return a.createRevision - b.createRevision;
    case 'mod':
      return a.modRevision - b.modRevision;
    case 'value':
      return compareKeys(a.value, b.value);
  }
}
