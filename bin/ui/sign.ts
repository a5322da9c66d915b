/** Signs of the legend: a glyph, and what it means. */
import type { Span } from './line.ts';

export type Sign = readonly [glyph: string, means: string];

/** The signs of a table of glyphs. Those that look the same are one sign. */
export function signsOf<Name extends string>(
  glyphs: Readonly<Record<Name, Span>>,
  means: Readonly<Partial<Record<Name, string>>>,
): readonly Sign[] {
  const signs = new Map<string, string>();
  for (const name in means) {
    const { text } = glyphs[name];
    const known = signs.get(text);
    signs.set(text, known === undefined ? (means[name] as string) : `${known}, ${means[name]}`);
  }
  return [...signs];
}
