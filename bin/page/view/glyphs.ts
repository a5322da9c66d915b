/** How events look: small shapes around a point, drawn instead of set in type, so that no font is needed for them. */
import type { Glyph } from '../protocol.ts';
import { svg } from './dom.ts';

/** Outlines around the origin, 4 units to each side. */
const SHAPES: Readonly<Record<Glyph, string>> = {
  message: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z',
  connection: 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z',
  lost: 'M-3 -3L3 3M-3 3L3 -3',
  timer: 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0zM0 -3V0H2.2',
  disk: 'M-3 -2.2H3M-3 0H3M-3 2.2H3',
  start: 'M0 -3.5L3.5 3H-3.5z',
  exit: 'M0 3.5L3.5 -3H-3.5z',
  fault: 'M0 -4L4 0L0 4L-4 0z',
  heal: 'M0 -3.6L3.6 0L0 3.6L-3.6 0z',
};

/** The shape at a place in a drawing. */
export function glyphAt(glyph: Glyph, x: number, y: number): SVGPathElement {
  return svg('path', { class: `glyph ${glyph}`, d: SHAPES[glyph], transform: `translate(${x} ${y})` });
}

/** The shape by itself, to stand in a line of text. */
export function glyphInLine(glyph: Glyph): SVGSVGElement {
  return svg('svg', { class: 'inline-glyph', viewBox: '-5 -5 10 10', 'aria-hidden': 'true' }, glyphAt(glyph, 0, 0));
}
