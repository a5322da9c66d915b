/**
 * An order that is the same everywhere: `localeCompare` asks the engine's locale data, and `sort` by
 * itself compares texts even of numbers.
 */

/** Texts by their UTF-16 code units, as `<` compares them. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
