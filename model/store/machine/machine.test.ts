import { describe, expect, test } from 'vitest';
import { prefixEnd } from './keys.ts';
import { StoreMachine } from './machine.ts';
import {
  compact,
  compareNumber,
  compareValue,
  deleteRange,
  leaseGrant,
  leaseRevoke,
  put,
  range,
  txn,
  type MutatingRequest,
  type StoreResponse,
} from './requests.ts';

function store(defects: readonly string[] = []) {
  const machine = new StoreMachine({ defects: new Set(defects), minLeaseTtlUs: 2_000_000 });
  let index = 0;
  const apply = (request: MutatingRequest, isOrigin = true): StoreResponse =>
    machine.apply(++index, { requestId: `r${index}`, request }, isOrigin);
  const keys = (request = range('\0', { rangeEnd: '\0' })): string[] => {
    const response = machine.range(request);
    return response.kind === 'range' ? response.kvs.map((kv) => kv.key) : [response.code];
  };
  return { machine, apply, keys };
}

describe('revisions', () => {
  test('start at 1 and grow by one per write that changes something', () => {
    const { machine, apply } = store();
    expect(machine.revision).toBe(1);
    expect(apply(put('a', '1'))).toEqual({ kind: 'put', revision: 2, prevKv: null });
    expect(apply(deleteRange('zz'))).toEqual({ kind: 'deleteRange', revision: 2, deleted: 0, prevKvs: [] });
    expect(apply(txn([], [range('a')]))).toMatchObject({ revision: 2 });
    expect(apply(leaseGrant(7, 1))).toEqual({ kind: 'leaseGrant', revision: 2, id: 7, ttlUs: 2_000_000 });
    expect(apply(leaseRevoke(7))).toEqual({ kind: 'leaseRevoke', revision: 2 });
    expect(apply(txn([], [put('b', ''), put('c', '')]))).toMatchObject({ revision: 3 });
    expect(machine.revision).toBe(3);
  });

  test('of a key begin anew after a delete', () => {
    const { machine, apply } = store();
    apply(put('a', '1'));
    apply(put('a', '2'));
    apply(deleteRange('a'));
    apply(put('a', '3'));
    const kv = { key: 'a', value: '3', createRevision: 5, modRevision: 5, version: 1, lease: 0 };
    expect(machine.range(range('a'))).toMatchObject({ kvs: [kv] });
    const older = { key: 'a', value: '2', createRevision: 2, modRevision: 3, version: 2, lease: 0 };
    expect(machine.range(range('a', { revision: 3 }))).toMatchObject({ revision: 5, kvs: [older] });
    expect(machine.range(range('a', { revision: 4 }))).toMatchObject({ kvs: [], count: 0 });
    expect(machine.range(range('a', { revision: 6 }))).toMatchObject({ code: 'ErrFutureRev' });
  });

  test('of a delete event are all it carries besides the key', () => {
    const { machine, apply } = store();
    apply(put('a', '1'));
    apply(deleteRange('a'));
    const kv = { key: 'a', value: '', createRevision: 0, modRevision: 3, version: 0, lease: 0 };
    expect(machine.log.at(-1)).toEqual({ type: 'delete', kv, prevKv: null });
  });
});

describe('a range', () => {
  test('is half-open, a prefix, everything from a key on, or one key', () => {
    const { apply, keys } = store();
    for (const key of ['b', 'a', 'ab', 'a\u00ff', 'c']) apply(put(key, ''));
    expect(keys()).toEqual(['a', 'ab', 'a\u00ff', 'b', 'c']);
    expect(keys(range('a', { rangeEnd: 'b' }))).toEqual(['a', 'ab', 'a\u00ff']);
    expect(keys(range('a', { rangeEnd: prefixEnd('a') }))).toEqual(['a', 'ab', 'a\u00ff']);
    expect(keys(range('a\u00ff', { rangeEnd: prefixEnd('a\u00ff') }))).toEqual(['a\u00ff']);
    expect(keys(range('ab', { rangeEnd: '\0' }))).toEqual(['ab', 'a\u00ff', 'b', 'c']);
    expect(keys(range('b', { rangeEnd: 'a' }))).toEqual([]);
    expect(keys(range('ab'))).toEqual(['ab']);
  });

  test('counts before its limit', () => {
    const { machine, apply } = store();
    for (const key of ['a', 'b', 'c']) apply(put(key, 'v'));
    const all = { rangeEnd: '\0' };
    expect(machine.range(range('a', { ...all, limit: 2 }))).toMatchObject({
      count: 3,
      more: true,
      kvs: [{ key: 'a' }, { key: 'b' }],
    });
    expect(machine.range(range('a', { ...all, limit: 3 }))).toMatchObject({ count: 3, more: false });
    expect(machine.range(range('a', { ...all, countOnly: true }))).toMatchObject({ count: 3, more: false, kvs: [] });
    expect(machine.range(range('a', { keysOnly: true }))).toMatchObject({ kvs: [{ key: 'a', value: '', version: 1 }] });
    expect(machine.range(range('a'))).toMatchObject({ kvs: [{ value: 'v' }] });
  });
});

describe('a range in another order', () => {
  /** `a` of version 1 and `c` of version 3 around `b` of version 2; created in the order c, a, b. */
  function filled() {
    const of = store();
    for (const key of ['c', 'a', 'b', 'c', 'c', 'b']) of.apply(put(key, key === 'a' ? 'z' : 'y'));
    const sorted = (options: Parameters<typeof range>[1]): unknown => of.keys(range('\0', { rangeEnd: '\0', ...options }));
    return { ...of, sorted };
  }

  test('is sorted by what was asked for, equal ones by key', () => {
    const { sorted } = filled();
    expect(sorted({ sortTarget: 'key', sortOrder: 'descend' })).toEqual(['c', 'b', 'a']);
    expect(sorted({ sortTarget: 'version', sortOrder: 'descend' })).toEqual(['c', 'b', 'a']);
    expect(sorted({ sortTarget: 'create', sortOrder: 'ascend' })).toEqual(['c', 'a', 'b']);
    expect(sorted({ sortTarget: 'mod', sortOrder: 'ascend' })).toEqual(['a', 'c', 'b']);
    expect(sorted({ sortTarget: 'value', sortOrder: 'ascend' })).toEqual(['b', 'c', 'a']);
    expect(sorted({ sortTarget: 'value', sortOrder: 'descend' })).toEqual(['a', 'b', 'c']);
  });

  test('is cut by its limit after it was sorted or filtered', () => {
    const { sorted } = filled();
    expect(sorted({ sortTarget: 'create', sortOrder: 'ascend', limit: 1 })).toEqual(['c']);
    expect(sorted({ minModRevision: 6, limit: 1 })).toEqual(['b']);
    expect(sorted({ maxCreateRevision: 3 })).toEqual(['a', 'c']);
  });

  test('without an order is cut first, and then sorted: etcd answers wrongly here', () => {
    const { sorted } = filled();
    expect(sorted({ sortTarget: 'create', limit: 1 })).toEqual(['a']);
    expect(sorted({ sortTarget: 'create' })).toEqual(['c', 'a', 'b']);
  });

  test('counts what filters and limit leave out', () => {
    const { machine } = filled();
    const request = range('\0', { rangeEnd: '\0', minModRevision: 6, limit: 1, sortOrder: 'descend' });
    expect(machine.range(request)).toMatchObject({ count: 3, more: true, kvs: [{ key: 'c' }] });
  });
});

describe('a put', () => {
  test('may keep the value or the lease, but only of a key that exists', () => {
    const { machine, apply } = store();
    expect(apply(put('a', '', { ignoreValue: true }))).toMatchObject({ code: 'ErrKeyNotFound' });
    apply(leaseGrant(7, 9_000_000));
    apply(put('a', 'v', { lease: 7 }));
    expect(apply(put('a', '', { ignoreValue: true, ignoreLease: true, prevKv: true }))).toMatchObject({ prevKv: { version: 1 } });
    expect(machine.range(range('a'))).toMatchObject({ kvs: [{ value: 'v', lease: 7, version: 2 }] });
  });

  test('tells of its lease before its key, in a txn the other way round', () => {
    const { apply } = store();
    const request = put('a', '', { lease: 9, ignoreValue: true });
    expect(apply(request)).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(apply(txn([], [request]))).toMatchObject({ code: 'ErrKeyNotFound' });
  });

  test('with an unknown lease has no effect', () => {
    const { machine, apply } = store();
    expect(apply(put('a', 'v', { lease: 7 }))).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(machine.revision).toBe(1);
  });
});

describe('a txn', () => {
  test('compares a missing key as 0, and its value never', () => {
    const { apply } = store();
    const succeeds = (...compare: Parameters<typeof txn>[0]): unknown => {
      const response = apply(txn(compare, []));
      return response.kind === 'txn' && response.succeeded;
    };
    expect(succeeds(compareNumber('a', 'create', '=', 0), compareNumber('a', 'version', '<', 1))).toBe(true);
    expect(succeeds(compareValue('a', '!=', 'x'))).toBe(false);
    expect(succeeds(compareValue('a', '=', ''))).toBe(false);
    apply(put('a', 'x'));
    expect(succeeds(compareValue('a', '>', 'w'), compareNumber('a', 'mod', '!=', 1))).toBe(true);
    apply(put('b', 'y'));
    expect(succeeds(compareValue('a', '=', 'x', 'z'))).toBe(false);
    expect(succeeds(compareNumber('a', 'version', '=', 1, 'z'))).toBe(true);
  });

  test('compares on the state before it, while its reads see its own writes', () => {
    const { machine, apply } = store();
    const response = apply(
      txn([compareNumber('a', 'create', '=', 0)], [range('a'), put('a', '1'), range('a'), deleteRange('a')]),
    );
    expect(response).toMatchObject({
      succeeded: true,
      revision: 2,
      responses: [{ count: 0, revision: 1 }, { revision: 2 }, { count: 1, revision: 2 }, { deleted: 1, revision: 2 }],
    });
    expect(machine.log.map(({ type, kv }) => [type, kv.modRevision])).toEqual([
      ['put', 2],
      ['delete', 2],
    ]);
  });

  test('nested in another compares on the state before the outermost one, and its own header has no revision', () => {
    const { apply } = store();
    const isNew = compareNumber('a', 'create', '=', 0);
    const response = apply(txn([], [put('a', '1'), txn([isNew], [range('a')], [deleteRange('a')]), put('b', '2')]));
    expect(response).toMatchObject({
      revision: 2,
      responses: [
        { revision: 2 },
        { kind: 'txn', revision: 0, succeeded: true, responses: [{ count: 1, revision: 2 }] },
        { revision: 2 },
      ],
    });
  });

  test('is checked as deep as the path goes that it takes, and no further', () => {
    const { machine, apply } = store();
    const impossible = put('x', '', { lease: 9 });
    expect(apply(txn([], [put('a', ''), txn([], [impossible])]))).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(machine.revision).toBe(1);
    expect(apply(txn([], [put('a', ''), txn([], [], [impossible])]))).toMatchObject({ revision: 2 });
  });

  test('in which a range and a put would fail tells of the one that stands first; in etcd 3.4 of the put', () => {
    const request = txn([], [range('a', { revision: 9 }), put('a', '', { lease: 9 })]);
    expect(store().apply(request)).toMatchObject({ code: 'ErrFutureRev' });
    expect(new StoreMachine({ compat: '3.4' }).apply(1, { requestId: '', request })).toMatchObject({ code: 'ErrLeaseNotFound' });
  });

  test('with one impossible operation does nothing at all', () => {
    const { machine, apply, keys } = store();
    apply(put('x', ''));
    apply(put('x', ''));
    apply(compact(3));
    expect(apply(txn([], [put('a', ''), put('b', '', { lease: 9 })]))).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(apply(txn([], [put('a', ''), range('a', { revision: 2 })]))).toMatchObject({ code: 'ErrCompacted' });
    expect(apply(txn([], [put('a', ''), range('a', { revision: 4 })]))).toMatchObject({ code: 'ErrFutureRev' });
    expect(machine.revision).toBe(3);
    expect(keys()).toEqual(['x']);
  });

  test('that only reads is answered without being applied', () => {
    const { machine, apply } = store();
    apply(put('a', '1'));
    expect(machine.readTxn(txn([], [range('a')]))).toMatchObject({ succeeded: true, revision: 2, responses: [{ count: 1 }] });
    expect(() => machine.readTxn(txn([], [put('a', '1')]))).toThrow('must be applied');
  });
});

describe('a compaction', () => {
  test('leaves its own revision readable, and nothing older', () => {
    const { machine, apply, keys } = store();
    apply(put('a', '2'));
    apply(put('a', '3'));
    apply(put('b', '4'));
    const before = machine.sizeBytes;
    expect(apply(compact(3))).toEqual({ kind: 'compact', revision: 4 });
    expect(machine.sizeBytes).toBeLessThan(before);
    expect(keys(range('a', { revision: 2 }))).toEqual(['ErrCompacted']);
    expect(machine.range(range('a', { revision: 3 }))).toMatchObject({ kvs: [{ value: '3' }] });
    expect(apply(compact(3))).toMatchObject({ code: 'ErrCompacted' });
    expect(apply(compact(5))).toMatchObject({ code: 'ErrFutureRev' });
  });

  test('forgets a tombstone older than it, and keeps one exactly at it', () => {
    const { machine, apply } = store();
    apply(put('a', ''));
    apply(deleteRange('a'));
    apply(put('b', ''));
    apply(compact(3));
    expect(machine.log[0]).toMatchObject({ type: 'delete', kv: { key: 'a', modRevision: 3 } });
    apply(compact(4));
    expect(machine.snapshot()).toMatchObject({ base: [{ kv: { key: 'b' } }], log: [{ kv: { key: 'b' } }] });
  });
});

describe('a lease', () => {
  test('takes its keys with it, in key order and in one revision', () => {
    const { machine, apply, keys } = store();
    apply(leaseGrant(7, 9_000_000));
    expect(apply(leaseGrant(7, 9_000_000))).toMatchObject({ code: 'ErrLeaseExists' });
    for (const key of ['c', 'a', 'b', 'd', 'e']) apply(put(key, '', { lease: 7 }));
    apply(put('d', ''));
    apply(deleteRange('e'));
    apply(put('e', ''));
    const revision = machine.revision;
    expect(apply(leaseRevoke(7))).toEqual({ kind: 'leaseRevoke', revision: revision + 1 });
    expect(machine.log.slice(-3).map((event) => event.kv.key)).toEqual(['a', 'b', 'c']);
    expect(keys()).toEqual(['d', 'e']);
    expect(apply(leaseRevoke(7))).toMatchObject({ code: 'ErrLeaseNotFound' });
  });

  test('loses a key to the lease of a later put', () => {
    const { machine, apply } = store();
    apply(leaseGrant(1, 9_000_000));
    apply(leaseGrant(2, 9_000_000));
    apply(put('a', '', { lease: 1 }));
    apply(put('a', '', { lease: 2 }));
    expect(machine.inspect().leases.map(({ id, keys }) => [id, keys])).toEqual([
      [1, []],
      [2, ['a']],
    ]);
  });
});

describe('a snapshot', () => {
  test('is not changed by later commands, and gives back keys, history, leases and revision', () => {
    const { machine, apply } = store();
    apply(leaseGrant(7, 9_000_000));
    apply(put('a', '1', { lease: 7 }));
    apply(put('b', '1'));
    apply(deleteRange('b'));
    const snapshot = machine.snapshot();
    const [hash, leaseHash, text] = [machine.hash(), machine.leaseHash(), JSON.stringify(snapshot)];
    apply(put('a', '2'));
    apply(compact(5));
    expect(machine.hash()).not.toEqual(hash);
    expect(JSON.stringify(snapshot)).toBe(text);
    const other = store();
    other.machine.restore(snapshot);
    expect([other.machine.hash(), other.machine.leaseHash()]).toEqual([hash, leaseHash]);
    expect(other.machine).toMatchObject({ revision: 4, appliedIndex: 4, sizeBytes: snapshot.sizeBytes });
    other.apply(leaseRevoke(7));
    expect(other.keys()).toEqual([]);
    expect(JSON.stringify(snapshot)).toBe(text);
  });
});

describe('the defect', () => {
  test('missing-value-differs lets != hold for the value of a missing key', () => {
    const request = txn([compareValue('a', '!=', '1')], []);
    expect(store().apply(request)).toMatchObject({ succeeded: false });
    expect(store(['missing-value-differs']).apply(request)).toMatchObject({ succeeded: true });
  });

  test('txn-half-applied keeps the first write of a failed txn', () => {
    const { machine, apply, keys } = store(['txn-half-applied']);
    expect(apply(txn([], [put('a', ''), put('b', '', { lease: 9 })]))).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(keys()).toEqual(['a']);
    expect(machine.revision).toBe(2);
  });

  test('follower-skips-txn-reads lets a txn pass that fails where it came from', () => {
    const [origin, follower] = [store(['follower-skips-txn-reads']), store(['follower-skips-txn-reads'])];
    for (const { apply } of [origin, follower]) {
      apply(put('a', ''));
      apply(put('a', ''));
      apply(compact(3));
    }
    const request = txn([], [range('a', { revision: 2 }), put('b', '')]);
    expect(origin.apply(request)).toMatchObject({ code: 'ErrCompacted' });
    expect(follower.apply(request, false)).toMatchObject({ succeeded: true });
    expect(follower.machine.hash()).not.toEqual(origin.machine.hash());
    const healthy = store();
    healthy.machine.restore(origin.machine.snapshot());
    expect(healthy.apply(request, false)).toMatchObject({ code: 'ErrCompacted' });
  });

  test('snapshot-forgets-leases makes a member refuse what others accept', () => {
    const healthy = store();
    healthy.apply(leaseGrant(7, 9_000_000));
    healthy.apply(put('a', '', { lease: 7 }));
    const broken = store(['snapshot-forgets-leases']);
    broken.machine.restore(healthy.machine.snapshot());
    expect(broken.machine.hash()).toEqual(healthy.machine.hash());
    expect(broken.machine.leaseHash()).not.toBe(healthy.machine.leaseHash());
    expect(healthy.apply(put('b', '', { lease: 7 }))).toMatchObject({ kind: 'put' });
    expect(broken.apply(put('b', '', { lease: 7 }))).toMatchObject({ code: 'ErrLeaseNotFound' });
    expect(broken.apply(put('a', '', { ignoreLease: true }))).toMatchObject({ kind: 'put' });
  });

  test('tombstone-at-compaction-dropped loses the delete a watch may still ask for', () => {
    const { machine, apply } = store(['tombstone-at-compaction-dropped']);
    apply(put('a', ''));
    apply(deleteRange('a'));
    apply(compact(3));
    expect(machine.log).toEqual([]);
  });
});
