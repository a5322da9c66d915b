/** What a member of a group is made of, and what it shows of itself. */
import type { Os } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { MemberId } from '../core/configuration.ts';
import type { RaftView } from '../core/inspection.ts';
import type { AddressBook } from '../core/snapshot.ts';
import type { StateMachine } from './state-machine.ts';
import type { WalView } from './wal.ts';

export interface RaftNodeOptions {
  readonly os: Os;
  /** This process's id in the group as it began; 0: it is a spare, that idles until it is added. */
  readonly id: MemberId;
  /** Every member of the group as it began, with the name of its process. */
  readonly members: ReadonlyMap<MemberId, string>;
  /** Processes that idle until they are added. */
  readonly spares?: readonly string[];
  readonly machine: StateMachine;
  readonly design: Design;
  readonly defects: DefectSet;
  /**
   * True once this leader has applied the first entry of its own term, so that all that its predecessors acknowledged is
   * applied here (etcd promotes its lessor then); false when it no longer leads. Alternates, beginning with true.
   */
  readonly leadership?: (leading: boolean, term: number) => void;
}

export interface RaftNodeView {
  /** 0: it has no log, and waits to be told who it is. */
  readonly member: MemberId;
  readonly process: string;
  readonly leader: string | null;
  /** What the state machine holds. */
  readonly applied: number;
  /** It was no member in the beginning, and is none yet. */
  readonly isSpare: boolean;
  /** It was a member, and is none any more. */
  readonly removed: boolean;
  /** Everybody who is or was a member, as far as it knows. */
  readonly members: AddressBook;
  readonly pendingReads: number;
  readonly wal: WalView;
  /** Null while the disk is read. */
  readonly raft: RaftView | null;
}
