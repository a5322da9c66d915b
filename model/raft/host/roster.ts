/** Who is who: on which process each member of the group runs, as the log and snapshots tell (etcd `membership.RaftCluster`). */
import { membersOf, type Configuration, type MemberId } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { AddressBook, MemberAddress } from '../core/snapshot.ts';
import type { Command } from './state-machine.ts';

/** What goes with a change of membership in the log: the addresses of whom it brings in. */
export interface MembershipData {
  readonly members: AddressBook;
}

function isMembershipData(data: unknown): data is MembershipData {
  return typeof data === 'object' && data !== null && 'members' in data;
}

export class Roster {
  /** Everybody who ever was a member, in the order in which they came; replaced, never changed. */
  private book: AddressBook;
  /** Process names by id, also of those that were only heard of. */
  private readonly names: string[] = [];
  /** By id; true for whoever left. */
  private readonly gone: boolean[] = [];
  private readonly promoted = new Set<MemberId>();

  constructor(initial: ReadonlyMap<MemberId, string>) {
    this.book = [...initial].map(([id, process]) => ({ id, process, disk: 0, promote: false, removed: false }));
    this.note();
  }

  get addresses(): AddressBook {
    return this.book;
  }

  /** Undefined when this member has not heard of it. */
  nameOf(id: MemberId): string | undefined {
    return this.names[id];
  }

  /** It was a learner before it was a voter. */
  wasPromoted(id: MemberId): boolean {
    return this.promoted.has(id);
  }

  isRemoved(id: MemberId): boolean {
    return this.gone[id] === true;
  }

  find(id: MemberId): MemberAddress | undefined {
    return this.book.find((address) => address.id === id);
  }

  /** The member that a process is now. */
  at(process: string): MemberAddress | undefined {
    return this.book.find((address) => address.process === process && !address.removed);
  }

  /** An id that nobody ever had. */
  get nextId(): MemberId {
    return Math.max(0, ...this.book.map(({ id }) => id)) + 1;
  }

  /** An id is given to a disk once: whoever was removed does not come back under another name with what it has forgotten. */
  everHad(process: string, disk: number): boolean {
    return this.book.some((address) => address.process === process && address.disk === disk);
  }

  restore(book: AddressBook): void {
    this.book = book;
    this.note();
  }

  /** A change of membership is applied, which has led to this configuration. */
  apply(entry: Entry, configuration: Configuration): void {
    const data = (entry.data as Command | null)?.data;
    const added = isMembershipData(data) ? data.members.filter(({ id }) => this.find(id) === undefined) : [];
    for (const { change, member } of entry.change?.changes ?? [])
      if (change === 'add-voter' && this.find(member) !== undefined) this.promoted.add(member);
    const current = new Set(membersOf(configuration));
    this.book = [...this.book, ...added].map((address) =>
      current.has(address.id) || address.removed ? address : { ...address, removed: true },
    );
    this.note();
  }

  /** A message has come from a member that this one has not been told of, having been away (etcd `AddRemote`). */
  learn(id: MemberId, process: string): void {
    if (this.names[id] === undefined) this.names[id] = process;
  }

  private note(): void {
    for (const { id, process, removed } of this.book) {
      this.names[id] = process;
      this.gone[id] = removed;
    }
  }
}
