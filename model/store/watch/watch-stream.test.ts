import { describe, expect, test } from 'vitest';
import { StoreMachine } from '../machine/machine.ts';
import type { StoreCompat } from '../machine/profile.ts';
import { compact, deleteRange, put, txn, type MutatingRequest } from '../machine/requests.ts';
import { WatchHub } from './watch-hub.ts';
import { watchRequest } from './watch-requests.ts';
import { WatchStream, type WatchResponse } from './watch-stream.ts';

/** A member with one stream; what it is sent is written down as text. */
function member(compat: StoreCompat = '3.6', fragmentBytes = 1_000) {
  const machine = new StoreMachine({ compat });
  const hub = new WatchHub(machine, { compat });
  const seen: string[] = [];
  const room = { left: true };
  const stream = new WatchStream({
    machine,
    hub,
    compat,
    fragmentBytes,
    hasRoom: () => room.left,
    send: (response) => void seen.push(describeResponse(response)),
  });
  const apply = (...requests: MutatingRequest[]): void => {
    for (const request of requests) machine.apply(0, { requestId: '', request });
  };
  return { machine, hub, stream, apply, room, news: () => seen.splice(0) };
}

function describeResponse({
  revision,
  watchId,
  created,
  canceled,
  compactRevision,
  cancelReason,
  fragment,
  events,
}: WatchResponse): string {
  const marks = [
    created ? 'created' : '',
    canceled ? 'canceled' : '',
    cancelReason,
    compactRevision === 0 ? '' : `compacted at ${compactRevision}`,
    fragment ? 'more follows' : '',
    ...events.map(
      ({ type, kv, prevKv }) => `${type} ${kv.key}${prevKv === null ? '' : ` after ${prevKv.value}@${prevKv.modRevision}`}`,
    ),
  ];
  return `${watchId} at ${revision}: ${marks.filter((mark) => mark !== '').join(', ')}`;
}

describe('a stream of watches', () => {
  test('numbers its watches from 0, and takes the numbers that clients give', () => {
    const { stream, news } = member();
    stream.create(watchRequest('a'));
    stream.create(watchRequest('a', { watchId: 1 }));
    stream.create(watchRequest('a'));
    stream.create(watchRequest('a', { watchId: 2 }));
    expect(news()).toEqual([
      '0 at 1: created',
      '1 at 1: created',
      '2 at 1: created',
      '-1 at 1: created, canceled, mvcc: duplicate watch ID provided on the WatchStream',
    ]);
  });

  test('refuses a range without keys and a negative start, with the id −1', () => {
    const { stream, news } = member();
    stream.create(watchRequest('b', { rangeEnd: 'a' }));
    stream.create(watchRequest('b', { startRevision: -1 }));
    expect(news()).toEqual([
      '-1 at 1: created, canceled, mvcc: watcher range is empty',
      '-1 at 1: created, canceled, etcdserver: mvcc: required revision has been compacted',
    ]);
  });

  test('looks at the range before the number that a client gives', () => {
    const { stream, news } = member();
    stream.create(watchRequest('a', { watchId: 5 }));
    stream.create(watchRequest('b', { rangeEnd: 'a', watchId: 5 }));
    expect(news()).toEqual(['5 at 1: created', '-1 at 1: created, canceled, mvcc: watcher range is empty']);
  });

  test('ends a watch that its client cancels, and says nothing of one that it does not know', () => {
    const { stream, apply, news } = member();
    stream.create(watchRequest('a'));
    stream.cancel(0);
    stream.cancel(0);
    apply(put('a', ''));
    expect(news()).toEqual(['0 at 1: created', '0 at 1: canceled']);
  });

  test('says nothing of the end of a watch below a compaction at 0', () => {
    const { stream, hub, apply, news } = member('3.4');
    apply(compact(0));
    stream.create(watchRequest('a', { startRevision: -1 }));
    hub.syncUnsynced();
    apply(put('a', ''));
    expect(news()).toEqual(['0 at 1: created', '0 at 0: ']);
  });

  test('shows of a key that a txn put and deleted at the compacted revision the delete alone, and in 3.4 nothing', () => {
    for (const [compat, shown] of [
      ['3.4', []],
      ['3.6', ['0 at 2: delete a']],
    ] as const) {
      const { stream, hub, apply, news } = member(compat);
      apply(txn([], [put('a', ''), deleteRange('a', { rangeEnd: '\0' })]), compact(2));
      stream.create(watchRequest('a', { startRevision: 2 }));
      hub.syncUnsynced();
      expect(news()).toEqual(['0 at 2: created', ...shown]);
    }
  });

  test('cancels a watch below the compaction with revision 0 in its header', () => {
    const { stream, hub, apply, news } = member();
    apply(put('a', ''), put('a', ''), compact(3));
    stream.create(watchRequest('a', { startRevision: 2 }));
    hub.syncUnsynced();
    expect(news()).toEqual(['0 at 3: created', '0 at 0: canceled, compacted at 3']);
  });

  test('cuts a large response only where the watch allows it, and marks all parts but the last', () => {
    const { stream, apply, news } = member('3.6', 80);
    stream.create(watchRequest('a', { rangeEnd: 'z', fragment: true }));
    stream.create(watchRequest('a', { rangeEnd: 'z' }));
    apply(txn([], [put('a', '1'), put('b', '2'), put('c', '3'), put('d', '4'), put('e', '5')]));
    expect(news().slice(2)).toEqual([
      '0 at 2: more follows, put a, put b',
      '0 at 2: more follows, put c, put d',
      '0 at 2: put e',
      '1 at 2: put a, put b, put c, put d, put e',
    ]);
  });
});

describe('what a watch is shown', () => {
  test('is filtered, and nothing is sent where nothing is left', () => {
    const { stream, apply, news } = member();
    stream.create(watchRequest('a', { noPut: true }));
    stream.create(watchRequest('a', { noDelete: true }));
    apply(put('a', '1'), deleteRange('a'));
    expect(news().slice(2)).toEqual(['1 at 2: put a', '0 at 3: delete a']);
  });

  test('has the pair before it, unless there was none or it is compacted', () => {
    const { stream, hub, apply, news } = member();
    apply(put('a', '1'), put('a', '2'), put('a', '3'), deleteRange('a'), put('a', '6'), compact(4));
    stream.create(watchRequest('a', { startRevision: 4, prevKv: true }));
    hub.syncUnsynced();
    expect(news().slice(1)).toEqual(['0 at 6: put a, delete a after 3@4, put a']);
  });
});

describe('progress', () => {
  test('is told of all watches together when all are synced, and else not at all', () => {
    const { stream, hub, apply, news } = member();
    stream.requestProgress();
    apply(put('a', ''));
    stream.create(watchRequest('a'));
    stream.create(watchRequest('b', { startRevision: 2 }));
    stream.requestProgress();
    hub.syncUnsynced();
    stream.requestProgress();
    stream.create(watchRequest('b', { startRevision: 9 }));
    stream.requestProgress();
    expect(news()).toEqual(['0 at 2: created', '1 at 2: created', '-1 at 2: ', '2 at 2: created']);
  });

  test('is not told any more once a watch was cancelled as compacted, until its client cancels it too', () => {
    const { stream, hub, apply, news } = member();
    apply(put('a', ''), put('a', ''), compact(3));
    stream.create(watchRequest('a'));
    stream.create(watchRequest('a', { startRevision: 2 }));
    hub.syncUnsynced();
    stream.requestProgress();
    stream.cancel(1);
    stream.requestProgress();
    expect(news().slice(2)).toEqual(['1 at 0: canceled, compacted at 3', '1 at 3: canceled', '-1 at 3: ']);
  });

  test('is told from time to time to those that asked and had no events', () => {
    const { stream, apply, news } = member();
    stream.create(watchRequest('a', { progressNotify: true }));
    stream.create(watchRequest('a'));
    stream.notifyProgress();
    apply(put('a', ''));
    stream.notifyProgress();
    stream.notifyProgress();
    expect(news().slice(2)).toEqual(['0 at 1: ', '0 at 2: put a', '1 at 2: put a', '0 at 2: ']);
  });

  test('waits for room', () => {
    const { stream, room, news } = member();
    stream.create(watchRequest('a'));
    room.left = false;
    stream.requestProgress();
    expect(news()).toEqual(['0 at 1: created']);
  });
});

describe('etcd 3.4', () => {
  test('answers a progress request at once, whatever is still to come', () => {
    const { stream, apply, news } = member('3.4');
    apply(put('a', ''));
    stream.create(watchRequest('a', { startRevision: 2 }));
    stream.requestProgress();
    expect(news()).toEqual(['0 at 2: created', '-1 at 2: ']);
  });

  test('tells of its progress a watch that has not begun', () => {
    const told = (compat: StoreCompat): string[] => {
      const { stream, news } = member(compat);
      stream.create(watchRequest('a', { startRevision: 9, progressNotify: true }));
      stream.notifyProgress();
      return news().slice(1);
    };
    expect(told('3.4')).toEqual(['0 at 1: ']);
    expect(told('3.6')).toEqual([]);
  });

  test('cancels one from −2 as compacted, before anything was compacted', () => {
    const { stream, hub, news } = member('3.4');
    stream.create(watchRequest('a', { startRevision: -2 }));
    hub.syncUnsynced();
    expect(news()).toEqual(['0 at 1: created', '0 at 0: canceled, compacted at -1']);
  });

  test('takes a negative start revision and shows no history', () => {
    const { stream, hub, apply, news } = member('3.4');
    apply(put('a', ''));
    stream.create(watchRequest('a', { startRevision: -1 }));
    hub.syncUnsynced();
    apply(put('a', ''));
    expect(news()).toEqual(['0 at 2: created', '0 at 3: put a']);
  });
});
