/**
 * Linearizable reads as a member serves them: all that wait are asked for together, and answered once this member has applied
 * what was committed when they were asked for (etcd `linearizableReadLoop`).
 */
import type { Micros } from '../../../sim/index.ts';
import type { MemberId } from '../core/configuration.ts';

export type ReadDone = (ok: boolean) => void;

/** What this needs of its host. */
export interface ReadHost {
  term(): number;
  /** 0 (`noMember`): nobody is known to lead. */
  leader(): MemberId;
  applied(): number;
  nowUs(): Micros;
  /** Asks the leader; false when there is none. */
  ask(requestId: number): boolean;
}

interface Confirmed {
  readonly index: number;
  readonly reads: readonly ReadDone[];
}

/** etcd's readIndexRetryTime. */
const RETRY_US = 500_000;
/** Request ids of one incarnation; a later one begins beyond, so that no late answer is taken for another's. */
const IDS_PER_INCARNATION = 0x100_0000;

export class ReadRequests {
  private readonly host: ReadHost;
  private readonly timeoutUs: Micros;
  private nextId: number;
  /** Came while others were asked for; next in turn. */
  private arriving: ReadDone[] = [];
  private asked: readonly ReadDone[] | null = null;
  private askedId = 0;
  private askedTerm = 0;
  private askedLeader: MemberId = 0;
  private askedUs: Micros = 0;
  private retryUs: Micros = 0;
  /** Wait to be applied, lowest index first. */
  private confirmed: Confirmed[] = [];

  constructor(host: ReadHost, incarnation: number, timeoutUs: Micros) {
    this.host = host;
    this.timeoutUs = timeoutUs;
    this.nextId = incarnation * IDS_PER_INCARNATION;
  }

  get pending(): number {
    let pending = this.arriving.length + (this.asked?.length ?? 0);
    for (const { reads } of this.confirmed) pending += reads.length;
    return pending;
  }

  add(done: ReadDone): void {
    this.arriving.push(done);
    if (this.asked === null) this.askNext();
  }

  /** The core names the index from which on a request may be answered. */
  answered(requestId: number, index: number): void {
    // A late answer to an earlier attempt is none to this one (etcd #20418).
    if (this.asked === null || requestId !== this.askedId || this.leaderChanged()) return;
    const reads = this.asked;
    this.asked = null;
    // An answer may overtake one that another leader gave; waiting for the higher index is always right.
    const last = this.confirmed[this.confirmed.length - 1];
    this.confirmed.push({ index: last !== undefined && last.index > index ? last.index : index, reads });
    this.askNext();
  }

  /** Something was applied. */
  release(): void {
    while (this.confirmed.length > 0 && this.confirmed[0]!.index <= this.host.applied()) {
      const { reads } = this.confirmed.shift()!;
      for (const done of reads) done(true);
    }
  }

  /** Fails what was asked of a leader that is none any more; whoever reads may try again. */
  checkLeader(): void {
    if (this.asked !== null && this.leaderChanged()) this.fail();
  }

  /** Called now and then: asks again with a new id, or gives up. */
  tick(): void {
    if (this.asked === null) return;
    const nowUs = this.host.nowUs();
    if (nowUs - this.askedUs >= this.timeoutUs) this.fail();
    else if (nowUs >= this.retryUs) this.ask(nowUs);
  }

  private leaderChanged(): boolean {
    return this.host.term() !== this.askedTerm || this.host.leader() !== this.askedLeader;
  }

  private askNext(): void {
    if (this.arriving.length === 0) return;
    this.asked = this.arriving;
    this.arriving = [];
    const nowUs = this.host.nowUs();
    this.askedUs = nowUs;
    this.askedTerm = this.host.term();
    this.askedLeader = this.host.leader();
    this.ask(nowUs);
  }

  private ask(nowUs: Micros): void {
    this.askedId = ++this.nextId;
    this.retryUs = nowUs + RETRY_US;
    if (!this.host.ask(this.askedId)) this.fail();
  }

  private fail(): void {
    const failed = this.asked ?? [];
    this.asked = null;
    for (const done of failed) done(false);
    if (this.asked === null) this.askNext();
  }
}
