/** Keys, ranges, revisions and spellings to choose from: few keys, so that everything meets everything, and many edges. */
import type { Json, JsonObject } from '../../../bin/store/json.ts';
import { camelCase, toBase64 } from '../../../bin/store/fields.ts';
import type { Stream } from '../../../sim/index.ts';
import type { Knowledge } from './knowledge.ts';

/** Weights of alternatives. */
export type Weighted<T> = readonly (readonly [weight: number, value: T])[];

/** At most twelve: up to there Go's sort keeps equals in their order, and nobody has promised more. */
const KEYS = ['a', 'b', 'c', 'aa', 'ab', 'a\0', '\0', '\u00ff', 'k/1', 'k/2', 'k/', 'z'] as const;
const VALUES = ['', '1', '2', 'x', 'xy', '\0\u00ff'] as const;
const LEASES = ['1', '2', '3', '-4', '9007199254740993'] as const;

export class Choices {
  readonly stream: Stream;
  readonly knowledge: Knowledge;
  readonly keys: readonly string[];

  constructor(stream: Stream, knowledge: Knowledge) {
    this.stream = stream;
    this.knowledge = knowledge;
    this.keys = stream.shuffle(KEYS).slice(0, stream.between(2, KEYS.length));
  }

  weighted<T>(alternatives: Weighted<T>): T {
    let at = this.stream.below(alternatives.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of alternatives) {
      at -= weight;
      if (at < 0) return value;
    }
    throw new RangeError('nothing to choose from');
  }

  chance(percent: number): boolean {
    return this.stream.percent(percent);
  }

  /** A list of up to `most`, short ones more often. */
  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.stream.below(this.stream.between(1, most + 1)) }, make);
  }

  /** Now and then the empty one, which is refused. */
  key(): string {
    return this.chance(2) ? '' : this.stream.pick(this.keys);
  }

  value(): string {
    return this.stream.pick(VALUES);
  }

  lease(): string {
    const known = [...this.knowledge.leases];
    return known.length > 0 && this.chance(75) ? this.stream.pick(known) : this.newLease();
  }

  /** One that a grant may ask for; perhaps taken. */
  newLease(): string {
    return this.stream.pick(LEASES);
  }

  /** An end for a range from a key: none, everything, a prefix, another key, the key itself. */
  rangeEnd(key: string): string {
    return this.weighted<() => string>([
      [35, () => ''],
      [15, () => '\0'],
      [15, () => successor(key)],
      [25, () => this.stream.pick(this.keys)],
      [5, () => key],
      [5, () => `${key}\0`],
    ])();
  }

  /** Any kind of revision: past, present, future, compacted, none. */
  revision(): string {
    const { revision, compactRevision } = this.knowledge;
    const chosen = this.weighted<() => number>([
      [20, () => revision],
      [30, () => this.stream.between(Math.max(compactRevision, 1), revision)],
      [10, () => compactRevision],
      [8, () => compactRevision - 1],
      [8, () => compactRevision + 1],
      [8, () => revision + 1],
      [5, () => revision + this.stream.between(2, 9)],
      [3, () => this.stream.between(1, revision)],
      [3, () => 1],
      [3, () => 0],
      [3, () => -this.stream.between(1, 5)],
    ])();
    return this.chance(1) ? this.stream.pick(['9223372036854775807', '-9223372036854775808']) : String(chosen);
  }

  /** A small number around what versions are. */
  version(): string {
    return String(this.stream.between(-1, 4));
  }

  /** The same message as somebody else may write it: names, numbers and enumerations have more than one spelling. */
  spelled(body: JsonObject): JsonObject {
    if (!this.chance(10)) return body;
    const entries = Object.entries(body).map(([name, field]): [string, Json] => [
      this.chance(30) ? camelCase(name) : name,
      field,
    ]);
    if (this.chance(20)) entries.push([this.stream.pick(['limit', 'lease', 'prev_kv', 'revision']), null]);
    if (this.chance(20)) entries.push(['no_such_field', 1]);
    // What stands twice is read as it stands last.
    return { ...Object.fromEntries(entries.reverse()) };
  }

  /** A 64-bit integer: in a string, or now and then as a number. */
  integer(digits: string): Json {
    return this.chance(10) && Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
  }

  /** A value of an enumeration, by name or by number. */
  named(names: readonly string[]): Json {
    const at = this.stream.below(names.length);
    return this.chance(15) ? at : (names[at] as string);
  }
}

/** Bytes as the gateway has them. */
export const bytes = toBase64;

/** The end of the range of all keys that begin so. */
function successor(key: string): string {
  const last = key.charCodeAt(key.length - 1);
  return key === '' || last === 0xff ? '\0' : key.slice(0, -1) + String.fromCharCode(last + 1);
}
