/**
 * Leader election by the recipe of etcd's clients: a session in the store, and a place in the queue of an election. The token is
 * the create revision of the leader's key. API servers compare it, since what they write stands in the same store.
 */
import type { Co, Os, Stream } from '../../../sim/index.ts';
import { electionOf } from '../../api/fences.ts';
import { nearestFirst } from '../../api/nearest.ts';
import type { Fence } from '../../api/resources/index.ts';
import { StoreClient } from '../../store/client/client.ts';
import { Election } from '../../store/concurrency/election.ts';
import { openSession, type Session } from '../../store/concurrency/session.ts';
import type { AcquireInput, AcquireOutput, Candidate, CandidateOptions } from './candidate.ts';

/** The address book's entries for members of the store. */
const STORE = 'store-';

export class SessionElector implements Candidate {
  fence: Fence | null = null;
  private readonly os: Os;
  private readonly options: CandidateOptions;
  private readonly chance: Stream;
  private readonly stealsEarly: boolean;
  private session: Session | null = null;
  private term = 0;

  constructor(os: Os, options: CandidateOptions) {
    this.os = os;
    this.options = options;
    this.chance = os.random('elector');
    this.stealsEarly = options.defects.has('steal-early');
  }

  start(): void {
    const { os, options } = this;
    // The way that etcd's recipes go: from the candidate to the store itself, by no API server.
    const store = new StoreClient(os, nearestFirst(os.lookup(STORE), os.region), options.design, {
      recorded: true,
      defects: options.defects,
    });
    os.spawn(`stand for ${options.role}`, this.stand(store));
  }

  stepDown(): void {
    if (this.fence === null) return;
    this.depose();
    // Without a session it stands for nothing; the next one has another key, at the end of the queue.
    const { session } = this;
    if (session !== null) this.os.spawn(`leave ${this.options.role}`, session.close());
  }

  inspect(): unknown {
    return { role: this.options.role, holder: this.holder, session: this.session?.lease ?? null, fence: this.fence };
  }

  /** Unique over processes, incarnations and sessions. */
  private get holder(): string {
    return `${this.os.name}/${this.os.incarnation}.${this.term}`;
  }

  /** One session after the other; what was won in one ends with it. */
  private *stand(store: StoreClient): Co<void> {
    const { os, options } = this;
    for (;;) {
      const opened = yield* openSession(os, store, options.design.leaseDurationUs);
      if (opened.status === 'ok') {
        const session = opened.value;
        this.session = session;
        this.term++;
        const campaign = os.spawn(`campaign ${options.role}`, this.campaign(store, session));
        yield* session.done();
        campaign.cancel();
        this.depose();
        this.session = null;
      }
      yield* this.retryPause();
    }
  }

  private *campaign(store: StoreClient, session: Session): Co<void> {
    const { role } = this.options;
    const election = new Election(store, session, electionOf(role));
    for (;;) {
      const token = yield* this.acquire(election);
      if (token !== null) {
        this.fence = { role, token, session: session.lease };
        this.options.elected(this.fence);
        return;
      }
      yield* this.retryPause();
    }
  }

  /** Waits to be elected; null when it does not know that it is. */
  private *acquire(election: Election): Co<number | null> {
    const { history, name } = this.os;
    const { holder } = this;
    const operation = history.invoke(name, 'acquire', { role: this.options.role, holder } satisfies AcquireInput);
    try {
      const elected = yield* this.stealsEarly ? election.enter(holder) : election.campaign(holder);
      // Its key may have gone with its lease while it waited, and the recipe does not look again.
      const confirmed = elected.status === 'ok' ? yield* election.proclaim(holder) : elected;
      if (elected.status === 'ok' && confirmed.status === 'ok') {
        history.settle(operation, 'ok', { token: elected.value } satisfies AcquireOutput);
        return elected.value;
      }
      return null;
    } finally {
      // Also when the session ends while it waits.
      if (operation.status === 'pending') history.settle(operation, 'info', 'not known');
    }
  }

  private depose(): void {
    if (this.fence === null) return;
    this.fence = null;
    this.options.deposed();
  }

  private *retryPause(): Co<void> {
    const { leaseRetryUs } = this.options.design;
    yield* this.os.sleep(leaseRetryUs + this.chance.below(Math.floor(leaseRetryUs / 5) + 1));
  }
}
