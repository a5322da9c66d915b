/** What clients of the store want, drawn before the run as plain data, and the processes that carry it out and record it. */
import { kind, ms, seconds, type Boot, type Co, type Micros, type Os, type Program, type Stream } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { StoreClient } from './client.ts';
import { CriticalSections, type CriticalSection } from '../concurrency/critical-section.ts';
import { prefixEnd } from '../machine/keys.ts';
import { compareNumber, deleteRange, put, range, txn, type SortOrder, type SortTarget } from '../machine/requests.ts';
import { watchRequest } from '../watch/watch-requests.ts';
import { listRequest, nested, together, type ListWish } from './workload-requests.ts';

/** One thing that one client wants at one time. It waits until the client has done with what it wanted before. */
export type StoreIntent = {
  readonly at: Micros;
  /** Name of the client process. */
  readonly client: string;
} & (
  | { readonly operation: 'put'; readonly arguments: { readonly key: string; readonly value: string } }
  | { readonly operation: 'delete'; readonly arguments: { readonly key: string; readonly rangeEnd: string } }
  | { readonly operation: 'get'; readonly arguments: { readonly key: string; readonly serializable: boolean } }
  | { readonly operation: 'list'; readonly arguments: ListWish }
  /** Reads a key and replaces it if nobody else has meanwhile. */
  | { readonly operation: 'replace'; readonly arguments: { readonly key: string; readonly value: string } }
  /** Writes all keys in one revision, and reads them in it. */
  | { readonly operation: 'write-together'; readonly arguments: { readonly keys: readonly string[]; readonly value: string } }
  /** A txn with others nested in it. */
  | {
      readonly operation: 'write-nested';
      readonly arguments: { readonly key: string; readonly other: string; readonly value: string };
    }
  /** Writes a key and reads an old revision in one txn, which fails as a whole when that is compacted. */
  | {
      readonly operation: 'write-reading-back';
      readonly arguments: { readonly key: string; readonly value: string; readonly back: number };
    }
  | { readonly operation: 'compact'; readonly arguments: { readonly back: number } }
  /**
   * Grants a lease, hangs a key on it, keeps it alive so many times, then revokes it or falls silent. Goes on beside the rest.
   */
  | { readonly operation: 'session'; readonly arguments: SessionWish }
  /** Opens a session, waits for a lock, does what the lock guards, and lets go of it. Goes on beside the rest. */
  | { readonly operation: 'lock'; readonly arguments: CriticalSection }
  /** Goes on beside the rest. */
  | { readonly operation: 'watch'; readonly arguments: WatchWish }
  /** Waits until a watch has seen all that the client knows to be committed. Goes on beside the rest. */
  | { readonly operation: 'await-progress'; readonly arguments: { readonly prefix: string } }
);

interface SessionWish {
  readonly key: string;
  readonly ttlUs: Micros;
  readonly renewals: number;
  readonly revokes: boolean;
  /** Id of the lease, which may be negative; 0: the member chooses. */
  readonly lease: number;
}

/** Watches from `back` revisions ago, taking `pauseUs` over each item, with room for `window` items that are under way. */
interface WatchWish {
  readonly prefix: string;
  readonly back: number;
  readonly forUs: Micros;
  readonly pauseUs: Micros;
  readonly prevKv: boolean;
  /** Events that it leaves out. */
  readonly without: 'none' | 'puts' | 'deletes';
  readonly fragment: boolean;
  readonly window: number;
}

export interface StoreWorkload {
  readonly clients: readonly string[];
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  /** Of all clients together. */
  readonly perSecond: number;
  /** Few keys make clients meet. */
  readonly keys: number;
  /** Shares of operations that differ from the usual ones. */
  readonly shares?: Partial<Readonly<Record<StoreIntent['operation'], number>>>;
}

const PREFIX = 'k/';
/** Nobody writes here. */
const QUIET_PREFIX = 'quiet/';
/** So few that their holders meet. */
const LOCKS = 2;
/** Every operation, with how often it is usually wanted in comparison to the others. */
export const storeOperations = {
  put: 26,
  delete: 6,
  get: 26,
  list: 12,
  replace: 10,
  'write-together': 8,
  'write-nested': 4,
  'write-reading-back': 4,
  compact: 2,
  session: 3,
  watch: 3,
  'await-progress': 1,
  lock: 2,
} as const satisfies Readonly<Record<StoreIntent['operation'], number>>;

/** Draws what the clients want, in order of time. Every written value is another one. */
export function drawStoreWorkload(stream: Stream, options: StoreWorkload): readonly StoreIntent[] {
  const { clients, fromUs, untilUs, perSecond } = options;
  const intents: StoreIntent[] = [];
  const meanUs = Math.floor(1_000_000 / perSecond);
  const shares = Object.entries({ ...storeOperations, ...options.shares }) as Shares;
  for (let at = fromUs; at < untilUs; at += 1 + stream.exponential(meanUs)) {
    intents.push({
      at,
      client: stream.pick(clients),
      ...drawOperation(stream, drawName(stream, shares), options.keys, `v${intents.length}`),
    });
  }
  return intents;
}

type Wish = StoreIntent extends infer I ? (I extends StoreIntent ? Omit<I, 'at' | 'client'> : never) : never;

type Shares = readonly (readonly [StoreIntent['operation'], number])[];

function drawOperation(stream: Stream, operation: StoreIntent['operation'], keys: number, value: string): Wish {
  const key = (): string => `${PREFIX}${stream.below(keys)}`;
  switch (operation) {
    case 'put':
      return { operation: 'put', arguments: { key: key(), value } };
    case 'delete': {
      const from = key();
      return { operation: 'delete', arguments: { key: from, rangeEnd: stream.percent(20) ? `${from}~` : '' } };
    }
    case 'get':
      return { operation: 'get', arguments: { key: key(), serializable: stream.percent(25) } };
    case 'list':
      return { operation: 'list', arguments: drawList(stream) };
    case 'replace':
      return { operation: 'replace', arguments: { key: key(), value } };
    case 'write-together':
      return { operation: 'write-together', arguments: { keys: [...new Set([key(), key(), key()])], value } };
    case 'write-nested':
      // Of one key alone it is refused: what it puts and what it deletes overlap.
      return { operation: 'write-nested', arguments: { key: key(), other: key(), value } };
    case 'write-reading-back':
      return { operation: 'write-reading-back', arguments: { key: key(), value, back: stream.below(60) } };
    case 'compact':
      return { operation: 'compact', arguments: { back: stream.percent(30) ? 0 : stream.below(30) } };
    case 'session':
      return {
        operation: 'session',
        arguments: {
          key: key(),
          ttlUs: seconds(1) + stream.below(2_000_000),
          renewals: 1 + stream.below(12),
          revokes: stream.percent(30),
          lease: drawLeaseId(stream),
        },
      };
    case 'lock':
      return {
        operation: 'lock',
        arguments: {
          lock: `${stream.below(LOCKS)}`,
          ttlUs: seconds(1) + stream.below(2_000_000),
          turns: 1 + stream.below(6),
          pauseUs: ms(5) + stream.exponential(150_000),
        },
      };
    case 'watch':
      return {
        operation: 'watch',
        arguments: {
          prefix: stream.percent(70) ? PREFIX : key(),
          back: stream.percent(60) ? stream.below(40) : 0,
          forUs: seconds(2) + stream.below(8_000_000),
          pauseUs: stream.percent(25) ? ms(20) + stream.below(200_000) : 0,
          prevKv: stream.percent(30),
          without: stream.percent(80) ? 'none' : stream.pick(['puts', 'deletes']),
          fragment: stream.percent(30),
          window: stream.pick([2, 8, 128, 128]),
        },
      };
    case 'await-progress':
      return { operation: 'await-progress', arguments: { prefix: stream.percent(60) ? QUIET_PREFIX : PREFIX } };
  }
}

/** Mostly in key order, as lists are. */
function drawList(stream: Stream): ListWish {
  const orders: readonly SortOrder[] = ['none', 'ascend', 'descend'];
  const targets: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value'];
  const isSorted = stream.percent(30);
  return {
    prefix: PREFIX,
    limit: stream.percent(30) ? 2 : 0,
    back: stream.percent(30) ? stream.below(80) : 0,
    sortOrder: isSorted ? stream.pick(orders) : 'none',
    sortTarget: isSorted ? stream.pick(targets) : 'key',
    changedWithin: stream.percent(15) ? 1 + stream.below(20) : 0,
  };
}

/** Some clients name their leases themselves, as Kubernetes does not and others do; hardly ever two alike. */
function drawLeaseId(stream: Stream): number {
  return stream.percent(75) ? 0 : stream.between(1, 1_000_000_000) * (stream.percent(50) ? 1 : -1);
}

function drawName(stream: Stream, shares: Shares): StoreIntent['operation'] {
  let left = stream.below(shares.reduce((sum, [, share]) => sum + share, 0));
  for (const [operation, share] of shares) {
    if (left < share) return operation;
    left -= share;
  }
  throw new RangeError('shares: there is nothing to draw from');
}

export interface StoreWorkloadClientOptions {
  readonly design: Design;
  /** Mistakes of clients are among them. */
  readonly defects: DefectSet;
  /** Names of members, the preferred one first. */
  readonly endpoints: readonly string[];
  /** Of this client, in order of time. */
  readonly intents: readonly StoreIntent[];
}

/** What a client shows of itself. */
export interface WorkloadClientView {
  readonly endpoint: string;
  readonly revision: number;
  readonly locksHeld: number;
}

/** A client process that carries out its intents one after the other and records every call in the history. */
export function storeWorkloadClient(options: StoreWorkloadClientOptions): Boot {
  return (os) => new WorkloadClient(os, options);
}

const beginKind = kind<null>('store-client/begin', { serviceUs: 1, describe: () => 'begins with its intents' });

class WorkloadClient implements Program {
  private readonly os: Os;
  private readonly options: StoreWorkloadClientOptions;
  private readonly client: StoreClient;
  private readonly sections: CriticalSections;
  /** Newest revision that an answer has shown. */
  private revision = 1;

  constructor(os: Os, options: StoreWorkloadClientOptions) {
    this.os = os;
    this.options = options;
    this.client = new StoreClient(os, options.endpoints, options.design, { recorded: true, defects: options.defects });
    this.sections = new CriticalSections(os, this.client, options.defects);
  }

  start(): void {
    // In an event of its own: a coroutine must not run before the process does.
    this.os.after(0, beginKind, () => void this.os.spawn('intents', this.carryOut()));
  }

  inspect(): WorkloadClientView {
    return { endpoint: this.client.endpoint, revision: this.revision, locksHeld: this.sections.locksHeld };
  }

  private *carryOut(): Co<void> {
    const bornUs = this.os.monotonicUs();
    for (const intent of this.options.intents) {
      // What was wanted while the process was down is not made up for.
      if (intent.at < bornUs && this.os.incarnation > 1) continue;
      const waitUs = intent.at - this.os.monotonicUs();
      if (waitUs > 0) yield* this.os.sleep(waitUs);
      yield* this.perform(intent);
    }
  }

  private *perform(intent: StoreIntent): Co<void> {
    const { client } = this;
    switch (intent.operation) {
      case 'put':
        this.learn(yield* client.put(put(intent.arguments.key, intent.arguments.value, { prevKv: true })));
        return;
      case 'delete':
        this.learn(
          yield* client.delete(deleteRange(intent.arguments.key, { rangeEnd: intent.arguments.rangeEnd, prevKv: true })),
        );
        return;
      case 'get':
        this.learn(yield* client.range(range(intent.arguments.key, { serializable: intent.arguments.serializable })));
        return;
      case 'list':
        this.learn(yield* client.range(listRequest(intent.arguments, this.revision)));
        return;
      case 'replace':
        yield* this.replace(intent.arguments.key, intent.arguments.value);
        return;
      case 'write-together':
        this.learn(yield* client.txn(together(intent.arguments.keys, intent.arguments.value)));
        return;
      case 'write-nested':
        this.learn(yield* client.txn(nested(intent.arguments.key, intent.arguments.other, intent.arguments.value)));
        return;
      case 'write-reading-back': {
        const { key, value, back } = intent.arguments;
        const old = range(key, { revision: Math.max(1, this.revision - back) });
        this.learn(yield* client.txn(txn([], [put(key, value), old])));
        return;
      }
      case 'compact':
        this.learn(yield* client.compact(Math.max(1, this.revision - intent.arguments.back)));
        return;
      case 'session':
        this.os.spawn('session', this.session(intent.arguments));
        return;
      case 'lock':
        this.os.spawn('lock', this.sections.pass(intent.arguments));
        return;
      case 'watch':
        this.os.spawn('watch', this.watch(intent.arguments));
        return;
      case 'await-progress': {
        const { prefix } = intent.arguments;
        this.os.spawn('await progress', client.watchUntil(watchRequest(prefix, { rangeEnd: prefixEnd(prefix) }), this.revision));
      }
    }
  }

  private *replace(key: string, value: string): Co<void> {
    const found = yield* this.client.range(range(key));
    if (found.status !== 'ok') return;
    const modRevision = found.value.kvs[0]?.modRevision ?? 0;
    this.learn(yield* this.client.txn(txn([compareNumber(key, 'mod', '=', modRevision)], [put(key, value)], [range(key)])));
  }

  private *session({ key, ttlUs, renewals, revokes, lease }: SessionWish): Co<void> {
    const { client, os } = this;
    const granted = yield* client.leaseGrant(ttlUs, lease);
    if (granted.status !== 'ok') return;
    const { id } = granted.value;
    for (let renewed = 0; renewed < renewals; renewed++) {
      // The first one at once: the lease may not be applied everywhere yet.
      if (renewed > 0) yield* os.sleep(Math.floor(granted.value.ttlUs / 3));
      const kept = yield* client.keepAlive(id);
      if (kept.status === 'ok' && kept.value.ttlUs === 0) return;
      if (renewed === 0) this.learn(yield* client.put(put(key, `lease ${id}`, { lease: id })));
      else if (renewed === 1) yield* client.leaseTimeToLive(id, true);
    }
    if (revokes) this.learn(yield* client.leaseRevoke(id));
  }

  private *watch({ prefix, back, forUs, pauseUs, prevKv, without, fragment, window }: WatchWish): Co<void> {
    const { client, os } = this;
    const untilUs = os.monotonicUs() + forUs;
    let startRevision = Math.max(1, this.revision + 1 - back);
    for (;;) {
      const request = watchRequest(prefix, {
        rangeEnd: prefixEnd(prefix),
        startRevision,
        prevKv,
        fragment,
        noPut: without === 'puts',
        noDelete: without === 'deletes',
      });
      const end = yield* client.watchFrom(
        request,
        function* () {
          if (pauseUs > 0) yield* os.sleep(pauseUs);
          return os.monotonicUs() < untilUs;
        },
        window,
      );
      if (end.type !== 'compacted') return;
      startRevision = end.compactRevision;
    }
  }

  private learn(outcome: { readonly status: string; readonly value?: { readonly revision: number } }): void {
    if (outcome.status === 'ok' && outcome.value !== undefined) this.revision = Math.max(this.revision, outcome.value.revision);
  }
}

/** The client that believes to hold a lock, the first of several: a role that faults may be aimed at. */
export function lockHolder(views: readonly (readonly [string, WorkloadClientView | null])[]): string | null {
  return views.find(([, view]) => (view?.locksHeld ?? 0) > 0)?.[0] ?? null;
}
