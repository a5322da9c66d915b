/**
 * How much an API server takes on at once (Kubernetes' API priority and fairness, with two levels): so many requests are under
 * way, so many wait, and whoever comes beyond is told to come back later. Leases and nodes have seats of their own, so that
 * nobody is taken for dead because many others ask. A list is never among those, nor the beginning of a watch, whatever of: it is
 * long work, and no sign of life. Who asked and has gone leaves its place, and so does what has waited for as long as a request
 * may take (Kubernetes bounds the wait in a queue by a quarter of that).
 */
import { ms, type Micros } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { leaseMethod, listMethod, watchResourcesMethod } from './methods.ts';

export type PriorityLevel = 'system' | 'workload';

/** kube-apiserver says a second; scaled. */
export const RETRY_AFTER_US = ms(100);
/** Of all seats, those of the level `system` (Kubernetes' shares of `system`, `node-high` and `leader-election`: 80 in 245). */
const SYSTEM_PERCENT = 30;

/** Somebody who asks. */
export interface Applicant {
  /** A seat is free. */
  run(): void;
  /** None has become free in time, and it is not waited for any more. */
  giveUp(): void;
  /** Nobody would hear the answer. */
  isGone(): boolean;
}

interface Waiting {
  readonly applicant: Applicant;
  readonly sinceUs: Micros;
}

interface Level {
  readonly seats: number;
  taken: number;
  /** Whoever came first stands first. */
  waiting: Waiting[];
}

export class FlowControl {
  private readonly system: Level;
  private readonly workload: Level;
  private readonly queueMax: number;
  private readonly patienceUs: Micros;
  private readonly admitsAll: boolean;

  constructor({ apiInFlightMax, apiQueueMax, apiRequestUs }: Design, defects: DefectSet) {
    const seats = systemSeats({ apiInFlightMax });
    this.system = { seats, taken: 0, waiting: [] };
    this.workload = { seats: apiInFlightMax - seats, taken: 0, waiting: [] };
    if (defects.has('one-level-for-all')) {
      this.system = { seats: apiInFlightMax, taken: 0, waiting: [] };
      this.workload = this.system;
    }
    this.queueMax = apiQueueMax;
    this.patienceUs = apiRequestUs;
    this.admitsAll = defects.has('admit-whatever-comes');
  }

  /** Requests that wait. */
  get queued(): number {
    return this.workload.waiting.length + this.system.waiting.length;
  }

  /**
   * Runs a request now or when its turn comes; {@link done} gives its seat back. False when it is not taken on.
   * `nowUs` is the server's monotonic clock.
   */
  admit(level: PriorityLevel, applicant: Applicant, nowUs: Micros): boolean {
    const own = this[level];
    if (own.taken < own.seats || this.admitsAll) {
      own.taken++;
      applicant.run();
      return true;
    }
    this.dismiss(own, nowUs);
    if (own.waiting.length >= this.queueMax) return false;
    own.waiting.push({ applicant, sinceUs: nowUs });
    return true;
  }

  done(level: PriorityLevel, nowUs: Micros): void {
    const own = this[level];
    this.dismiss(own, nowUs);
    const next = own.waiting.shift();
    // Its seat passes to whoever waits longest.
    if (next === undefined) own.taken--;
    else next.applicant.run();
  }

  /** A seat would be taken for nobody. */
  private dismiss(level: Level, nowUs: Micros): void {
    const { waiting } = level;
    if (waiting.length === 0) return;
    level.waiting = waiting.filter(({ applicant }) => !applicant.isGone());
    while (level.waiting.length > 0 && nowUs - (level.waiting[0] as Waiting).sinceUs >= this.patienceUs)
      (level.waiting.shift() as Waiting).applicant.giveUp();
  }
}

/** By what a request is about: what others take for a sign of life goes first. */
export function levelOf(what: { readonly name: string }, { kind }: { readonly kind?: string }): PriorityLevel {
  if (what.name === listMethod.name || what.name === watchResourcesMethod.name) return 'workload';
  return what.name === leaseMethod.name || kind === 'Lease' || kind === 'Node' ? 'system' : 'workload';
}

/** Seats that only leases and nodes may take. */
export function systemSeats({ apiInFlightMax }: Pick<Design, 'apiInFlightMax'>): number {
  return Math.max(1, Math.floor((apiInFlightMax * SYSTEM_PERCENT) / 100));
}
