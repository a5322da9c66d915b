import { describe, expect, test } from 'vitest';
import { StoreMachine } from '../machine/machine.ts';
import { compact, deleteRange, put, txn, type MutatingRequest } from '../machine/requests.ts';
import { WatchHub } from './watch-hub.ts';
import { watchRequest, type WatchMessage, type WatchOutlet } from './watch-requests.ts';

/** A member with watchers whose outboxes can be closed; what they get is written down as text. */
function member(defects: readonly string[] = []) {
  const options = { defects: new Set(defects) };
  const machine = new StoreMachine(options);
  const full = new Set<number>();
  const seen: string[] = [];
  const hub = new WatchHub(machine, options);
  const outlet: WatchOutlet = {
    deliver(id, message) {
      if (full.has(id)) return false;
      seen.push(`${id}: ${describeMessage(message)}`);
      return true;
    },
  };
  const apply = (...requests: MutatingRequest[]): void => {
    for (const request of requests) machine.apply(0, { requestId: '', request });
  };
  const watch = (key: string, rangeEnd = '', startRevision = 0): number => {
    const id = hub.watch(watchRequest(key, { rangeEnd, startRevision }), outlet);
    if (typeof id !== 'number') throw new Error(id.code);
    return id;
  };
  /** What was seen since the last call. */
  const news = (): string[] => seen.splice(0);
  return { machine, hub, outlet, full, apply, watch, news };
}

function describeMessage(message: WatchMessage): string {
  switch (message.kind) {
    case 'events':
      return `${message.events.map(({ type, kv }) => `${type} ${kv.key}@${kv.modRevision}`).join(', ')} (${message.revision})`;
    case 'canceled':
      return `canceled, compacted at ${message.compactRevision}`;
    case 'progress':
      return `progress ${message.revision}${message.all ? ' for all' : ''}`;
  }
}

describe('a watch', () => {
  test('of a key or a range gets just its own changes, at once', () => {
    const { apply, watch, news } = member();
    watch('a');
    watch('a', 'c');
    watch('b', '\0');
    watch('', '\0');
    apply(put('a', ''), put('b', ''), deleteRange('a'), put('c', ''));
    expect(news()).toEqual([
      '1: put a@2 (2)',
      '4: put a@2 (2)',
      '2: put a@2 (2)',
      '4: put b@3 (3)',
      '2: put b@3 (3)',
      '3: put b@3 (3)',
      '1: delete a@4 (4)',
      '4: delete a@4 (4)',
      '2: delete a@4 (4)',
      '4: put c@5 (5)',
      '3: put c@5 (5)',
    ]);
  });

  test('gets the changes of a txn together and in the order they were made', () => {
    const { apply, watch, news } = member();
    watch('a', 'z');
    watch('b');
    apply(txn([], [put('c', ''), put('b', ''), put('\0', ''), deleteRange('a')]));
    expect(news()).toEqual(['1: put c@2, put b@2 (2)', '2: put b@2 (2)']);
  });

  test('from the past catches up by whole revisions', () => {
    const { hub, apply, watch, news } = member();
    apply(put('a', ''), txn([], [put('a', ''), put('b', '')]), put('x', ''), put('b', ''));
    watch('a', 'c', 2);
    expect(hub.syncUnsynced(2)).toBe(1);
    apply(put('a', ''));
    expect(news()).toEqual(['1: put a@2, put a@3, put b@3 (5)']);
    expect(hub.syncUnsynced(2)).toBe(0);
    apply(put('a', ''));
    expect(news()).toEqual(['1: put b@5, put a@6 (6)', '1: put a@7 (7)']);
  });

  test('from the future waits for its revision', () => {
    const { apply, watch, news } = member();
    watch('a', '', 4);
    apply(put('a', ''), put('a', ''), put('a', ''));
    expect(news()).toEqual(['1: put a@4 (4)']);
  });

  test('from the compacted revision is good, from before it is cancelled', () => {
    const { hub, apply, watch, news } = member();
    apply(put('a', ''), deleteRange('a'), put('b', ''), compact(3));
    watch('a', '', 3);
    watch('a', '', 2);
    hub.syncUnsynced();
    expect(news()).toEqual(['1: delete a@3 (4)', '2: canceled, compacted at 3']);
    expect(hub.inspect()).toHaveLength(1);
  });

  test('of no key at all, or from before time, is refused', () => {
    const { hub, outlet } = member();
    expect(hub.watch(watchRequest('b', { rangeEnd: 'b' }), outlet)).toMatchObject({ code: 'ErrEmptyWatcherRange' });
    expect(hub.watch(watchRequest('b', { startRevision: -1 }), outlet)).toMatchObject({ code: 'ErrCompacted' });
  });

  test('that was ended gets nothing more', () => {
    const { hub, apply, watch, news } = member();
    const id = watch('a', 'b');
    expect(hub.cancel(id)).toBe(true);
    expect(hub.cancel(id)).toBe(false);
    apply(put('a', ''));
    expect(news()).toEqual([]);
  });
});

describe('a slow consumer', () => {
  test('gets its batch when there is room again, and then what it missed', () => {
    const { hub, full, apply, watch, news } = member();
    const id = watch('a');
    full.add(id);
    apply(put('a', ''), put('a', ''), put('a', ''));
    expect(hub.retryVictims()).toBe(1);
    full.clear();
    expect([hub.retryVictims(), hub.unsyncedCount]).toEqual([0, 1]);
    hub.syncUnsynced();
    expect(news()).toEqual(['1: put a@2 (2)', '1: put a@3, put a@4 (4)']);
  });

  test('is told of its cancellation later when it cannot be told now', () => {
    const { hub, full, apply, watch, news } = member();
    apply(put('a', ''), put('a', ''), put('a', ''));
    const id = watch('a', '', 2);
    full.add(id);
    apply(compact(4));
    expect(hub.syncUnsynced()).toBe(1);
    full.clear();
    expect(hub.syncUnsynced()).toBe(0);
    expect(news()).toEqual(['1: canceled, compacted at 4']);
  });

  test('goes on with a hole under compacted-watch-skips-ahead', () => {
    const { hub, full, apply, watch, news } = member(['compacted-watch-skips-ahead']);
    apply(put('a', ''), put('a', ''), put('a', ''));
    const id = watch('a', '', 2);
    full.add(id);
    apply(compact(4));
    hub.syncUnsynced();
    full.clear();
    apply(put('a', ''));
    expect(news()).toEqual(['1: put a@5 (5)']);
  });
});

describe('a restore', () => {
  const install = (defects: readonly string[], compactAt: number) => {
    const leader = member();
    const follower = member(defects);
    follower.watch('a');
    for (const { apply } of [leader, follower]) apply(put('a', ''));
    leader.apply(put('a', ''), put('b', ''), put('a', ''));
    if (compactAt > 0) leader.apply(compact(compactAt));
    follower.machine.restore(leader.machine.snapshot());
    follower.hub.syncUnsynced();
    follower.apply(put('a', ''));
    return follower.news();
  };

  test('lets watchers read up what they missed', () => {
    expect(install([], 0)).toEqual(['1: put a@2 (2)', '1: put a@3, put a@5 (5)', '1: put a@6 (6)']);
    expect(install([], 3)).toEqual(install([], 0));
  });

  test('cancels watchers whose next revision is compacted', () => {
    expect(install([], 4)).toEqual(['1: put a@2 (2)', '1: canceled, compacted at 4']);
  });

  test('leaves watchers deaf under restored-watchers-forgotten', () => {
    expect(install(['restored-watchers-forgotten'], 0)).toEqual(['1: put a@2 (2)']);
  });
});

describe('progress', () => {
  test('is only reported to those who have seen everything', () => {
    const { hub, full, apply, watch, news } = member();
    apply(put('a', ''));
    const [now, past, future] = [watch('a'), watch('a', '', 2), watch('a', '', 9)];
    expect([hub.progress(now), hub.progress(past), hub.progress(future), hub.progress(99)]).toEqual([true, false, false, false]);
    expect(hub.progressAll([now, past])).toBe(false);
    hub.syncUnsynced();
    expect(hub.progressAll([now, past])).toBe(true);
    full.add(now);
    expect(hub.progress(now)).toBe(false);
    expect(news()).toEqual(['1: progress 2', '2: put a@2 (2)', '1: progress 2 for all']);
  });

  test('overtakes events under progress-ahead-of-events', () => {
    const { hub, apply, watch, news } = member(['progress-ahead-of-events']);
    apply(put('a', ''));
    hub.progress(watch('a', '', 2));
    hub.syncUnsynced();
    expect(news()).toEqual(['1: progress 2', '1: put a@2 (2)']);
  });
});
