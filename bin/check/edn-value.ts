/** What a form of EDN means, by edn-data. */
import { parseEDNString } from 'edn-data';
import type { Value } from '../../replay/check/value.ts';

/** Histories say the same few things again and again; those that do not are not worth more memory. */
const REMEMBERED = 100_000;

export class EdnValues {
  private readonly known = new Map<string, Value>([['nil', null]]);

  /** `form` as an EdnScanner writes it. */
  of(form: string): Value {
    const known = this.known.get(form);
    if (known !== undefined) return known;
    // Dates are known by what is written, like any other tagged value.
    const value = parseEDNString(form, { tagHandlers: { inst: (val) => ({ tag: 'inst', val }) } }) as Value;
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(form, value);
    return value;
  }
}
