/** What a form of EDN means, by edn-data. */
import { parseEDNString } from 'edn-data';
import type { Value } from '../../replay/check/value.ts';
import { FLOAT_TAG } from './edn-scanner.ts';

/** Histories say the same few things again and again; those that do not are not worth more memory. */
const REMEMBERED = 100_000;

const HANDLERS = {
  // Dates are known by what is written, like any other tagged value.
  inst: (val: unknown) => ({ tag: 'inst', val }),
  // As edn-data has ratios.
  [FLOAT_TAG]: (val: unknown) => ({ sym: val }),
};

export class EdnValues {
  private readonly known = new Map<string, Value>([['nil', null]]);

  /** `form` as an EdnScanner writes it. */
  of(form: string): Value {
    const known = this.known.get(form);
    if (known !== undefined) return known;
    const value = parseEDNString(form, { tagHandlers: HANDLERS }) as Value;
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(form, value);
    return value;
  }
}
