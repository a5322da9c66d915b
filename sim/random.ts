/** Named streams of chance: each is forked by its name from the seed, so a draw added in one shifts no other. */
import alea from 'seedrandom/lib/alea.js';

const TWO_TO_32 = 0x1_0000_0000;
/** Baagøe's. */
const ALEA_MULTIPLIER = 2_091_639;

/** What all streams of a run have drawn so far; it is part of every step's digest. */
export class Draws {
  count = 0;
  mixed = 0;
}

/**
 * One stream. seedrandom's Alea gives it its beginning; it goes on by itself, in whole 2^-32 where Alea counts in fractions.
 * There is a stream for every link and draws go from one to the other, so that Alea's closures and boxed fractions would have to
 * be fetched for nearly each; this is one object of small integers.
 */
export class Stream {
  private s0: number;
  private s1: number;
  private s2: number;
  private carry: number;
  private readonly draws: Draws;

  constructor(seed: number, name: string, draws: Draws) {
    const { s0, s1, s2, c } = alea(`${seed}/${name}`, { state: true }).state();
    this.s0 = (s0 * TWO_TO_32) | 0;
    this.s1 = (s1 * TWO_TO_32) | 0;
    this.s2 = (s2 * TWO_TO_32) | 0;
    this.carry = c;
    this.draws = draws;
  }

  /** A signed 32-bit integer: the one primitive that all others are made of. */
  int32(): number {
    // Below 2^53, hence exact.
    const product = ALEA_MULTIPLIER * (this.s0 >>> 0) + this.carry;
    const drawn = product | 0;
    this.carry = Math.floor(product / TWO_TO_32);
    this.s0 = this.s1;
    this.s1 = this.s2;
    this.s2 = drawn;
    this.draws.count++;
    this.draws.mixed = (this.draws.mixed + drawn) | 0;
    return drawn;
  }

  /** An integer in [0, bound). `bound` is at most 2^32. */
  below(bound: number): number {
    return scale(this.int32(), bound);
  }

  /** An integer in [low, high], both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True `parts` times in a million. */
  perMillion(parts: number): boolean {
    return this.below(1_000_000) < parts;
  }

  /** True `percent` times in a hundred. */
  percent(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the items. Throws a RangeError when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** A new array with the same items in a drawn order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = items.slice();
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = result[i] as T;
      result[i] = result[j] as T;
      result[j] = kept;
    }
    return result;
  }

  /** An exponentially distributed integer with the given mean, cut off at about 7 times the mean. */
  exponential(mean: number): number {
    return exponentialAt(this.int32(), mean);
  }
}

/** All streams of one run. */
export class Streams {
  readonly draws = new Draws();
  private readonly seed: number;
  private readonly byName = new Map<string, Stream>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The stream of that name; the same one at every call. */
  stream(name: string): Stream {
    let stream = this.byName.get(name);
    if (stream === undefined) {
      stream = new Stream(this.seed, name, this.draws);
      this.byName.set(name, stream);
    }
    return stream;
  }
}

/** Maps a drawn 32-bit integer to [0, bound). */
export function scale(drawn: number, bound: number): number {
  return Math.floor(((drawn >>> 0) / TWO_TO_32) * bound);
}

/**
 * Thousandths of -ln(1 - p) at p = 0, 1/64, … 63/64, and the cut-off at the end. A table, because engines may round
 * a logarithm differently.
 */
const exponentialQuantiles: readonly number[] = [
  0, 16, 32, 48, 65, 81, 98, 116, 134, 152, 170, 189, 208, 227, 247, 267, 288, 309, 330, 352, 375, 398, 421, 445, 470, 495, 521,
  548, 575, 604, 633, 662, 693, 725, 758, 792, 827, 863, 901, 940, 981, 1023, 1068, 1114, 1163, 1214, 1269, 1326, 1386, 1451,
  1520, 1594, 1674, 1761, 1856, 1962, 2079, 2213, 2367, 2549, 2773, 3060, 3466, 4159, 7000,
];

/** An exponentially distributed integer with the given mean, made from one drawn 32-bit integer. */
export function exponentialAt(drawn: number, mean: number): number {
  const unsigned = drawn >>> 0;
  const cell = unsigned >>> 26;
  const low = exponentialQuantiles[cell] as number;
  const high = exponentialQuantiles[cell + 1] as number;
  const within = (unsigned & 0x3ffffff) / 0x4000000;
  return Math.floor(((low + (high - low) * within) * mean) / 1_000);
}
