/** What was measured beside what is simulated, and whether they are far apart. */

export interface Row {
  readonly what: string;
  /** Of requests: processor time, which a machine with several cores spends on several at once. */
  readonly measuredUs: number;
  readonly isProcessorTime: boolean;
  readonly simulatedUs: number;
  readonly note: string;
}

/** A simulated process takes one event at a time; it stands for a machine with so many cores. */
export const CORES = 4;
/** Machines differ by about this; beyond, it is another order of things. */
const FAR = 3;

/** What the simulated time is to be held against. */
export function occupiesUs({ measuredUs, isProcessorTime }: Row): number {
  return isProcessorTime ? measuredUs / CORES : measuredUs;
}

export function verdict(row: Row): 'fits' | 'too cheap' | 'too dear' {
  if (occupiesUs(row) > row.simulatedUs * FAR) return 'too cheap';
  return occupiesUs(row) * FAR < row.simulatedUs ? 'too dear' : 'fits';
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    whole(row.measuredUs),
    whole(occupiesUs(row)),
    whole(row.simulatedUs),
    verdict(row),
    row.note,
  ]);
  const head = ['', 'measured', `on ${CORES} cores`, 'simulated', 'the default', ''];
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((line) => (line[at] as string).length)));
  const isNumber = (at: number): boolean => at >= 1 && at <= 3;
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (isNumber(at) ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number)))
      .join('  ')
      .trimEnd();
  return [head, ...cells].map(line).join('\n');
}

function whole(timeUs: number): string {
  return timeUs < 10 ? timeUs.toFixed(1) : timeUs.toFixed(0);
}
