/** Members' logs as their disks hold them, followed from what became durable: terms only, and only what is not compacted. */
import type { Process } from '../../../sim/index.ts';
import { isWalFile, type MemberId, type WalRecord, type WalSnapshot } from '../../raft/index.ts';
import { Membership } from './membership.ts';

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
    // What a snapshot covers is written again only by mistake, which other properties judge.
    if (keep <= 0) return;
    // A gap is the host's error; places without a term show up as entries that are missing.
    while (terms.length < keep) terms.push(-1);
    // Setting a length, even the one it has, gives away the room to grow.
    if (terms.length > keep) terms.length = keep;
    for (let at = 0; at < entries.length; at++) terms.push(entries[at]!.term);
  }

  private cover({ index, term, received }: WalSnapshot): void {
    if (index < this.baseIndex) return;
    if (received || index >= this.lastIndex) this.terms = [term];
    else this.terms = this.terms.slice(index - this.baseIndex);
    this.baseIndex = index;
  }
}

/** Those of all members that ever were. That of a member whose disk was lost stays as it was: what it acknowledged counted. */
export class DurableLogs {
  readonly membership = new Membership();
  private readonly byMember: (DurableLog | undefined)[] = [];

  of(process: Process): DurableLog {
    return this.at(this.membership.of(process));
  }

  at(member: MemberId): DurableLog {
    return (this.byMember[member] ??= new DurableLog());
  }

  /** To be called before a record is taken. Returns the log that a member had before, when it now begins another. */
  note(process: Process, record: WalRecord): DurableLog | null {
    this.membership.note(process, record);
    const { head } = record;
    if (head === null || head.segment !== 1) return null;
    const before = this.byMember[head.member];
    this.byMember[head.member] = new DurableLog();
    return before ?? null;
  }

  /** Up to here every member's log is compacted: nothing will be written there again. */
  forgettable(): number {
    let least = Number.MAX_SAFE_INTEGER;
    for (const member of this.membership.members) least = Math.min(least, this.at(member).baseIndex);
    return least === Number.MAX_SAFE_INTEGER ? 0 : least;
  }
}

export const isWal = isWalFile;
