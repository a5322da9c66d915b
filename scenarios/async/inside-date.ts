/** The `Date` of a controller's context: the simulated machine's wall clock, in UTC, whatever the host's time zone is. */

/** ISO 8601, as ECMAScript defines it: all other forms are up to the engine. */
const ISO = /^([+-]\d{6}|\d{4})(-\d\d(-\d\d)?)?(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

export function simulatedDate(wallUs: () => number): unknown {
  const Original = Date;
  const parse = (text: string): number => {
    const match = ISO.exec(text.trim());
    if (match === null)
      throw new RangeError(
        `"${text}": a simulation reads dates in ISO 8601 alone, as 2025-10-20T07:48:00Z: of others each engine makes its own`,
      );
    // Without a zone it would be in the host's.
    const isLocal = match[4] !== undefined && match[7] === undefined;
    return Original.parse(isLocal ? `${text.trim()}Z` : text.trim());
  };
  const now = (): number => Math.floor(wallUs() / 1_000);

  class SimulatedDate extends Original {
    constructor(...parts: readonly unknown[]) {
      super(timeOf(parts));
    }

    static override now(): number {
      return now();
    }

    static override parse(text: string): number {
      return parse(text);
    }

    override getTimezoneOffset(): number {
      return 0;
    }

    override toString(): string {
      return this.toUTCString();
    }

    override toDateString(): string {
      return this.toISOString().slice(0, 10);
    }

    override toTimeString(): string {
      return this.toISOString().slice(11);
    }
  }

  function timeOf(parts: readonly unknown[]): number {
    const [first] = parts;
    if (parts.length === 0) return now();
    if (parts.length > 1) return Original.UTC(...(parts as [number, number]));
    if (first instanceof Original) return first.getTime();
    return typeof first === 'string' ? parse(first) : Number(first);
  }

  const { prototype } = SimulatedDate as unknown as { readonly prototype: Record<string, unknown> };
  for (const part of ['Date', 'Day', 'FullYear', 'Hours', 'Milliseconds', 'Minutes', 'Month', 'Seconds']) {
    for (const verb of ['get', 'set']) {
      const inUtc = (Original.prototype as unknown as Record<string, unknown>)[`${verb}UTC${part}`];
      if (inUtc !== undefined)
        Object.defineProperty(prototype, `${verb}${part}`, { value: inUtc, configurable: true, writable: true });
    }
  }
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']) {
    const value = (): never => {
      throw new TypeError(`${name} is not there in a simulation: what it does depends on the engine's locale data`);
    };
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
  return SimulatedDate;
}
