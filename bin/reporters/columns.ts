/** Tables in a report. */

/** To which side the cells of a column lean. */
export type Lean = 'left' | 'right';

/**
 * The rows as lines, the first of them the head. Each column is as wide as its longest cell. `ruled`: with a line below the head.
 */
export function inColumns(
  rows: readonly (readonly string[])[],
  leans: readonly Lean[],
  head: 'ruled' | 'plain',
): readonly string[] {
  const widths = leans.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    widths
      .map((width, column) =>
        leans[column] === 'right' ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  );
  return head === 'plain'
    ? lines
    : [...lines.slice(0, 1), widths.map((width) => '─'.repeat(width)).join('  '), ...lines.slice(1)];
}
