/**
 * Records that say over and over how far something has come. Each is written whole, and two that are under way through different
 * servers come in any order: what says less than what stands there is not written any more.
 */
import type { OutsideKind } from './resources/index.ts';

/** Text of one length compares as its numbers do. */
const DIGITS = 10;
const ORDER = new RegExp(`^\\d{${DIGITS}}(?:\\.\\d{${DIGITS}})?`);

/** Reports of a node, by its incarnation and their number; and what happened, by how often it has. */
const ordered: ReadonlySet<OutsideKind> = new Set(['StatusBlob', 'WorkloadEvent']);

/** What such a record begins with: numbers of which the first counts most. */
export function orderText(...numbers: readonly number[]): string {
  return numbers.map((each) => String(each).padStart(DIGITS, '0')).join('.');
}

/** Null of what replaces whatever stood there. */
export function orderOf(kind: OutsideKind, data: string): string | null {
  return ordered.has(kind) ? (ORDER.exec(data)?.[0] ?? null) : null;
}
