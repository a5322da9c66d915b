/** What a run wrote of each class of state, on either side of the boundary, in words. */
import type { BoundaryLine } from '../execution/job.ts';

const KIB = 1_024;

/** One line for each class of which anything was written, below a heading. */
export function boundaryLines(boundary: readonly BoundaryLine[]): readonly string[] {
  const written = boundary.filter(({ entries, outsideWrites }) => entries > 0 || outsideWrites > 0);
  if (written.length === 0) return ['  nothing was written of any class of state'];
  const rows = written.map(({ stateClass, side, entries, entryBytes, outsideWrites, outsideBytes }) => [
    stateClass,
    side ?? '',
    ...amount(entries, entryBytes),
    ...amount(outsideWrites, outsideBytes),
  ]);
  return [['class of state', 'stands', 'log entries', 'KiB', 'writes outside', 'KiB'], ...rows].map(
    (cells) =>
      `    ${cells
        .map((cell, at) => (at < 2 ? cell.padEnd(WIDTHS[at] as number) : cell.padStart(WIDTHS[at] as number)))
        .join(' ')
        .trimEnd()}`,
  );
}

const WIDTHS = [20, 10, 11, 7, 14, 7];

function amount(count: number, bytes: number): readonly string[] {
  return count === 0 ? ['', ''] : [String(count), (bytes / KIB).toFixed(1)];
}
