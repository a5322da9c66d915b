/** Whatever happens to a member, each of its watchers gets every change once, in order, or is cancelled for a reason. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreMachine } from '../machine/machine.ts';
import { compact, deleteRange, put, txn, type MutatingRequest, type StoreEvent } from '../machine/requests.ts';
import { WatchHub } from './watch-hub.ts';
import { watchRequest, type WatchMessage, type WatchOutlet } from './watch-requests.ts';

type Step =
  | { readonly do: 'write'; readonly request: MutatingRequest }
  | { readonly do: 'watch'; readonly range: readonly [string, string]; readonly back: number }
  | { readonly do: 'compact'; readonly back: number }
  | { readonly do: 'sync'; readonly revisions: number }
  | { readonly do: 'read' | 'progress' | 'cancel'; readonly pick: number }
  | { readonly do: 'retry' | 'lag' | 'install' };

const key = fc.constantFrom('a', 'b', 'c');
const ranges: readonly (readonly [string, string])[] = [
  ['a', ''],
  ['b', ''],
  ['a', 'c'],
  ['b', '\0'],
  ['\0', '\0'],
];
const pick = fc.nat(7);
const write = fc.oneof(
  key.map((k) => put(k, '')),
  key.map((k) => deleteRange(k)),
  fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 2 }).map((keys) =>
    txn(
      [],
      keys.map((k) => put(k, '')),
    ),
  ),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write.map((request): Step => ({ do: 'write', request })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('watch' as const), range: fc.constantFrom(...ranges), back: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compact' as const), back: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync' as const), revisions: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'progress' as const, 'cancel' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('retry' as const, 'lag' as const, 'install' as const) }) },
);

/** One watch as its client sees it: an outbox with room for two, and a check of each message as it is read. */
class Client {
  readonly outbox: WatchMessage[] = [];
  readonly expected: () => readonly StoreEvent[];
  received = 0;
  /** Revision of its last event; before the first, the one before its start. */
  lastRevision: number;
  isCanceled = false;

  constructor(startRevision: number, expected: () => readonly StoreEvent[]) {
    this.lastRevision = startRevision - 1;
    this.expected = expected;
  }

  read(): void {
    const message = this.outbox.shift();
    if (message === undefined) return;
    if (this.isCanceled) throw new Error('a message after the cancellation');
    const missing = this.expected()[this.received];
    if (message.kind === 'progress') {
      if (missing !== undefined && missing.kv.modRevision <= message.revision) throw new Error('progress ahead of events');
    } else if (message.kind === 'canceled') {
      this.isCanceled = true;
      if (this.lastRevision + 1 >= message.compactRevision) throw new Error('cancelled without need');
    } else {
      this.check(message.events);
    }
  }

  private check(events: readonly StoreEvent[]): void {
    const first = events[0];
    if (first === undefined) throw new Error('no events in an event message');
    if (first.kv.modRevision <= this.lastRevision) throw new Error('a revision split or repeated');
    for (const event of events) {
      const wanted = this.expected()[this.received++];
      if (
        wanted === undefined ||
        event.type !== wanted.type ||
        event.kv.key !== wanted.kv.key ||
        event.kv.modRevision !== wanted.kv.modRevision
      ) {
        throw new Error('a gap, a repetition or a wrong order');
      }
      this.lastRevision = event.kv.modRevision;
    }
  }
}

/** Plays steps on a leader and a follower with watchers; throws when a watcher's stream is wrong. */
function play(steps: readonly Step[], defects: readonly string[]): number {
  const options = { defects: new Set(defects) };
  const leader = new StoreMachine();
  const follower = new StoreMachine(options);
  const history: StoreEvent[] = [];
  const clients = new Map<number, Client>();
  const isOpen = { now: false };
  const hub = new WatchHub(follower, options);
  const outlet: WatchOutlet = {
    deliver(id, message) {
      const client = clients.get(id)!;
      if (client.outbox.length >= 2 && !isOpen.now) return false;
      client.outbox.push(message);
      return true;
    },
  };
  let index = 0;
  let isLagging = false;
  const apply = (request: MutatingRequest): void => {
    const before = leader.revision;
    leader.apply(++index, { requestId: '', request });
    if (leader.revision > before) history.push(...leader.log.slice(leader.logPosition(leader.revision)));
    if (!isLagging) follower.apply(index, { requestId: '', request });
  };
  const install = (): void => {
    if (isLagging) follower.restore(leader.snapshot());
    isLagging = false;
  };
  const chosen = (n: number): [number, Client] | undefined => [...clients][n % Math.max(1, clients.size)];

  for (const each of steps) {
    switch (each.do) {
      case 'write':
        apply(each.request);
        break;
      case 'compact':
        apply(compact(leader.revision - each.back));
        break;
      case 'lag':
        isLagging = true;
        break;
      case 'install':
        install();
        break;
      case 'sync':
        hub.syncUnsynced(each.revisions);
        break;
      case 'retry':
        hub.retryVictims();
        break;
      case 'watch': {
        const [from, rangeEnd] = each.range;
        const startRevision = Math.max(1, follower.revision + 2 - each.back);
        const id = hub.watch(watchRequest(from, { rangeEnd, startRevision }), outlet);
        if (typeof id !== 'number') throw new Error(id.code);
        const isWatched = ({ kv }: StoreEvent): boolean =>
          kv.modRevision >= startRevision &&
          (rangeEnd === '' ? kv.key === from : kv.key >= from && (rangeEnd === '\0' || kv.key < rangeEnd));
        clients.set(id, new Client(startRevision, () => history.filter(isWatched)));
        break;
      }
      case 'read':
        chosen(each.pick)?.[1].read();
        break;
      case 'progress': {
        const client = chosen(each.pick);
        if (client !== undefined) hub.progress(client[0]);
        break;
      }
      case 'cancel': {
        const client = chosen(each.pick);
        if (client === undefined || each.pick > 1) break;
        hub.cancel(client[0]);
        clients.delete(client[0]);
        break;
      }
    }
  }

  install();
  isOpen.now = true;
  hub.retryVictims();
  while (hub.syncUnsynced(2) > 0);
  let delivered = 0;
  for (const client of clients.values()) {
    while (client.outbox.length > 0) client.read();
    if (!client.isCanceled && client.received < client.expected().length) throw new Error('changes never delivered');
    delivered += client.received;
  }
  return delivered;
}

describe('a watch stream', () => {
  test('is ordered, whole and without gaps or repetitions, or is cancelled', () => {
    let delivered = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        delivered += play(steps, []);
      }),
      { numRuns: 1500, seed: 1 },
    );
    expect(delivered).toBeGreaterThan(1000);
  });

  test.each([
    'restored-watchers-forgotten',
    'compacted-watch-skips-ahead',
    'tombstone-at-compaction-dropped',
    'progress-ahead-of-events',
  ])('is found broken under %s', (defect) => {
    const result = fc.check(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => void play(steps, [defect])),
      { numRuns: 3000, seed: 1 },
    );
    expect(result.failed).toBe(true);
  });
});
