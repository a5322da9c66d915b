/** 64-bit integers for a model whose numbers are exact to 2^53. */

/** The number nearest to a revision, version or limit: the store's own never come near the bounds. */
export function nearest(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  return value < Number.MIN_SAFE_INTEGER ? Number.MIN_SAFE_INTEGER : Number(value);
}

/** Lease ids are names, not quantities: one beyond 2^53 stands under another number inside, and under its own outside. */
export class LeaseIds {
  private readonly inside = new Map<bigint, number>();
  private readonly outside = new Map<number, bigint>();
  /** Stand-ins come from where members choose no ids. */
  private standIn = Number.MAX_SAFE_INTEGER;

  inward(id: bigint): number {
    const known = this.inside.get(id);
    if (known !== undefined) return known;
    const number = this.numberFor(id);
    this.inside.set(id, number);
    this.outside.set(number, id);
    return number;
  }

  outward(number: number): string {
    return String(this.outside.get(number) ?? number);
  }

  private numberFor(id: bigint): number {
    const own = Number(id);
    if (Number.isSafeInteger(own) && !this.outside.has(own)) return own;
    while (this.outside.has(this.standIn)) this.standIn--;
    return this.standIn;
  }
}
