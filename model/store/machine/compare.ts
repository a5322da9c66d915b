/** Whether a txn's comparison holds in a view of the store (etcd `applyCompare`, `compareKV`). */
import { compareKeys } from './keys.ts';
import type { Mvcc } from './mvcc.ts';
import type { Compare, CompareOperator, KeyValue } from './requests.ts';

/** How a missing key compares, for numbers: as 0. */
const missing: KeyValue = { key: '', value: '', createRevision: 0, modRevision: 0, version: 0, lease: 0 };

/** A comparison over a range must hold for every key; over an empty one it is judged like a missing key. */
export function holds(comparison: Compare, view: Mvcc, missingValueDiffers: boolean): boolean {
  if (comparison.rangeEnd === '') {
    const kv = view.get(comparison.key);
    return kv === null ? holdsForMissing(comparison, missingValueDiffers) : holdsFor(comparison, kv);
  }
  const kvs = view.select(comparison.key, comparison.rangeEnd);
  return kvs.length === 0 ? holdsForMissing(comparison, missingValueDiffers) : kvs.every((kv) => holdsFor(comparison, kv));
}

/** A missing value equals nothing and differs from nothing: there is no way to write it down. */
function holdsForMissing(comparison: Compare, missingValueDiffers: boolean): boolean {
  if (missingValueDiffers && comparison.target === 'value') return comparison.operator === '!=';
  return comparison.target !== 'value' && holdsFor(comparison, missing);
}

function holdsFor(comparison: Compare, kv: KeyValue): boolean {
  switch (comparison.target) {
    case 'version':
      return ordered(kv.version - comparison.operand, comparison.operator);
    case 'create':
      return ordered(kv.createRevision - comparison.operand, comparison.operator);
    case 'mod':
      return ordered(kv.modRevision - comparison.operand, comparison.operator);
    case 'lease':
      return ordered(kv.lease - comparison.operand, comparison.operator);
    case 'value':
      return ordered(compareKeys(kv.value, comparison.operand), comparison.operator);
  }
}

function ordered(difference: number, operator: CompareOperator): boolean {
  switch (operator) {
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '<':
      return difference < 0;
    case '>':
      return difference > 0;
  }
}
