/**
 * What a client does under a lock: it counts in the store, guarded by its lock key, and uses a resource outside under its token.
 */
import { Channel, ms, type Co, type Micros, type Os } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { StoreClient } from '../client/client.ts';
import { put, range, txn } from '../machine/requests.ts';
import { GUARDED_RESOURCE, useMethod } from './guarded-resource.ts';
import { Mutex } from './mutex.ts';
import { openSession, type Session } from './session.ts';

export interface CriticalSection {
  readonly lock: string;
  readonly ttlUs: Micros;
  /** Turns of counting and using while it holds the lock, with a pause after each. */
  readonly turns: number;
  readonly pauseUs: Micros;
}

/** Input of the operation `lock` in a history. */
export interface LockInput {
  /** Of the keys that stand for its owners. */
  readonly prefix: string;
}

export interface LockOutput {
  readonly key: string;
  readonly token: number;
}

/** A counter as it stands in the store: its number, and under which token it was written last. */
export interface Counted {
  readonly count: number;
  readonly token: number;
}

const LOCK_PREFIX = 'lock/';
export const COUNTER_PREFIX = 'counter/';
const USE_TIMEOUT_US = ms(1_000);

export class CriticalSections {
  private readonly os: Os;
  private readonly client: StoreClient;
  private readonly defects: DefectSet;
  private readonly unguarded: boolean;
  private resource: Channel | null = null;
  private held = 0;

  constructor(os: Os, client: StoreClient, defects: DefectSet) {
    this.os = os;
    this.client = client;
    this.defects = defects;
    this.unguarded = defects.has('lock-without-guard');
  }

  /** Locks that this process believes to hold. */
  get locksHeld(): number {
    return this.held;
  }

  /** Waits for the lock, takes its turns as long as all goes well, and lets go of it. */
  *pass(section: CriticalSection): Co<void> {
    const { os, client } = this;
    const opened = yield* openSession(os, client, section.ttlUs);
    if (opened.status !== 'ok') return;
    const session = opened.value;
    const mutex = new Mutex(client, session, LOCK_PREFIX + section.lock, this.defects);
    if (yield* this.lock(mutex, section)) {
      this.held++;
      yield* this.takeTurns(mutex, session, section);
      this.held--;
      yield* mutex.unlock();
    }
    yield* session.close();
  }

  private *lock(mutex: Mutex, { lock }: CriticalSection): Co<boolean> {
    const { history, name } = this.os;
    const operation = history.invoke(name, 'lock', { prefix: `${LOCK_PREFIX}${lock}/` } satisfies LockInput);
    const locked = yield* mutex.lock();
    if (locked.status === 'ok') history.settle(operation, 'ok', { key: mutex.key, token: locked.value } satisfies LockOutput);
    else if (locked.status === 'unknown') history.settle(operation, 'info', locked.reason);
    else history.settle(operation, 'fail', locked.status === 'refused' ? locked.code : locked.status);
    return locked.status === 'ok';
  }

  private *takeTurns(mutex: Mutex, session: Session, { lock, turns, pauseUs }: CriticalSection): Co<void> {
    // After an outcome that it does not know it must not go on: a late write of its own would meet its next one.
    for (let turn = 0; turn < turns && session.open; turn++) {
      // By turns the one and the other first, so that neither guard stands before the other.
      const countsFirst = turn % 2 === 0;
      if (!(yield* countsFirst ? this.count(mutex, lock) : this.use(mutex, lock))) return;
      if (!(yield* countsFirst ? this.use(mutex, lock) : this.count(mutex, lock))) return;
      yield* this.os.sleep(pauseUs);
    }
  }

  /** Reads the counter and writes the next number, which is right only as long as nobody else does the same in between. */
  private *count(mutex: Mutex, lock: string): Co<boolean> {
    const key = COUNTER_PREFIX + lock;
    const found = yield* this.client.range(range(key));
    if (found.status !== 'ok') return false;
    const next: Counted = { count: readCounted(found.value.kvs[0]?.value).count + 1, token: mutex.revision };
    const guard = this.unguarded ? [] : [mutex.isOwner];
    const written = yield* this.client.txn(txn(guard, [put(key, writeCounted(next))]));
    return written.status === 'ok' && written.value.succeeded;
  }

  private *use(mutex: Mutex, lock: string): Co<boolean> {
    const { os } = this;
    this.resource ??= new Channel(os, [GUARDED_RESOURCE]);
    const used = yield* this.resource.call(useMethod, { lock, holder: os.name, token: mutex.revision }, USE_TIMEOUT_US);
    return used.status === 'ok';
  }
}

function writeCounted({ count, token }: Counted): string {
  return `${count} ${token}`;
}

/** 0 and no token for a counter that does not exist yet. */
export function readCounted(value = '0 0'): Counted {
  const [count, token] = value.split(' ');
  return { count: Number(count), token: Number(token) };
}
