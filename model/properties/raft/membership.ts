/** Who counts: the configurations that the log has made, and which member a process is, followed from what crossed boundaries. */
import type { Process } from '../../../sim/index.ts';
import {
  changeConfiguration,
  membersOf,
  type AppliedEntry,
  type Configuration,
  type MemberId,
  type WalRecord,
} from '../../raft/index.ts';

export interface Since {
  /** In force for whoever has applied this entry and not the next of the list. */
  readonly index: number;
  readonly configuration: Configuration;
}

export class Membership {
  /** Oldest first, as far as somebody may still need it. Empty until a log is made. */
  private since: Since[] = [];
  private last = 0;
  private readonly byProcess: MemberId[] = [];

  /** The member that a process is by its log; 0: none. */
  of(process: Process): MemberId {
    return this.byProcess[process.index] ?? 0;
  }

  /** Of a record of a write-ahead log that has become durable. */
  note(process: Process, { head }: WalRecord): void {
    if (head === null) return;
    this.byProcess[process.index] = head.member;
    if (this.since.length === 0) this.since = [{ index: 0, configuration: head.configuration }];
  }

  emptied(process: Process): void {
    this.byProcess[process.index] = 0;
  }

  /** Nobody has applied it yet. */
  isNext({ index }: AppliedEntry): boolean {
    return index === this.last + 1;
  }

  /** In order of the index the first time each is applied; later tellings are no news. */
  applied(entry: AppliedEntry): void {
    if (!this.isNext(entry)) return;
    const { index, change } = entry;
    this.last = index;
    if (change !== null) this.since.push({ index, configuration: changeConfiguration(this.latest!.configuration, change) });
  }

  get latest(): Since | undefined {
    return this.since.at(-1);
  }

  /** As of an entry that was applied somewhere; null when that is not known any more. */
  at(index: number): Configuration | null {
    if (index > this.last) return null;
    return this.since.findLast((each) => each.index <= index)?.configuration ?? null;
  }

  /**
   * A leader goes by the changes that it has applied, and at most one is unapplied: whatever is committed has a quorum of the
   * latest configuration or of the one before it.
   */
  isQuorum(holds: (member: MemberId) => boolean): boolean {
    const { latest } = this;
    if (latest === undefined || quorumOf(latest.configuration, holds)) return true;
    const before = this.since.at(-2);
    return before !== undefined && quorumOf(before.configuration, holds);
  }

  /** By any configuration there has ever been: a member may lag many behind. Only for callers that never `forget`. */
  wasQuorum(holds: (member: MemberId) => boolean): boolean {
    return this.since.some(({ configuration }) => quorumOf(configuration, holds));
  }

  /** All members of the latest configuration. */
  get members(): readonly MemberId[] {
    return this.latest === undefined ? [] : membersOf(this.latest.configuration);
  }

  forget(index: number): void {
    while (this.since.length > 2 && this.since[1]!.index <= index) this.since.shift();
  }
}

/** While a configuration is joint both halves need a majority; learners never count. */
export function quorumOf({ voters, outgoing }: Configuration, holds: (member: MemberId) => boolean): boolean {
  return isMajority(voters, holds) && (outgoing.length === 0 || isMajority(outgoing, holds));
}

function isMajority(members: readonly MemberId[], holds: (member: MemberId) => boolean): boolean {
  let count = 0;
  for (let at = 0; at < members.length; at++) if (holds(members[at]!)) count++;
  return count * 2 > members.length;
}
