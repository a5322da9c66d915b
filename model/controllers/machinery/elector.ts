/**
 * Leader election by a Lease object (client-go's way). It alone makes nobody safe: a paused leader cannot know that it is none
 * any more. What makes it safe is the fencing token that the grant carries and that every leader-only action travels under.
 */
import {
  kind,
  seconds,
  type CallOutcome,
  type Co,
  type Micros,
  type Operation,
  type Os,
  type Stream,
  type Task,
  type Timer,
} from '../../../sim/index.ts';
import type { Fence, Lease } from '../../api/resources/index.ts';
import type { AcquireInput, AcquireOutput, Candidate, CandidateOptions } from './candidate.ts';

interface Grant {
  readonly lease: Lease;
  /** When the request was sent: the lease runs from no earlier than that. */
  readonly sentUs: Micros;
}

const deadlineKind = kind<null>('elector/renew deadline', { serviceUs: 3, describe: () => 'could not renew its lease in time' });
const JITTER_FACTOR = 1.2;
/** Longer than any run. */
const FOREVER_US = seconds(1_000_000);

export class Elector implements Candidate {
  fence: Fence | null = null;
  private readonly os: Os;
  private readonly options: CandidateOptions;
  private readonly chance: Stream;
  private readonly stealsEarly: boolean;
  private readonly withoutDeadline: boolean;
  private term = 1;
  /** The record as seen last, and when it was first seen so, by the own clock (client-go: never by timestamps of others). */
  private observedVersion = -1;
  private observedAtUs: Micros = 0;
  private deadline: Timer | null = null;
  private renewals: Task<void> | null = null;

  constructor(os: Os, options: CandidateOptions) {
    this.os = os;
    this.options = options;
    this.chance = os.random('elector');
    this.stealsEarly = options.defects.has('steal-early');
    this.withoutDeadline = options.defects.has('renew-without-deadline');
  }

  start(): void {
    this.os.spawn(`campaign ${this.options.role}`, this.campaign(), (grant) => this.lead(grant));
  }

  stepDown(): void {
    if (this.fence === null) return;
    if (this.deadline !== null) this.os.cancel(this.deadline);
    this.renewals?.cancel();
    this.fence = null;
    // Another name for the next grant, which is another authority even when nobody else was granted one in between.
    this.term++;
    this.options.deposed();
    this.start();
  }

  inspect(): unknown {
    return { role: this.options.role, holder: this.holder, fence: this.fence };
  }

  /** Unique over processes, incarnations and terms of office. */
  private get holder(): string {
    return `${this.os.name}/${this.os.incarnation}.${this.term}`;
  }

  // ── becoming leader ──────────────────────────────────────────────────────────────────────────────────────────────

  private *campaign(): Co<Grant> {
    for (;;) {
      const grant = yield* this.attempt();
      if (grant !== null) return grant;
      // client-go: JitterUntil with a factor of 1.2, which adds up to so many periods to one.
      const { leaseRetryUs } = this.options.design;
      yield* this.os.sleep(leaseRetryUs + this.chance.below(Math.floor(leaseRetryUs * JITTER_FACTOR) + 1));
    }
  }

  private *attempt(): Co<Grant | null> {
    const { role, client } = this.options;
    const { endpoint } = client;
    const read = yield* client.get('Lease', role);
    if (read.status === 'ok') {
      this.observe(read.value);
      return this.mayTake(read.value) ? yield* this.take(read.value) : null;
    }
    if (read.status !== 'refused') return null;
    if (read.code === 'not-found') return yield* this.take(null);
    client.leave(endpoint);
    return null;
  }

  private observe(lease: Lease): void {
    const { resourceVersion } = lease.metadata;
    if (resourceVersion === this.observedVersion) return;
    this.observedVersion = resourceVersion;
    this.observedAtUs = this.os.monotonicUs();
  }

  private mayTake({ spec }: Lease): boolean {
    if (spec.holder === '' || spec.holder === this.holder) return true;
    return this.stealsEarly || this.os.monotonicUs() - this.observedAtUs >= spec.durationUs;
  }

  /** Makes or takes over the record; the store lets one of all who try succeed. */
  private *take(lease: Lease | null): Co<Grant | null> {
    const { role, client, design } = this.options;
    const { history, name } = this.os;
    const { holder } = this;
    const spec = { holder, durationUs: design.leaseDurationUs, renewals: (lease?.spec.renewals ?? 0) + 1 };
    const sentUs = this.os.monotonicUs();
    const operation: Operation = history.invoke(name, 'acquire', { role, holder } satisfies AcquireInput);
    const outcome =
      lease === null
        ? yield* client.create('Lease', role, spec)
        : yield* client.renew(role, lease.metadata.resourceVersion, spec, design.renewDeadlineUs);
    if (outcome.status === 'ok') {
      history.settle(operation, 'ok', { token: outcome.value.status.token } satisfies AcquireOutput);
      // An answer that lay there while this process stood still may tell of a lease that is another's by now.
      return this.leftUs(sentUs) > 0 ? { lease: outcome.value, sentUs } : null;
    }
    if (outcome.status === 'unknown') history.settle(operation, 'info', outcome.reason);
    else history.settle(operation, 'fail', outcome.status === 'refused' ? outcome.code : outcome.status);
    return null;
  }

  // ── leading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private lead({ lease, sentUs }: Grant): void {
    const fence = { role: this.options.role, token: lease.status.token };
    this.fence = fence;
    this.extend(sentUs);
    this.renewals = this.os.spawn(`renew ${fence.role}`, this.renew(lease), () => this.stepDown());
    this.options.elected(fence);
  }

  /** Moves the moment at which it stops by itself. */
  private extend(sentUs: Micros): void {
    if (this.deadline !== null) this.os.cancel(this.deadline);
    if (this.withoutDeadline) return;
    const leftUs = this.leftUs(sentUs);
    this.deadline = this.os.after(Math.max(0, leftUs), deadlineKind, () => this.stepDown());
  }

  private leftUs(sentUs: Micros): Micros {
    return sentUs + this.options.design.renewDeadlineUs - this.os.monotonicUs();
  }

  /**
   * Renews until the lease is found to be another's: a while after each success, and after a failure as soon as it
   * is time again (client-go: `renew`).
   */
  private *renew(lease: Lease): Co<void> {
    const { leaseRetryUs } = this.options.design;
    let current = lease;
    let certain = true;
    let pauseUs = leaseRetryUs;
    for (;;) {
      yield* this.os.sleep(pauseUs);
      const beganUs = this.os.monotonicUs();
      if (!certain) {
        const read = yield* this.readAgain();
        if (read === 'lost') return;
        current = read ?? current;
        certain = read !== null;
      }
      const renewed: Lease | null = certain ? yield* this.renewOnce(current) : null;
      certain = renewed !== null;
      current = renewed ?? current;
      pauseUs = certain ? leaseRetryUs : Math.max(0, beganUs + leaseRetryUs - this.os.monotonicUs());
    }
  }

  /** The record as it stands; null when nobody says, `lost` when it is another's. */
  private *readAgain(): Co<Lease | 'lost' | null> {
    const { role, client } = this.options;
    const { endpoint } = client;
    const read = yield* client.get('Lease', role, 'linearizable', 0, this.waitUs);
    if (read.status === 'ok') return read.value.spec.holder === this.holder ? read.value : 'lost';
    if (read.status === 'refused' && read.code === 'not-found') return 'lost';
    this.leaveIfUseless(endpoint, read);
    return null;
  }

  private *renewOnce(current: Lease): Co<Lease | null> {
    const { role, client } = this.options;
    const sentUs = this.os.monotonicUs();
    const { endpoint } = client;
    const spec = { ...current.spec, renewals: current.spec.renewals + 1 };
    const outcome = yield* client.renew(role, current.metadata.resourceVersion, spec, this.waitUs);
    if (outcome.status === 'ok') {
      this.extend(sentUs);
      return outcome.value;
    }
    this.leaveIfUseless(endpoint, outcome);
    return null;
  }

  /** Half the time, as kube-controller-manager gives a request, so that one that hangs leaves time for another. */
  private get waitUs(): Micros {
    return this.withoutDeadline ? FOREVER_US : Math.floor(this.options.design.renewDeadlineUs / 2);
  }

  private leaveIfUseless(endpoint: string, outcome: CallOutcome<unknown>): void {
    if (outcome.status === 'refused' && outcome.code === 'unavailable') this.options.client.leave(endpoint);
  }
}
