/** The running 64-bit digest of a simulation, and the integer mixing it is made of. */

/** Mixes three 32-bit integers into one (murmur3's body and finaliser). Used where a hash decides an order. */
export function mix3(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0xcc9e2d51), 0x1b873593);
  h = Math.imul(((h << 13) | (h >>> 19)) ^ c, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A 32-bit hash of a string, char code by char code (FNV-1a with a final mix). */
export function hashString(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/**
 * The name of a property. Messages of a kind have the same names in the same order: with the one that came
 * next last time, most need no look-up.
 */
class PropertyName {
  readonly text: string;
  readonly code: number;
  next: PropertyName | null = null;

  constructor(text: string) {
    this.text = text;
    this.code = hashString(text);
  }
}

/**
 * Two independent 32-bit lanes. Every step of a run mixes in its time, its target, its event, what that carried and the
 * draws that were made; two runs that agree here took the same steps.
 */
export class Digest {
  // Invariant: both lanes are signed 32-bit integers, so that the engine keeps them as small integers.
  private laneA: number;
  private laneB: number;
  private readonly names = new Map<string, PropertyName>();
  /** What stands before the first name of an object. */
  private readonly beforeNames = new PropertyName('');

  constructor(seed = 0) {
    this.laneA = (seed | 0) ^ 0x243f6a88;
    this.laneB = (Math.floor(seed / 0x1_0000_0000) | 0) ^ 0x85a308d3;
  }

  /** Mixes one 32-bit integer. Anything wider must go through `number`. */
  int(value: number): void {
    let a = Math.imul(this.laneA ^ value, 0x9e3779b1);
    a ^= a >>> 15;
    this.laneA = a;
    let b = Math.imul((this.laneB + value) | 0, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
    this.laneB = (b + a) | 0;
  }

  /** Mixes an integer up to 2^53; any other number is mixed by its decimal text. */
  number(value: number): void {
    const low = value | 0;
    if (low === value) {
      this.int(low);
    } else if (Number.isSafeInteger(value)) {
      this.int(low);
      this.int(Math.floor(value / 0x1_0000_0000) | 0);
    } else {
      this.string(String(value));
    }
  }

  string(text: string): void {
    this.int(text.length);
    this.int(hashString(text));
  }

  /** Mixes any plain value: primitives, arrays, plain objects (keys in insertion order), Maps and Sets in theirs. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.string(value);
        return;
      case 'boolean':
        this.int(value ? 0x5bd1 : 0x5bd0);
        return;
      case 'object':
        this.object(value);
        return;
      case 'undefined':
        this.int(0x5bd2);
        return;
      default:
        throw new TypeError(`a message carries a ${typeof value}: only plain values can cross between processes`);
    }
  }

  private object(value: object | null): void {
    if (value === null) {
      this.int(0x5bd3);
    } else if (Array.isArray(value)) {
      this.int(value.length ^ 0x5bd50000);
      for (let i = 0; i < value.length; i++) this.value(value[i]);
    } else if (value instanceof Map || value instanceof Set) {
      this.int(value.size ^ 0x5bd60000);
      for (const entry of value) this.value(entry);
    } else {
      let before = this.beforeNames;
      for (const key in value) {
        let name = before.next;
        if (name === null || name.text !== key) {
          name = this.nameOf(key);
          before.next = name;
        }
        this.int(name.code);
        this.value((value as Record<string, unknown>)[key]);
        before = name;
      }
      this.int(0x5bd4);
    }
  }

  /** Property names repeat in every message, so each is hashed once. */
  private nameOf(key: string): PropertyName {
    let name = this.names.get(key);
    if (name === undefined) {
      name = new PropertyName(key);
      this.names.set(key, name);
    }
    return name;
  }

  /** The lowest byte: one a step is kept in a recording. */
  byte(): number {
    return (this.laneA ^ this.laneB) & 0xff;
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    const part = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0');
    return part(this.laneA) + part(this.laneB);
  }
}
