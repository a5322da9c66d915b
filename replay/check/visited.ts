/**
 * The configurations that a search has met, kept as rows of numbers: whatever can do no more than
 * one of them is not looked at again.
 */
import type { Taken } from './taken.ts';

/** What is known when the next operation has to return, and what has taken effect by then. */
export interface Configuration {
  /** The return that this configuration does not allow yet: its place among the events. */
  at: number;
  state: number;
  /** Unanswered operations that have taken effect (`Taken`). */
  taken: number;
  /**
   * The last event at which something was overwritten, before which whatever else overwrites may
   * have come and gone unseen; -1 for none.
   */
  overwrittenAt: number;
  /** Open operations that have taken effect, a bit for the slot of each. */
  readonly done: Int32Array;
}

/** Which slots hold what at an event, a bit each. */
export interface OpenSlots {
  readonly pure: Int32Array;
  /** Those that overwrite and were asked for before the event. */
  overwritersBefore(event: number): Int32Array;
  /** Those whose taking effect can be told in no other way than by itself. */
  readonly changes: Int32Array;
}

const FIRST_HEADS = 64;
const HEADER = 6;
const NEXT = 0;
const AT = 1;
const STATE = 2;
const TAKEN = 3;
const OVERWRITTEN_AT = 4;
const HASH = 5;

export class Visited {
  private readonly words: number;
  private readonly width: number;
  private readonly taken: Taken;
  private rows: Int32Array;
  private heads: Int32Array = new Int32Array(FIRST_HEADS).fill(-1);
  private count = 0;

  /** `words`: how many numbers of 32 bits the slots take. */
  constructor(words: number, taken: Taken) {
    this.words = words;
    this.width = HEADER + words;
    this.taken = taken;
    this.rows = new Int32Array(FIRST_HEADS * this.width);
  }

  get size(): number {
    return this.count;
  }

  /** The number of its row; -1 when a configuration that was met before can do all that this one can. */
  add(configuration: Configuration, open: OpenSlots): number {
    const hash = this.hash(configuration, open);
    for (
      let row = this.heads[hash & (this.heads.length - 1)] as number;
      row >= 0;
      row = this.rows[row * this.width + NEXT] as number
    ) {
      if (this.isAtLeast(row, configuration, open)) return -1;
    }
    return this.insert(configuration, hash);
  }

  /** Copies a row. */
  read(row: number, into: Configuration): void {
    const { rows } = this;
    const base = row * this.width;
    into.at = rows[base + AT] as number;
    into.state = rows[base + STATE] as number;
    into.taken = rows[base + TAKEN] as number;
    into.overwrittenAt = rows[base + OVERWRITTEN_AT] as number;
    for (let word = 0; word < this.words; word++) into.done[word] = rows[base + HEADER + word] as number;
  }

  /** The states in which the return at an event was waited for. */
  statesAt(event: number): readonly number[] {
    const states = new Set<number>();
    for (let row = 0; row < this.count; row++) {
      if (this.rows[row * this.width + AT] === event) states.add(this.rows[row * this.width + STATE] as number);
    }
    return [...states];
  }

  /**
   * Whether the configuration of a row can do all that the other can: it has the same state; the same changes have taken effect;
   * no reads wait that do not wait there; no more of what is unanswered is used up; and what has overwritten something there has
   * either done so here or may have, unseen.
   */
  private isAtLeast(row: number, { at, state, taken, overwrittenAt, done }: Configuration, open: OpenSlots): boolean {
    const { rows } = this;
    const base = row * this.width;
    if (rows[base + AT] !== at || rows[base + STATE] !== state || (rows[base + OVERWRITTEN_AT] as number) < overwrittenAt)
      return false;
    let differs = false;
    for (let word = 0; word < this.words; word++) {
      const mine = rows[base + HEADER + word] as number;
      const its = done[word] as number;
      if ((mine & ~its & ~(open.pure[word] as number)) !== 0) return false;
      differs ||= (its & ~mine) !== 0;
    }
    if (!this.taken.isWithin(rows[base + TAKEN] as number, taken)) return false;
    if (!differs) return true;
    const unseen = open.overwritersBefore(rows[base + OVERWRITTEN_AT] as number);
    return done.every((its, word) => (its & ~(rows[base + HEADER + word] as number) & ~(unseen[word] as number)) === 0);
  }

  private insert(configuration: Configuration, hash: number): number {
    if (this.count === this.heads.length) this.spread();
    const row = this.count++;
    const base = row * this.width;
    if (base + this.width > this.rows.length) this.rows = grown(this.rows);
    this.rows[base + AT] = configuration.at;
    this.rows[base + STATE] = configuration.state;
    this.rows[base + TAKEN] = configuration.taken;
    this.rows[base + OVERWRITTEN_AT] = configuration.overwrittenAt;
    this.rows[base + HASH] = hash;
    this.rows.set(configuration.done, base + HEADER);
    this.link(row);
    return row;
  }

  private spread(): void {
    this.heads = new Int32Array(this.heads.length * 4).fill(-1);
    for (let row = 0; row < this.count; row++) this.link(row);
  }

  private link(row: number): void {
    const base = row * this.width;
    const bucket = (this.rows[base + HASH] as number) & (this.heads.length - 1);
    this.rows[base + NEXT] = this.heads[bucket] as number;
    this.heads[bucket] = row;
  }

  /** Only of what is the same in all that one of them can stand for. */
  private hash({ at, state, done }: Configuration, { changes }: OpenSlots): number {
    let hash = Math.imul(at, 0x9e3779b1) ^ Math.imul(state, 0x85ebca6b);
    for (let word = 0; word < this.words; word++)
      hash = Math.imul(hash ^ ((done[word] as number) & (changes[word] as number)), 0xc2b2ae35);
    return hash ^ (hash >>> 15);
  }
}

function grown(rows: Int32Array): Int32Array {
  const larger = new Int32Array(rows.length * 2);
  larger.set(rows);
  return larger;
}
