/**
 * Leases of the store on which observations hang, so that they end by themselves: a few for many, as
 * kube-apiserver's lease manager has it.
 */
import { Signal, type Co, type Micros, type Os } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import type { StoreClient } from '../store/client/client.ts';

/**
 * A lease is used for this part of its time, and granted for as much longer (kube-apiserver: at most 60 s, and 5 % of the TTL).
 */
const REUSE_DIVISOR = 5;
/** Keys on one lease: an expiry takes them all in one revision (kube-apiserver: 1,000). */
const KEYS_MAX = 1_000;

export class ObservationLeases {
  private readonly os: Os;
  private readonly store: StoreClient;
  private readonly ttlUs: Micros;
  private lease: number | null = null;
  private usedUntilUs: Micros = 0;
  private keys = 0;
  private granting = false;
  private readonly granted = new Signal();

  constructor(os: Os, store: StoreClient, { observationTtlUs }: Design) {
    this.os = os;
    this.store = store;
    this.ttlUs = observationTtlUs;
  }

  /** A lease to write on; null when the store gives none. Whoever comes while one is being granted waits for it. */
  *current(): Co<number | null> {
    while (this.granting) yield* this.granted.wait();
    if (this.lease === null || this.os.monotonicUs() >= this.usedUntilUs || this.keys >= KEYS_MAX) yield* this.grant();
    this.keys++;
    return this.lease;
  }

  /** The store did not take it. */
  forget(lease: number): void {
    if (this.lease === lease) this.lease = null;
  }

  private *grant(): Co<void> {
    this.granting = true;
    const reuseUs = Math.ceil(this.ttlUs / REUSE_DIVISOR);
    const outcome = yield* this.store.leaseGrant(this.ttlUs + reuseUs);
    this.lease = outcome.status === 'ok' ? outcome.value.id : null;
    this.usedUntilUs = this.os.monotonicUs() + reuseUs;
    this.keys = 0;
    this.granting = false;
    this.granted.notify();
  }
}
