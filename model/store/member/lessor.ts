/** The primary's part of leases: when each expires. Only the Raft leader keeps it; nothing of it is replicated. */
import type { Lease, LeaseTable } from '../machine/lease-table.ts';
import type { LeaseCheckpoint } from '../machine/requests.ts';

/** etcd's `defaultExpiredleaseRetryInterval`: an expired lease is reported again after 3 s if nobody has revoked it. */
const expiredRetryUsDefault = 3_000_000;
/** etcd's `leaseRevokeRate`: the leases that a primary revokes in a second. From so many on, a promotion spreads their ends. */
const revokesPerSecondDefault = 1_000;
/** etcd's `maxLeaseCheckpointBatchSize`. */
const checkpointsMax = 1_000;

const SECOND_US = 1_000_000;

/**
 * `expired` means: wait for the revoke to be applied (or for a demotion), then answer "lease not found". `checkpointed`: first
 * the note of what was left must be taken back through the log, or the next primary would go by it; {@link Lessor.takenBack} is
 * to be told how that ended.
 */
export type RenewOutcome = 'renewed' | 'not-found' | 'not-primary' | 'expired' | 'checkpointed';

export interface RenewResult {
  readonly outcome: RenewOutcome;
  /** The TTL granted anew; 0 unless renewed. */
  readonly ttlUs: number;
}

export interface LessorOptions {
  readonly defects?: ReadonlySet<string>;
  /** How long an expired lease that was reported stays unreported. */
  readonly expiredRetryUs?: number;
  /** How often it is noted what is left of a long lease; 0 for never. etcd: 5 minutes, when it is switched on. */
  readonly checkpointUs?: number;
  readonly revokesPerSecond?: number;
}

/**
 * Expiry times by the clock of this member (etcd `lessor`). The host brings the time, tells of grants, renews on keepalives
 * and proposes a revoke for what {@link expired} returns, after it has made sure that it still leads (E10).
 */
export class Lessor {
  private readonly keepsOldExpiry: boolean;
  private readonly countsOwnOnly: boolean;
  private readonly losesCheckpoints: boolean;
  private readonly expiredRetryUs: number;
  private readonly checkpointUs: number;
  private readonly revokesPerSecond: number;
  private readonly table: LeaseTable;
  private readonly expiryUs = new Map<number, number>();
  /** When an expired lease may be reported again. */
  private readonly retryUs = new Map<number, number>();
  /** When it is to be noted what is left of a lease. */
  private readonly noteUs = new Map<number, number>();
  /** Leases whose checkpoint was proposed and is not applied yet. */
  private readonly noting = new Set<number>();
  /** How many renewals of a lease wait until its checkpoint is taken back. */
  private readonly takingBack = new Map<number, number>();
  /** No lease expires or is to be reported again before this: lets most scans end at once. */
  private nothingDueBeforeUs = 0;
  /** The same for what is to be noted. */
  private nothingToNoteBeforeUs = Infinity;

  isPrimary = false;

  constructor(table: LeaseTable, options: LessorOptions = {}) {
    this.table = table;
    this.keepsOldExpiry = options.defects?.has('lease-expires-early') ?? false;
    this.countsOwnOnly = options.defects?.has('promotion-starts-no-clock') ?? false;
    this.losesCheckpoints = options.defects?.has('checkpoints-lost-on-promotion') ?? false;
    this.expiredRetryUs = options.expiredRetryUs ?? expiredRetryUsDefault;
    this.checkpointUs = options.checkpointUs ?? 0;
    this.revokesPerSecond = options.revokesPerSecond ?? revokesPerSecondDefault;
  }

  /**
   * Becomes primary: etcd does it when the leader applies the first entry of its term. Every lease gets what was left at its
   * last checkpoint, else its full TTL, plus `extendUs` (etcd: the election timeout): a change of leader extends all leases.
   */
  promote(nowUs: number, extendUs: number): void {
    this.isPrimary = true;
    this.nothingDueBeforeUs = 0;
    if (this.countsOwnOnly) return;
    for (const lease of this.table.all()) {
      if (this.keepsOldExpiry && this.expiryUs.has(lease.id)) continue;
      const leftUs = this.losesCheckpoints ? lease.ttlUs : leftAtCheckpoint(lease);
      this.expiryUs.set(lease.id, nowUs + leftUs + extendUs);
      if (!this.losesCheckpoints) this.scheduleNote(lease, nowUs);
    }
    if (this.table.size >= this.revokesPerSecond) this.spread(nowUs, extendUs);
  }

  /** Lets no more than three quarters of what can be revoked expire in any second (etcd `Promote`). */
  private spread(nowUs: number, extendUs: number): void {
    const perSecond = Math.floor((3 * this.revokesPerSecond) / 4);
    const leases = [...this.table.all()].sort(
      (a, b) => this.remainingUs(a.id, nowUs) - this.remainingUs(b.id, nowUs) || a.id - b.id,
    );
    let baseUs = this.remainingUs(leases[0]!.id, nowUs);
    let nextUs = baseUs + SECOND_US;
    let count = 0;
    for (const lease of leases) {
      const remainingUs = this.remainingUs(lease.id, nowUs);
      if (remainingUs > nextUs) {
        baseUs = remainingUs;
        nextUs = baseUs + SECOND_US;
        count = 1;
        continue;
      }
      count++;
      if (count <= perSecond) continue;
      // A lease that lies behind the base anyway needs so much less delay.
      const delayUs = Math.floor((SECOND_US * count) / perSecond) - (remainingUs - baseUs);
      nextUs = baseUs + delayUs;
      this.expiryUs.set(lease.id, nowUs + leftAtCheckpoint(lease) + extendUs + delayUs);
    }
  }

  /** Stops being primary: what it knew of expiry is worth nothing once another member renews. */
  demote(): void {
    this.isPrimary = false;
    this.retryUs.clear();
    this.noteUs.clear();
    this.noting.clear();
    if (this.keepsOldExpiry) return;
    this.expiryUs.clear();
  }

  /** To be told by the host after it has applied a successful grant; starts the lease's time on a primary. */
  granted(id: number, nowUs: number): void {
    const lease = this.table.get(id);
    if (!this.isPrimary || lease === undefined) return;
    this.setExpiry(id, nowUs + lease.ttlUs);
    this.scheduleNote(lease, nowUs);
  }

  /**
   * To be told by the host after it has applied a checkpoint, or the taking back of one: the next one is due an interval later.
   */
  checkpointed({ id, remainingTtlUs }: LeaseCheckpoint, nowUs: number): void {
    if (remainingTtlUs > 0) this.noting.delete(id);
    const lease = this.table.get(id);
    if (this.isPrimary && lease !== undefined) this.scheduleNote(lease, nowUs);
  }

  /** A keepalive: the lease gets its full TTL again. A lease that has expired cannot be saved, even if not revoked yet. */
  renew(id: number, nowUs: number): RenewResult {
    if (!this.isPrimary) return { outcome: 'not-primary', ttlUs: 0 };
    const lease = this.table.get(id);
    if (lease === undefined) return { outcome: 'not-found', ttlUs: 0 };
    if (this.remainingUs(id, nowUs) <= 0) return { outcome: 'expired', ttlUs: 0 };
    // etcd looks at what is applied only: a renewal then slips in while a checkpoint is under way, and the next primary never
    // hears of it.
    if (lease.remainingTtlUs > 0 || this.noting.has(id)) {
      this.takingBack.set(id, (this.takingBack.get(id) ?? 0) + 1);
      return { outcome: 'checkpointed', ttlUs: 0 };
    }
    this.setExpiry(id, nowUs + lease.ttlUs);
    return { outcome: 'renewed', ttlUs: lease.ttlUs };
  }

  /** Once for each renewal that was told `checkpointed`; if it was applied, so was, or lost, every checkpoint before it. */
  takenBack(id: number, applied: boolean): void {
    const others = this.takingBack.get(id)! - 1;
    if (others > 0) this.takingBack.set(id, others);
    else this.takingBack.delete(id);
    if (applied) this.noting.delete(id);
  }

  /** Time left on the primary's clock, negative once expired; Infinity on any other member, and −1 for an unknown lease. */
  remainingUs(id: number, nowUs: number): number {
    if (!this.table.has(id)) return -1;
    const expiry = this.expiryUs.get(id);
    return !this.isPrimary || expiry === undefined ? Infinity : expiry - nowUs;
  }

  /** The leases known here, those that expire first standing first, as etcd lists them; by id where nothing is known of that. */
  ids(): number[] {
    const expiry = (id: number): number => (this.isPrimary ? (this.expiryUs.get(id) ?? 0) : 0);
    return [...this.table.all()].map(({ id }) => id).sort((a, b) => expiry(a) - expiry(b) || a - b);
  }

  /**
   * The leases that have expired, earliest first, at most `max`; empty unless primary. One that was returned is held back for
   * the retry interval, so that a scan every 500 ms does not propose its revoke each time.
   */
  expired(nowUs: number, max: number): number[] {
    if (!this.isPrimary || nowUs < this.nothingDueBeforeUs) return [];
    const due: { readonly id: number; readonly atUs: number }[] = [];
    let nextUs = Infinity;
    for (const [id, expiryUs] of this.expiryUs) {
      if (!this.table.has(id)) {
        this.forget(id);
        continue;
      }
      const atUs = this.retryUs.get(id) ?? expiryUs;
      if (atUs <= nowUs) due.push({ id, atUs });
      else if (atUs < nextUs) nextUs = atUs;
    }
    due.sort((a, b) => a.atUs - b.atUs || a.id - b.id);
    const reported = due.slice(0, max).map(({ id }) => id);
    for (const id of reported) this.retryUs.set(id, nowUs + this.expiredRetryUs);
    if (reported.length > 0) nextUs = Math.min(nextUs, nowUs + this.expiredRetryUs);
    this.nothingDueBeforeUs = due.length > reported.length ? nowUs : nextUs;
    return reported;
  }

  /** Whether {@link takeCheckpointsDue} may have something to tell. */
  hasCheckpointsDue(nowUs: number): boolean {
    return this.isPrimary && nowUs >= this.nothingToNoteBeforeUs;
  }

  /**
   * What is left of the leases whose checkpoint is due, in whole seconds, rounded up; none that was just renewed, or is being.
   * (etcd may note one between the two halves of its renewal, and the next primary ends it by that.) The host makes sure that it
   * leads, takes them and proposes them at once; each is due again an interval after it was applied.
   */
  takeCheckpointsDue(nowUs: number): LeaseCheckpoint[] {
    if (!this.hasCheckpointsDue(nowUs)) return [];
    const due: LeaseCheckpoint[] = [];
    let nextUs = Infinity;
    for (const [id, atUs] of this.noteUs) {
      if (atUs > nowUs || due.length === checkpointsMax || this.takingBack.has(id)) {
        if (atUs < nextUs) nextUs = atUs;
        continue;
      }
      this.noteUs.delete(id);
      const remainingTtlUs = Math.ceil(this.remainingUs(id, nowUs) / SECOND_US) * SECOND_US;
      if (remainingTtlUs <= 0) continue;
      const lease = this.table.get(id)!;
      if (remainingTtlUs >= lease.ttlUs) {
        // Of etcd's five minutes a second is never all; of an interval that is scaled it may be.
        this.scheduleNote(lease, nowUs);
        continue;
      }
      due.push({ id, remainingTtlUs });
      this.noting.add(id);
    }
    this.nothingToNoteBeforeUs = nextUs;
    return due;
  }

  private scheduleNote(lease: Lease, nowUs: number): void {
    if (this.checkpointUs === 0 || leftAtCheckpoint(lease) <= this.checkpointUs) return;
    const atUs = nowUs + this.checkpointUs;
    this.noteUs.set(lease.id, atUs);
    if (atUs < this.nothingToNoteBeforeUs) this.nothingToNoteBeforeUs = atUs;
  }

  private setExpiry(id: number, expiryUs: number): void {
    this.expiryUs.set(id, expiryUs);
    this.retryUs.delete(id);
    if (expiryUs < this.nothingDueBeforeUs) this.nothingDueBeforeUs = expiryUs;
  }

  private forget(id: number): void {
    this.expiryUs.delete(id);
    this.retryUs.delete(id);
    this.noteUs.delete(id);
    this.noting.delete(id);
  }

  /** A plain view for people: the expiry of each lease on this member's clock. */
  inspect(): LessorInspection {
    const expiries = [...this.expiryUs].map(([id, expiryUs]) => ({ id, expiryUs })).filter(({ id }) => this.table.has(id));
    return { isPrimary: this.isPrimary, expiries: this.isPrimary ? expiries : [] };
  }
}

/** What a new primary counts from. */
function leftAtCheckpoint({ ttlUs, remainingTtlUs }: Lease): number {
  return remainingTtlUs > 0 ? remainingTtlUs : ttlUs;
}

export interface LessorInspection {
  readonly isPrimary: boolean;
  readonly expiries: readonly { readonly id: number; readonly expiryUs: number }[];
}
