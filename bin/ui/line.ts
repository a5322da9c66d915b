/** Lines of a screen as data: spans of text, each in one of the terminal's own 16 colours. */
import { cellWidth, clip } from './cell-width.ts';

export type Colour =
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan'
  | 'white'
  | 'gray'
  | 'blueBright'
  | 'magentaBright'
  | 'yellowBright'
  | 'cyanBright';

export interface Style {
  readonly colour?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
}

export interface Span extends Style {
  readonly text: string;
}

export type Line = readonly Span[];

export const BLANK: Line = [];

export function span(text: string, style: Style = {}): Span {
  return { text, ...style };
}

/** A line of one span. */
export function line(text: string, style: Style = {}): Line {
  return [span(text, style)];
}

export function lineWidth(spans: Line): number {
  let cells = 0;
  for (const { text } of spans) cells += cellWidth(text);
  return cells;
}

/** The same line, exactly `cells` wide: cut with `…`, or filled with spaces. */
export function fitLine(spans: Line, cells: number): Line {
  const fitted: Span[] = [];
  let left = cells;
  const total = lineWidth(spans);
  for (const part of spans) {
    if (left <= 0) break;
    const width = cellWidth(part.text);
    const last = total > cells && width >= left;
    const text = last ? clip(width === left ? `${part.text}…` : part.text, left) : part.text;
    fitted.push({ ...part, text });
    left -= cellWidth(text);
    if (last) break;
  }
  if (left > 0) fitted.push({ text: ' '.repeat(left) });
  return fitted;
}

/** Text to the left, text to the right, the space between them; the left side gives way. */
export function justify(left: Line, right: Line, cells: number): Line {
  const rightWidth = Math.min(lineWidth(right), cells);
  const leftWidth = cells - rightWidth;
  // What is cut keeps its distance.
  if (rightWidth > 0 && leftWidth > 2 && lineWidth(left) > leftWidth)
    return [...fitLine(left, leftWidth - 2), span('  '), ...fitLine(right, rightWidth)];
  return [...fitLine(left, leftWidth), ...fitLine(right, rightWidth)];
}

/** The line with a style over every span. */
export function restyle(spans: Line, style: Style): Line {
  return spans.map((part) => ({ ...part, ...style }));
}

/** What is read when the colours are taken away. */
export function plain(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}
