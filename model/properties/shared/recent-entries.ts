/** What a property remembers of the entries of a log, by index: of the newest ones, however long the run is. */

/**
 * So many entries are remembered; a run of the usual length commits fewer. Only a member that applies an entry very late could
 * ask about older ones, and that is judged by `raft/state-machine-safety`, which forgets no entry before every member has a
 * snapshot that covers it.
 */
const REMEMBERED = 16_384;

export class RecentEntries<Value> {
  /** Highest index of which anything is known. */
  last = 0;
  private readonly remembered: number;
  /** A ring: what is known of an index stands at its remainder. */
  private readonly values: (Value | undefined)[] = [];

  constructor(remembered = REMEMBERED) {
    this.remembered = remembered;
  }

  /** Lowest index that is not forgotten. */
  get oldest(): number {
    return Math.max(0, this.last - this.remembered + 1);
  }

  /** Undefined of an index of which nothing is known, or nothing any more. */
  get(index: number): Value | undefined {
    return index > this.last || index <= this.last - this.remembered ? undefined : this.values[index % this.remembered];
  }

  /** An index that was forgotten stays so. */
  set(index: number, value: Value): void {
    if (index <= this.last - this.remembered) return;
    // Nothing is known of those in between, and their places are taken by what is forgotten now.
    for (let between = this.last + 1; between < index; between++) this.values[between % this.remembered] = undefined;
    if (index > this.last) this.last = index;
    this.values[index % this.remembered] = value;
  }
}
