/** Members' logs as their disks hold them, followed from what became durable: terms only, and only what is not compacted. */
import { isWalFile, type WalRecord, type WalSnapshot } from '../../raft/index.ts';

/** One member's. Written from the meaning of the records, not from the code that reads them back. */
export class DurableLog {
  /** Last index that is not in the log any more; a snapshot that covers it is durable. */
  baseIndex = 0;
  /** terms[0] is the term at `baseIndex`, terms[i] that of entry baseIndex + i. */
  terms: number[] = [0];

  get lastIndex(): number {
    return this.baseIndex + this.terms.length - 1;
  }

  /** −1 where the log has no entry. */
  termAt(index: number): number {
    const at = index - this.baseIndex;
    return at >= 0 && at < this.terms.length ? this.terms[at]! : -1;
  }

  /** A snapshot covers the entry, or the log holds it with this term. */
  holds(index: number, term: number): boolean {
    return index <= this.baseIndex || this.termAt(index) === term;
  }

  take({ snapshot, entries }: WalRecord): void {
    if (snapshot !== null) this.cover(snapshot);
    if (entries.length === 0) return;
    const { terms } = this;
    const keep = entries[0]!.index - this.baseIndex;
    // What is covered cannot be written again but by mistake, which others judge.
    if (keep <= 0) return;
    // A gap is the host's error; places without a term show up as entries that are missing.
    while (terms.length < keep) terms.push(-1);
    terms.length = keep;
    for (let at = 0; at < entries.length; at++) terms.push(entries[at]!.term);
  }

  private cover({ index, term, received }: WalSnapshot): void {
    if (index < this.baseIndex) return;
    if (received || index >= this.lastIndex) this.terms = [term];
    else this.terms = this.terms.slice(index - this.baseIndex);
    this.baseIndex = index;
  }
}

/** All members' of the world's one group, by index of the process. */
export class DurableLogs {
  readonly logs: DurableLog[] = [];
  /** Size of the group; 0 until its first log is made. */
  voters = 0;
  private readonly byProcess: (DurableLog | undefined)[] = [];

  of(process: number): DurableLog {
    let log = this.byProcess[process];
    if (log === undefined) {
      log = new DurableLog();
      this.byProcess[process] = log;
      this.logs.push(log);
    }
    return log;
  }

  find(process: number): DurableLog | undefined {
    return this.byProcess[process];
  }

  /** To be called before a record is taken. */
  noteHead({ head }: WalRecord): void {
    if (head !== null) this.voters = head.configuration.voters.length;
  }

  /** Up to here every member's log is compacted: nothing will be written there again. */
  forgettable(): number {
    if (this.logs.length < this.voters) return 0;
    let least = Number.MAX_SAFE_INTEGER;
    for (let at = 0; at < this.logs.length; at++) least = Math.min(least, this.logs[at]!.baseIndex);
    return least;
  }
}

export const isWal = isWalFile;
