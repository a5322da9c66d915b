/** How many terminal cells a text takes, and how to cut or pad it to a number of cells. */

/** Code points that terminals draw in two cells: East Asian wide and full-width blocks, and emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
/** Code points that are drawn over the one before: combining marks, joiners, variation selectors. */
const ZERO: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x200b, 0x200f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
];

/** The cells of a printable text (see `printable`). */
export function cellWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += characterWidth(character);
  return cells;
}

/** Exactly `cells` wide: padded with spaces, or cut with `…` as its last cell. */
export function fit(text: string, cells: number): string {
  const cut = clip(text, cells);
  return cut + ' '.repeat(Math.max(0, cells - cellWidth(cut)));
}

/** At most `cells` wide; what was cut ends in `…`. */
export function clip(text: string, cells: number): string {
  if (cells <= 0) return '';
  let used = 0;
  let kept = '';
  for (const character of text) {
    const width = characterWidth(character);
    if (used + width > cells - 1 && cellWidth(text) > cells) return `${kept}…`;
    kept += character;
    used += width;
  }
  return kept;
}

/** The text on lines of at most `cells`, broken between words where it can be. */
export function wrap(text: string, cells: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (cellWidth(longer) <= cells) {
      current = longer;
      continue;
    }
    if (current !== '') lines.push(current);
    current = word;
    while (cells > 0 && cellWidth(current) > cells) {
      const head = clip(`${current}…`, cells + 1).slice(0, -1);
      if (head === '') break;
      lines.push(head);
      current = current.slice(head.length);
    }
  }
  return [...lines, current];
}

/** The same text on one line, without anything that would move the cursor: control characters become spaces. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it takes out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) as number;
  if (code < 0x300) return 1;
  if (within(ZERO, code)) return 0;
  return within(WIDE, code) ? 2 : 1;
}

function within(ranges: readonly (readonly [number, number])[], code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last);
}
