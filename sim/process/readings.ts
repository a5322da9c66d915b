/** What texts say, for the many processes that read the same ones. */
import type { Freezer } from '../freeze.ts';

/** How a text reads that was stored at a version. It depends on nothing else, and hands out what nobody has yet. */
export type Reader<T> = (text: string, version: number) => T;

interface Reading {
  readonly read: Reader<unknown>;
  readonly version: number;
  readonly result: unknown;
}

/** Texts remembered; when there are more, it begins anew. */
const REMEMBERED_MAX = 4_096;

/**
 * Reads each text once in a run. What comes of it is like a message: many have it, nobody may change it, and it is frozen where
 * messages are. So it is no memory that processes share, only less of it, and less to do.
 */
export class Readings {
  private readonly freezer: Freezer | null;
  private readonly remembered = new Map<string, Reading>();

  constructor(freezer: Freezer | null) {
    this.freezer = freezer;
  }

  readText<T>(text: string, version: number, read: Reader<T>): T {
    const known = this.remembered.get(text);
    if (known !== undefined && known.version === version && known.read === read) return known.result as T;
    const result = read(text, version);
    this.freezer?.freeze(result);
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
    this.remembered.set(text, { read, version, result });
    return result;
  }
}
