/** A session: a lease that a coroutine keeps alive, and with it whatever hangs on it (etcd's `concurrency.Session`). */
import { kind, ms, Signal, type CallOutcome, type Co, type Micros, type Os, type Task, type Timer } from '../../../sim/index.ts';
import type { StoreClient } from '../client/client.ts';

/** etcd's client looks for streams to open anew at this interval, and for keepalives that are due. */
const RETRY_US = ms(500);

const deadlineKind = kind<null>('session/deadline', {
  serviceUs: 2,
  describe: () => 'heard nothing of its lease for its whole TTL',
});

/** Grants a lease of `ttlUs` (etcd's default is 60 s) and keeps it alive from now on. */
export function* openSession(os: Os, client: StoreClient, ttlUs: Micros): Co<CallOutcome<Session>> {
  const granted = yield* client.leaseGrant(ttlUs);
  if (granted.status !== 'ok') return granted;
  return { status: 'ok', value: new Session(os, client, granted.value.id, granted.value.ttlUs) };
}

export class Session {
  /** Id of its lease. */
  readonly lease: number;
  private readonly os: Os;
  private readonly client: StoreClient;
  private readonly ttlUs: Micros;
  private readonly keeper: Task<void>;
  private readonly ending = new Signal();
  private deadline: Timer;
  private alive = true;

  constructor(os: Os, client: StoreClient, lease: number, ttlUs: Micros) {
    this.os = os;
    this.client = client;
    this.lease = lease;
    this.ttlUs = ttlUs;
    this.deadline = this.newDeadline();
    this.keeper = os.spawn(`keep lease ${lease} alive`, this.keepAlive(), () => this.end());
  }

  /**
   * False once keepalives have stopped: the lease was found to be gone, or nothing was heard of it for its TTL. True says little:
   * the lease may be gone, and a process that stood still has not looked at its clock yet.
   */
  get open(): boolean {
    return this.alive;
  }

  /** Waits until keepalives have stopped (etcd's `Done`). */
  *done(): Co<void> {
    while (this.alive) yield* this.ending.wait();
  }

  /** Stops the keepalives and leaves the lease to its TTL (etcd's `Orphan`). */
  orphan(): void {
    this.keeper.cancel();
    this.end();
  }

  /** Stops the keepalives and revokes the lease, with whatever hangs on it. */
  *close(): Co<void> {
    this.orphan();
    yield* this.client.leaseRevoke(this.lease);
  }

  private *keepAlive(): Co<void> {
    for (;;) {
      const kept = yield* this.client.keepAlive(this.lease);
      if (kept.status !== 'ok') {
        yield* this.os.sleep(RETRY_US);
        continue;
      }
      if (kept.value.ttlUs === 0) return;
      // As etcd's client, from the answer: by what the store counts, the lease has lived for the way of that answer by then.
      this.os.cancel(this.deadline);
      this.deadline = this.newDeadline();
      yield* this.os.sleep(Math.floor(kept.value.ttlUs / 3));
    }
  }

  private newDeadline(): Timer {
    return this.os.after(this.ttlUs, deadlineKind, () => this.orphan());
  }

  private end(): void {
    if (!this.alive) return;
    this.alive = false;
    this.os.cancel(this.deadline);
    this.ending.notify();
  }
}
