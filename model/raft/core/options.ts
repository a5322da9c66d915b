/** What a member is started with: its place in the group, its timing, what it read back from disk. */

import type { Configuration, MemberId } from './configuration.ts';
import type { Entry } from './entry.ts';
import type { HardState } from './ready.ts';
import type { Snapshot } from './snapshot.ts';

/** What the host read back from the write-ahead log and the state machine. */
export interface Recovered {
  /** The last one written, or null on the first start. */
  readonly hardState: HardState | null;
  /** The newest durable snapshot, received or local. Its configuration replaces the one in the options. */
  readonly snapshot: Snapshot | null;
  /** Contiguous; those the snapshot covers are skipped. */
  readonly entries: readonly Entry[];
  /** Last index the host's state machine holds; at least `snapshot.index`. Entries after it are handed out again. */
  readonly applied: number;
}

export interface RaftOptions {
  readonly id: MemberId;
  /**
   * The group's first configuration, the same at whoever joins later: changes in the log start from it. A recovered snapshot
   * overrides it. A member outside it never campaigns.
   */
  readonly configuration: Configuration;
  /** T: election timeouts are drawn from [T, 2T−1] ticks. etcd: 10. */
  readonly electionTicks: number;
  /** Ask whether an election could be won before its term is begun (dissertation §9.6). etcd: on. */
  readonly preVote: boolean;
  /**
   * A leader that no quorum answers for T ticks steps down, and voters that heard a leader in the last T ticks ignore candidates
   * (dissertation §6.2, §4.2.3). etcd: on.
   */
  readonly checkQuorum: boolean;
  /** An append carries entries up to this many bytes, and always at least one. etcd: 512 KiB. */
  readonly maxAppendBytes: number;
  /** Appends in flight to one follower. etcd: 512. */
  readonly maxInflight: number;
  /** Bytes of entries in flight to one follower, after which no further append leaves; 0: any. etcd: any. */
  readonly maxInflightBytes: number;
  /** A Ready hands out committed entries up to this many bytes, and always at least one. etcd: as `maxAppendBytes`. */
  readonly maxCommittedBytes: number;
  /** Bytes of a leader's entries that are not applied yet, beyond which it takes no proposal but the first; 0: any. etcd: any. */
  readonly maxUncommittedBytes: number;
  /**
   * `read-index`: a round of heartbeats for every read. `lease`: none as long as the last round that a quorum answered was sent
   * so lately that nobody can have been elected since (dissertation §6.4.1; etcd `ReadOnlyLeaseBased`). Needs `checkQuorum`.
   */
  readonly readMode: 'read-index' | 'lease';
  /** How much of an election timeout a lease leaves unused, because clocks run at different rates. etcd has none. */
  readonly leaseMarginPercent: number;
  /** Duration of a tick, by the clock of `nowUs`. */
  readonly tickUs: number;
  /** This member's clock, which never goes back. Read for leases only. */
  readonly nowUs: () => number;
  /** Ticks after which a snapshot that was sent and not answered is taken for lost. */
  readonly snapshotRetryTicks: number;
  /** An integer in [0, bound). The only source of chance. */
  readonly random: (bound: number) => number;
  readonly recovered: Recovered | null;
  /** Ids out of `raftDefects`; read once, here. */
  readonly defects: ReadonlySet<string>;
}

/** etcd's values, for hosts that have no others. */
export const defaultTuning = Object.freeze({
  electionTicks: 10,
  preVote: true,
  checkQuorum: true,
  maxAppendBytes: 512 * 1024,
  maxInflight: 512,
  maxInflightBytes: 0,
  maxCommittedBytes: 512 * 1024,
  maxUncommittedBytes: 0,
  readMode: 'read-index',
  leaseMarginPercent: 20,
  tickUs: 100_000,
  snapshotRetryTicks: 100,
} as const);
