/**
 * What is remembered of every event of a run: a row of numbers and its words, in flat arrays, so that a run of a million
 * events stays small and can be searched at once. All else is re-executed.
 */
import type { Outcome, SimEvent } from '../../sim/index.ts';
import { printable } from './cell-width.ts';

/** Events are numbered from 1: event `n` is the n-th step of the run. */
export interface TraceEvent {
  readonly number: number;
  readonly id: number;
  /** The number of the event that gave rise to it; 0 when that was the scenario itself, or not an event. */
  readonly cause: number;
  readonly timeUs: number;
  readonly type: SimEvent['type'];
  readonly outcome: Outcome;
  /** Positions among the run's processes; -1 for none. */
  readonly source: number;
  readonly target: number;
  readonly kind: string;
  /** What happened, in the words of its kind. */
  readonly words: string;
}

const OUTCOMES: readonly Outcome[] = ['handled', 'lost'];
const FIRST_CAPACITY = 4_096;
/** Longer words are cut: they would not fit on any line. */
const WORDS_BYTES_MAX = 1_000;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export class Trace {
  /** Events so far; the last one has this number. */
  length = 0;
  private timeUs = new Float64Array(FIRST_CAPACITY);
  private ids = new Uint32Array(FIRST_CAPACITY);
  /** Ids of causes, as the kernel has them. */
  private causeIds = new Uint32Array(FIRST_CAPACITY);
  private sources = new Int16Array(FIRST_CAPACITY);
  private targets = new Int16Array(FIRST_CAPACITY);
  private kinds = new Uint16Array(FIRST_CAPACITY);
  private types = new Uint8Array(FIRST_CAPACITY);
  private outcomes = new Uint8Array(FIRST_CAPACITY);
  /** Where the words of each event end in `words`. */
  private ends = new Float64Array(FIRST_CAPACITY);
  private words = new Uint8Array(FIRST_CAPACITY * 32);
  private wordsLength = 0;
  /** The number of the event with an id; 0 when it has not come yet (ids are given when events are scheduled). */
  private numbers = new Uint32Array(FIRST_CAPACITY);
  private readonly kindNames: string[] = [];
  private readonly kindNumbers = new Map<string, number>();

  /** Appends an event that has just happened. */
  add(event: SimEvent, outcome: Outcome): void {
    if (this.length === this.ids.length) this.grow();
    const at = this.length++;
    this.timeUs[at] = event.timeUs;
    this.ids[at] = event.id;
    this.causeIds[at] = event.cause;
    this.sources[at] = event.source?.index ?? -1;
    this.targets[at] = event.target?.index ?? -1;
    this.kinds[at] = this.kindNumber(event.kind.name);
    this.types[at] = event.type;
    this.outcomes[at] = OUTCOMES.indexOf(outcome);
    this.number(event.id, at + 1);
    this.ends[at] = this.write(printable(describe(event)));
  }

  /** The event of that number. Throws a RangeError when there is none. */
  event(number: number): TraceEvent {
    if (number < 1 || number > this.length) throw new RangeError(`there is no event ${number}`);
    const at = number - 1;
    return {
      number,
      id: this.ids[at] as number,
      cause: this.causeOf(number),
      timeUs: this.timeUs[at] as number,
      type: this.types[at] as SimEvent['type'],
      outcome: OUTCOMES[this.outcomes[at] as number] as Outcome,
      source: this.sources[at] as number,
      target: this.targets[at] as number,
      kind: this.kindNames[this.kinds[at] as number] as string,
      words: this.wordsOf(number),
    };
  }

  timeOf(number: number): number {
    return number < 1 ? 0 : (this.timeUs[number - 1] as number);
  }

  targetOf(number: number): number {
    return number < 1 ? -1 : (this.targets[number - 1] as number);
  }

  wordsOf(number: number): string {
    const at = number - 1;
    const start = at === 0 ? 0 : (this.ends[at - 1] as number);
    return DECODER.decode(this.words.subarray(start, this.ends[at]));
  }

  kindOf(number: number): string {
    return this.kindNames[this.kinds[number - 1] as number] as string;
  }

  /** The number of the event that gave rise to this one; 0 for none. */
  causeOf(number: number): number {
    const cause = this.numbers[this.causeIds[number - 1] as number] ?? 0;
    // An id of 0 is nobody's, and an effect cannot come before its cause.
    return cause < number ? cause : 0;
  }

  /** The numbers of the events that this one gave rise to, in order; at most `limit`. */
  effectsOf(number: number, limit: number): readonly number[] {
    const id = this.ids[number - 1];
    const effects: number[] = [];
    for (let at = number; at < this.length && effects.length < limit; at++) {
      if (this.causeIds[at] === id) effects.push(at + 1);
    }
    return effects;
  }

  /** The last event at or before a time; 0 when there is none. */
  lastAt(timeUs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.timeUs[middle] as number) <= timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The next event of a process after (`direction` 1) or before (-1) this one; 0 when there is none. */
  neighbour(number: number, process: number, direction: 1 | -1): number {
    for (let at = number - 1 + direction; at >= 0 && at < this.length; at += direction) {
      if (this.targets[at] === process) return at + 1;
    }
    return 0;
  }

  private kindNumber(name: string): number {
    let known = this.kindNumbers.get(name);
    if (known === undefined) {
      known = this.kindNames.length;
      this.kindNames.push(name);
      this.kindNumbers.set(name, known);
    }
    return known;
  }

  private number(id: number, number: number): void {
    if (id >= this.numbers.length) this.numbers = widened(this.numbers, new Uint32Array(id * 2));
    this.numbers[id] = number;
  }

  private write(text: string): number {
    const short = text.length > WORDS_BYTES_MAX ? `${text.slice(0, WORDS_BYTES_MAX)}…` : text;
    // No UTF-16 unit takes more than three bytes of UTF-8.
    if (this.wordsLength + short.length * 3 > this.words.length) {
      this.words = widened(this.words, new Uint8Array(this.words.length * 2));
    }
    this.wordsLength += ENCODER.encodeInto(short, this.words.subarray(this.wordsLength)).written;
    return this.wordsLength;
  }

  private grow(): void {
    const capacity = this.ids.length * 2;
    this.timeUs = widened(this.timeUs, new Float64Array(capacity));
    this.ids = widened(this.ids, new Uint32Array(capacity));
    this.causeIds = widened(this.causeIds, new Uint32Array(capacity));
    this.sources = widened(this.sources, new Int16Array(capacity));
    this.targets = widened(this.targets, new Int16Array(capacity));
    this.kinds = widened(this.kinds, new Uint16Array(capacity));
    this.types = widened(this.types, new Uint8Array(capacity));
    this.outcomes = widened(this.outcomes, new Uint8Array(capacity));
    this.ends = widened(this.ends, new Float64Array(capacity));
  }
}

/** The words may come from the user's own code, and that may throw. */
function describe({ kind, body }: SimEvent): string {
  try {
    return kind.describe(body);
  } catch (error) {
    return `${kind.name} (its description threw: ${error instanceof Error ? error.message : String(error)})`;
  }
}

function widened<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
