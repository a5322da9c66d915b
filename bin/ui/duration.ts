/** Times as people say them. */

/** A duration in the unit that people would use: `870 µs`, `13 ms`, `1.25 s`. */
export function duration(durationUs: number): string {
  if (durationUs < 1_000) return `${durationUs} µs`;
  return durationUs < 1_000_000
    ? `${Number((durationUs / 1_000).toFixed(1))} ms`
    : `${Number((durationUs / 1_000_000).toFixed(2))} s`;
}

/** Times in words without the zeros at their ends: `0.8 s` for `0.800000 s`. */
export function tidyTimes(words: string): string {
  return words.replace(
    /\b(\d+)\.(\d*?)0+ s\b/g,
    (_, whole: string, part: string) => `${whole}${part === '' ? '' : `.${part}`} s`,
  );
}
