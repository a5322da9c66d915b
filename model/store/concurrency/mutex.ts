/**
 * A lock by a queue of keys that hang on their owners' leases (etcd's `concurrency.Mutex`). Whoever has the oldest key holds it.
 * A lease may end without its owner knowing, so the lock alone keeps nobody out: effects are guarded by {@link Mutex.isOwner}, or
 * carry the key's create revision as their fencing token to what can refuse an older one.
 */
import type { CallOutcome, Co } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { StoreClient } from '../client/client.ts';
import { prefixEnd } from '../machine/keys.ts';
import {
  compareNumber,
  deleteRange,
  put,
  range,
  txn,
  type Compare,
  type KeyValue,
  type TxnResponse,
} from '../machine/requests.ts';
import type { Session } from './session.ts';
import { waitDeletes } from './wait-deletes.ts';

/** Beside the store's own errors, those of etcd's `mutex.go`. */
export type MutexErrorCode = 'ErrLocked' | 'ErrSessionExpired' | 'ErrLockReleased';

export class Mutex {
  /** The key that stands for this owner in the queue: prefix and lease. */
  readonly key: string;
  /** Revision of its making, which is the fencing token; 0 while there is none. */
  revision = 0;
  private readonly client: StoreClient;
  private readonly session: Session;
  private readonly prefix: string;
  private readonly looksOnce: boolean;

  /** `name` without a slash at its end: keys are `name/lease`. */
  constructor(client: StoreClient, session: Session, name: string, defects: DefectSet) {
    this.client = client;
    this.session = session;
    this.prefix = `${name}/`;
    this.key = this.prefix + session.lease.toString(16);
    this.looksOnce = defects.has('lock-without-second-look');
  }

  /** Holds as long as the lock does: to be compared in the txn of each effect in the store. */
  get isOwner(): Compare {
    return compareNumber(this.key, 'create', '=', this.revision);
  }

  /** Waits for the lock. `ok` with the token, `ErrSessionExpired` when the lease ended meanwhile, or what the store said. */
  *lock(): Co<CallOutcome<number>> {
    const owner = yield* this.queueUp();
    if (owner.status !== 'ok' || owner.value === this.revision) return owner;
    const waited = yield* waitDeletes(this.client, this.prefix, this.revision - 1);
    if (waited.status !== 'ok') return yield* this.giveUp(waited);
    if (this.looksOnce) return { status: 'ok', value: this.revision };
    // Older keys go when their leases end, and so may one's own have.
    const own = yield* this.client.range(range(this.key));
    if (own.status !== 'ok') return yield* this.giveUp(own);
    if (own.value.kvs.length === 0) return refused('ErrSessionExpired', 'mutex: session is expired');
    return { status: 'ok', value: this.revision };
  }

  /** As `lock`, but refuses with `ErrLocked` where that waits. */
  *tryLock(): Co<CallOutcome<number>> {
    const owner = yield* this.queueUp();
    if (owner.status !== 'ok' || owner.value === this.revision) return owner;
    return yield* this.giveUp(refused('ErrLocked', 'mutex: Locked by another session'));
  }

  *unlock(): Co<CallOutcome<null>> {
    if (this.revision === 0) return refused('ErrLockReleased', 'mutex: lock has already been released');
    this.revision = 0;
    const deleted = yield* this.client.delete(deleteRange(this.key));
    return deleted.status === 'ok' ? { status: 'ok', value: null } : deleted;
  }

  /** Enters the queue, unless this session stands there already. Answers the token of whoever holds the lock then. */
  private *queueUp(): Co<CallOutcome<number>> {
    const { key, prefix } = this;
    const oldest = range(prefix, { rangeEnd: prefixEnd(prefix), sortTarget: 'create', sortOrder: 'ascend', limit: 1 });
    const made = put(key, '', { lease: this.session.lease });
    const entered = yield* this.client.txn(txn([compareNumber(key, 'create', '=', 0)], [made, oldest], [range(key), oldest]));
    if (entered.status !== 'ok') return entered;
    const { revision, succeeded } = entered.value;
    this.revision = succeeded ? revision : firstOf(entered.value, 0).createRevision;
    return { status: 'ok', value: firstOf(entered.value, 1).createRevision };
  }

  private *giveUp<T>(outcome: T): Co<T> {
    yield* this.unlock();
    return outcome;
  }
}

function firstOf({ responses }: TxnResponse, at: number): KeyValue {
  const response = responses[at];
  const first = response?.kind === 'range' ? response.kvs[0] : undefined;
  if (first === undefined) throw new Error('mutex: the store did not show a key that the same txn has made or found');
  return first;
}

function refused(code: MutexErrorCode, message: string): CallOutcome<never> {
  return { status: 'refused', code, message };
}
