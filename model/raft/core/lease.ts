/** How long a leader may answer reads from its own state because nobody else can have been elected (dissertation §6.4.1). */

import type { DefectSwitches } from './defects.ts';
import type { RaftOptions } from './options.ts';

/**
 * Whoever answers a heartbeat ignores candidates for T ticks, of which the first may be short. A quorum that has
 * answered one sent at t keeps everybody from being elected until t + T − 1 ticks; a margin covers clocks that run at
 * different rates. The one exception is an election that the leader itself orders: from the beginning of a transfer on
 * there is no lease any more in this term.
 */
export class Lease {
  private readonly nowUs: () => number;
  private readonly durationUs: number;
  private readonly withoutMargin: boolean;
  /** Until when reads may be answered; 0: not at all. */
  private untilUs = 0;
  private ended = false;
  /** Rounds of heartbeats that no quorum has answered, oldest first, and when each was sent. */
  private rounds: { readonly round: number; readonly sentUs: number }[] = [];

  constructor({ electionTicks, tickUs, leaseMarginPercent, nowUs }: RaftOptions, defects: DefectSwitches) {
    this.nowUs = nowUs;
    this.withoutMargin = defects.leaseWithoutMargin;
    this.durationUs = this.withoutMargin
      ? electionTicks * tickUs
      : Math.floor(((electionTicks - 1) * tickUs * (100 - leaseMarginPercent)) / 100);
  }

  get isValid(): boolean {
    return this.untilUs > this.nowUs();
  }

  /** A new term, or another configuration: nothing that was answered before counts. */
  reset(): void {
    this.untilUs = 0;
    this.rounds = [];
  }

  /** Of a new leader. */
  begin(): void {
    this.reset();
    this.ended = false;
  }

  /** For the rest of the term. */
  end(): void {
    this.reset();
    this.ended = true;
  }

  sent(round: number): void {
    if (!this.ended) this.rounds.push({ round, sentUs: this.nowUs() });
  }

  /** A quorum has answered this round, or a later one. */
  confirmed(round: number): void {
    const { rounds } = this;
    let answered = 0;
    while (answered < rounds.length && rounds[answered]!.round <= round) answered++;
    if (answered === 0) return;
    // Followers count from when it arrived, which was sooner than the answer is here.
    const fromUs = this.withoutMargin ? this.nowUs() : rounds[answered - 1]!.sentUs;
    this.untilUs = fromUs + this.durationUs;
    rounds.splice(0, answered);
  }
}
