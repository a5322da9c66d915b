/** What a leader knows about one follower's log, and how much it may send it (etcd `tracker.Progress`). */

import type { MemberId } from './configuration.ts';

export const ProgressState = Object.freeze({
  /** Where the logs part is unknown: one append at a time. */
  probe: 0,
  /** Logs agree up to `match`: appends are pipelined. */
  replicate: 1,
  /** A snapshot is under way: no appends. */
  snapshot: 2,
});
export type ProgressState = (typeof ProgressState)[keyof typeof ProgressState];

export const progressStateNames = Object.freeze(['probe', 'replicate', 'snapshot'] as const);

export class Progress {
  readonly member: MemberId;
  state: ProgressState = ProgressState.probe;
  /** Next index to send. Invariant: next > match (kept by the leader in `Member.match`). */
  next = 1;
  /** Highest commit index the follower can have learnt from appends under way. */
  sentCommit = 0;
  /** Was heard of since the last check of the quorum. */
  recentActive = false;
  /** Ticks since it was last heard of. */
  silentTicks = 0;
  /** In probe: an append is under way and unanswered. */
  paused = false;
  /** A heartbeat was answered while the follower lags: send an append even if it is empty, to learn of a loss. */
  mustSend = false;
  /** Index of the snapshot under way; 0 outside the state `snapshot`. */
  pendingSnapshot = 0;
  /** Ticks since that snapshot was sent. */
  snapshotTicks = 0;
  /** Last index of each append under way in `replicate`: a ring, oldest at `oldest`. */
  private readonly inflight: number[];
  private oldest = 0;
  private inflightCount = 0;

  /** Bytes of each. */
  private readonly inflightSizes: number[];
  private inflightBytes = 0;
  private readonly maxInflightBytes: number;

  /** `maxInflightBytes` 0: any. */
  constructor(member: MemberId, maxInflight: number, maxInflightBytes: number) {
    this.member = member;
    this.maxInflightBytes = maxInflightBytes;
    this.inflight = new Array<number>(maxInflight).fill(0);
    this.inflightSizes = new Array<number>(maxInflight).fill(0);
  }

  answered(): void {
    this.recentActive = true;
    this.silentTicks = 0;
  }

  /**
   * Has entries from this leader, up to `match`, and was heard of within an election timeout. `recentActive` is no measure of
   * that: each check of the quorum begins it anew, and until the next answers nobody seems to be there.
   */
  answers(match: number, electionTicks: number): boolean {
    return match > 0 && this.silentTicks < electionTicks;
  }

  becomeProbe(match: number): void {
    // After a snapshot the follower is expected to have it.
    const from = this.pendingSnapshot > match ? this.pendingSnapshot : match;
    this.enter(ProgressState.probe);
    this.next = from + 1;
    if (this.sentCommit > from) this.sentCommit = from;
  }

  becomeReplicate(match: number): void {
    this.enter(ProgressState.replicate);
    this.next = match + 1;
  }

  becomeSnapshot(index: number): void {
    this.enter(ProgressState.snapshot);
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** The snapshot is taken for lost: probe again from where the follower was last known to be. */
  abortSnapshot(match: number): void {
    this.pendingSnapshot = 0;
    this.becomeProbe(match);
  }

  /**
   * The follower has no entry at `rejected`, or another. Returns false if that is old news. `hint` is where it may agree.
   */
  reject(rejected: number, hint: number, match: number): boolean {
    if (this.state === ProgressState.replicate) {
      if (rejected <= match) return false;
      this.becomeProbe(match);
      return true;
    }
    // In probe only the answer to the append under way counts.
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), match + 1);
    if (this.sentCommit > this.next - 1) this.sentCommit = this.next - 1;
    this.paused = false;
    return true;
  }

  get inflightFull(): boolean {
    return (
      this.inflightCount === this.inflight.length || (this.maxInflightBytes > 0 && this.inflightBytes >= this.maxInflightBytes)
    );
  }

  get inflightLength(): number {
    return this.inflightCount;
  }

  addInflight(lastIndex: number, bytes: number): void {
    const capacity = this.inflight.length;
    let at = this.oldest + this.inflightCount;
    if (at >= capacity) at -= capacity;
    this.inflight[at] = lastIndex;
    this.inflightSizes[at] = bytes;
    this.inflightBytes += bytes;
    this.inflightCount++;
  }

  /** Appends up to `index` have been answered. */
  freeInflight(index: number): void {
    while (this.inflightCount > 0 && this.inflight[this.oldest]! <= index) {
      this.inflightBytes -= this.inflightSizes[this.oldest]!;
      this.oldest = this.oldest + 1 === this.inflight.length ? 0 : this.oldest + 1;
      this.inflightCount--;
    }
  }

  private enter(state: ProgressState): void {
    this.state = state;
    this.paused = false;
    this.pendingSnapshot = 0;
    this.snapshotTicks = 0;
    this.oldest = 0;
    this.inflightCount = 0;
    this.inflightBytes = 0;
  }
}
