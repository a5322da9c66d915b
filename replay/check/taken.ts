/** Which unanswered operations a configuration has let happen: how many of each kind. Equal counts have the same number. */
import { PairMap } from './pair-map.ts';

/** The number of none at all. */
export const NONE_TAKEN = 0;

export class Taken {
  /** Kinds and how many, as pairs in the order of the kinds. */
  private readonly counts: (readonly (readonly [kind: number, count: number])[])[] = [[]];
  private readonly numbers = new Map<string, number>([['', NONE_TAKEN]]);
  private readonly successors = new PairMap();

  count(taken: number, kind: number): number {
    return this.counts[taken]?.find(([each]) => each === kind)?.[1] ?? 0;
  }

  /** The same and one more of the kind. */
  with(taken: number, kind: number): number {
    const known = this.successors.get(taken, kind);
    if (known !== undefined) return known;
    const others = (this.counts[taken] ?? []).filter(([each]) => each !== kind);
    const counts = [...others, [kind, this.count(taken, kind) + 1] as const].sort(([a], [b]) => a - b);
    const text = counts.map((pair) => pair.join('×')).join(' ');
    const number = this.numbers.get(text) ?? this.counts.push(counts) - 1;
    this.numbers.set(text, number);
    this.successors.set(taken, kind, number);
    return number;
  }

  /** Whether the second has taken as many of each kind, or more. */
  isWithin(taken: number, other: number): boolean {
    return taken === other || (this.counts[taken] ?? []).every(([kind, count]) => count <= this.count(other, kind));
  }
}
