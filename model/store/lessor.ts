// The primary's part of leases: when each expires. Only the Raft leader keeps it; nothing of it is replicated.

import type { LeaseTable } from './lease-table.ts';

/** etcd's `defaultExpiredleaseRetryInterval`: an expired lease is reported again after 3 s if nobody has revoked it. */
export const expiredRetryUsDefault = 3_000_000;

/** `expired` means: wait for the revoke to be applied (or for a demotion), then answer "lease not found". */
export type RenewOutcome = 'renewed' | 'not-found' | 'not-primary' | 'expired';

export interface RenewResult {
  readonly outcome: RenewOutcome;
  /** The TTL granted anew; 0 unless renewed. */
  readonly ttlUs: number;
}

export interface LessorOptions {
  readonly defects?: ReadonlySet<string>;
  /** How long an expired lease that was reported stays unreported. */
  readonly expiredRetryUs?: number;
}

/**
 * Expiry times by the clock of this member (etcd `lessor`). The host brings the time, tells of grants, renews on keepalives
 * and proposes a revoke for what {@link expired} returns, after it has made sure that it still leads (bugs.md E10).
 */
export class Lessor {
  private readonly keepsOldExpiry: boolean;
  private readonly countsOwnOnly: boolean;
  private readonly expiredRetryUs: number;
  private readonly table: LeaseTable;
  private readonly expiryUs = new Map<number, number>();
  /** When an expired lease may be reported again. */
  private readonly retryUs = new Map<number, number>();
  /** No lease expires or is to be reported again before this: lets most scans end at once. */
  private nothingDueBeforeUs = 0;

  isPrimary = false;

  constructor(table: LeaseTable, options: LessorOptions = {}) {
    this.table = table;
    this.keepsOldExpiry = options.defects?.has('lease-expires-early') ?? false;
    this.countsOwnOnly = options.defects?.has('promotion-starts-no-clock') ?? false;
    this.expiredRetryUs = options.expiredRetryUs ?? expiredRetryUsDefault;
  }

  /**
   * Becomes primary: etcd does it when the leader applies the first entry of its term. Every lease gets what was left at its
   * last checkpoint, else its full TTL, plus `extendUs` (etcd: the election timeout): a change of leader extends all leases.
   */
  promote(nowUs: number, extendUs: number): void {
    this.isPrimary = true;
    this.nothingDueBeforeUs = 0;
    if (this.countsOwnOnly) return;
    for (const { id, ttlUs, remainingTtlUs } of this.table.all()) {
      if (this.keepsOldExpiry && this.expiryUs.has(id)) continue;
      this.expiryUs.set(id, nowUs + (remainingTtlUs > 0 ? remainingTtlUs : ttlUs) + extendUs);
    }
  }

  /** Stops being primary: what it knew of expiry is worth nothing once another member renews. */
  demote(): void {
    this.isPrimary = false;
    this.retryUs.clear();
    if (this.keepsOldExpiry) return;
    this.expiryUs.clear();
  }

  /** To be told by the host after it has applied a successful grant; starts the lease's time on a primary. */
  granted(id: number, nowUs: number): void {
    const lease = this.table.get(id);
    if (!this.isPrimary || lease === undefined) return;
    this.setExpiry(id, nowUs + lease.ttlUs);
  }

  /** A keepalive: the lease gets its full TTL again. A lease that has expired cannot be saved, even if not revoked yet. */
  renew(id: number, nowUs: number): RenewResult {
    if (!this.isPrimary) return { outcome: 'not-primary', ttlUs: 0 };
    const lease = this.table.get(id);
    if (lease === undefined) return { outcome: 'not-found', ttlUs: 0 };
    if (this.remainingUs(id, nowUs) <= 0) return { outcome: 'expired', ttlUs: 0 };
    this.setExpiry(id, nowUs + lease.ttlUs);
    return { outcome: 'renewed', ttlUs: lease.ttlUs };
  }

  /** Time left on the primary's clock, negative once expired; Infinity on any other member, and −1 for an unknown lease. */
  remainingUs(id: number, nowUs: number): number {
    if (!this.table.has(id)) return -1;
    const expiry = this.expiryUs.get(id);
    return !this.isPrimary || expiry === undefined ? Infinity : expiry - nowUs;
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

  private setExpiry(id: number, expiryUs: number): void {
    this.expiryUs.set(id, expiryUs);
    this.retryUs.delete(id);
    if (expiryUs < this.nothingDueBeforeUs) this.nothingDueBeforeUs = expiryUs;
  }

  private forget(id: number): void {
    this.expiryUs.delete(id);
    this.retryUs.delete(id);
  }

  /** A plain view for people: the expiry of each lease on this member's clock. */
  inspect(): LessorInspection {
    const expiries = [...this.expiryUs].map(([id, expiryUs]) => ({ id, expiryUs })).filter(({ id }) => this.table.has(id));
    return { isPrimary: this.isPrimary, expiries: this.isPrimary ? expiries : [] };
  }
}

export interface LessorInspection {
  readonly isPrimary: boolean;
  readonly expiries: readonly { readonly id: number; readonly expiryUs: number }[];
}
