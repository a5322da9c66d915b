/**
 * Leader election by the same queue of keys as a lock's, with what each candidate proposes as the value (etcd's
 * `concurrency.Election`). The create revision of the leader's key is its fencing token.
 */
import type { CallOutcome, Co } from '../../../sim/index.ts';
import type { StoreClient } from '../client/client.ts';
import { prefixEnd } from '../machine/keys.ts';
import { compareNumber, deleteRange, put, range, txn, type Compare, type KeyValue } from '../machine/requests.ts';
import { watchRequest } from '../watch/watch-requests.ts';
import type { Session } from './session.ts';
import { waitDeletes } from './wait-deletes.ts';

/** Keys of an election's candidates begin with this. */
export const electionPrefix = (name: string): string => `${name}/`;
export const candidateKey = (name: string, lease: number): string => electionPrefix(name) + lease.toString(16);

export class Election {
  private readonly client: StoreClient;
  private readonly session: Session;
  private readonly prefix: string;
  private readonly key: string;
  /** Create revision of the own key; 0 while there is none. */
  private revision = 0;

  constructor(client: StoreClient, session: Session, name: string) {
    this.client = client;
    this.session = session;
    this.prefix = electionPrefix(name);
    this.key = candidateKey(name, session.lease);
  }

  /**
   * Waits to be elected; `ok` with the token. As etcd's, it does not look again whether the own key outlived the wait: whoever
   * must know asks the store by {@link proclaim}, and whatever must be safe is guarded by the token.
   */
  *campaign(value: string): Co<CallOutcome<number>> {
    const entered = yield* this.enter(value);
    if (entered.status !== 'ok') return entered;
    const waited = yield* waitDeletes(this.client, this.prefix, this.revision - 1);
    return waited.status === 'ok' ? { status: 'ok', value: this.revision } : waited;
  }

  /** Puts the own key into the queue, unless it stands there, without waiting for its turn. */
  *enter(value: string): Co<CallOutcome<number>> {
    const { key } = this;
    const made = put(key, value, { lease: this.session.lease });
    const entered = yield* this.client.txn(txn([compareNumber(key, 'create', '=', 0)], [made], [range(key)]));
    if (entered.status !== 'ok') return entered;
    const { succeeded, revision, responses } = entered.value;
    this.revision = revision;
    if (!succeeded) {
      const [own] = responses[0]?.kind === 'range' ? responses[0].kvs : [];
      if (own === undefined) throw new Error('election: the store did not show a key that the same txn has found');
      this.revision = own.createRevision;
      if (own.value !== value) {
        const proclaimed = yield* this.proclaim(value);
        if (proclaimed.status !== 'ok') {
          yield* this.resign();
          return proclaimed;
        }
      }
    }
    return { status: 'ok', value: this.revision };
  }

  /** Lets the leader announce another value; `ErrElectionNotLeader` when its key is gone. */
  *proclaim(value: string): Co<CallOutcome<null>> {
    if (this.revision === 0) return notLeader;
    const changed = yield* this.client.txn(txn([this.isOwnKey], [put(this.key, value, { lease: this.session.lease })]));
    if (changed.status !== 'ok') return changed;
    if (changed.value.succeeded) return { status: 'ok', value: null };
    this.revision = 0;
    return notLeader;
  }

  /** Leaves, as leader or as candidate, so that another election may begin. */
  *resign(): Co<CallOutcome<null>> {
    if (this.revision === 0) return { status: 'ok', value: null };
    const { isOwnKey } = this;
    this.revision = 0;
    const left = yield* this.client.txn(txn([isOwnKey], [deleteRange(this.key)]));
    return left.status === 'ok' ? { status: 'ok', value: null } : left;
  }

  /** The leader's key with its value; `ErrElectionNoLeader` when nobody stands. */
  *leader(): Co<CallOutcome<KeyValue>> {
    const found = yield* this.client.range(oldest(this.prefix));
    if (found.status !== 'ok') return found;
    const [leader] = found.value.kvs;
    return leader === undefined
      ? { status: 'refused', code: 'ErrElectionNoLeader', message: 'election: no leader' }
      : { status: 'ok', value: leader };
  }

  /**
   * Shows each leader and each of its values, until `take` returns false or the store refuses; some may be left out between two.
   */
  *observe(take: (leader: KeyValue) => Co<boolean>): Co<void> {
    const { client, prefix } = this;
    for (;;) {
      const found = yield* client.range(oldest(prefix));
      if (found.status !== 'ok') return;
      const [standing] = found.value.kvs;
      const leader = standing ?? (yield* this.firstCandidate(found.value.revision));
      if (leader === null || !(yield* take(leader))) return;
      const startRevision = (standing === undefined ? leader.modRevision : found.value.revision) + 1;
      let goesOn = true;
      const end = yield* client.watchFrom(watchRequest(leader.key, { startRevision }), function* (item) {
        if (item.type !== 'events') return true;
        for (const { type, kv } of item.events) {
          if (type === 'delete') return false;
          goesOn = yield* take(kv);
          if (!goesOn) return false;
        }
        return true;
      });
      if (!goesOn || end.type !== 'stopped') return;
    }
  }

  /** Waits for the first key that is put at or after a revision. */
  private *firstCandidate(startRevision: number): Co<KeyValue | null> {
    const { client, prefix } = this;
    let first: KeyValue | null = null;
    yield* client.watchFrom(watchRequest(prefix, { rangeEnd: prefixEnd(prefix), startRevision }), (item) => {
      if (item.type === 'events') first = item.events.find(({ type }) => type === 'put')?.kv ?? null;
      return first === null;
    });
    return first;
  }

  private get isOwnKey(): Compare {
    return compareNumber(this.key, 'create', '=', this.revision);
  }
}

const notLeader: CallOutcome<never> = { status: 'refused', code: 'ErrElectionNotLeader', message: 'election: not leader' };

function oldest(prefix: string): ReturnType<typeof range> {
  return range(prefix, { rangeEnd: prefixEnd(prefix), sortTarget: 'create', sortOrder: 'ascend', limit: 1 });
}
