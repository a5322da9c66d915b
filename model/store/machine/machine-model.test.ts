/** Holds the state machine against a store so simple that it is plainly right, over random commands. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReferenceStore } from '../../properties/store/reference-store.ts';
import { StoreMachine } from './machine.ts';
import type { StoreCompat } from './profile.ts';
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
  type AlarmRequest,
  type MutatingRequest,
  type RangeRequest,
  type StoreEvent,
  type TxnOperation,
  type TxnRequest,
} from './requests.ts';
import { validateRequest } from './validate.ts';

const keys = ['a', 'b', 'ba', 'c', 'd\u00ff', '\0'];
const key = fc.constantFrom(...keys);
const rangeEnd = fc.constantFrom('', '', '\0', 'b', 'c', 'z');
const lease = fc.constantFrom(0, 0, 1, 2);
const value = fc.constantFrom('', 'x', 'y');
const operator = fc.constantFrom('=', '!=', '<', '>');
const smallRevision = fc.integer({ min: -2, max: 30 });
const bound = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 20 }) });

const aPut = fc
  .record({ k: key, v: value, l: lease, prevKv: fc.boolean(), luck: fc.integer({ min: 0, max: 9 }) })
  .map(({ k, v, l, prevKv, luck }) =>
    put(k, luck === 0 ? '' : v, { lease: luck === 1 ? 0 : l, ignoreValue: luck === 0, ignoreLease: luck === 1, prevKv }),
  );
const aDelete = fc
  .record({ k: key, end: rangeEnd, prevKv: fc.boolean() })
  .map(({ k, end, prevKv }) => deleteRange(k, { rangeEnd: end, prevKv }));
const aRange: fc.Arbitrary<RangeRequest> = fc
  .record({
    k: key,
    rangeEnd,
    revision: fc.oneof(fc.constant(0), smallRevision),
    limit: fc.integer({ min: 0, max: 3 }),
    sortOrder: fc.constantFrom('none', 'none', 'ascend', 'descend'),
    sortTarget: fc.constantFrom('key', 'key', 'version', 'create', 'mod', 'value'),
    minModRevision: bound,
    maxModRevision: bound,
    minCreateRevision: bound,
    maxCreateRevision: bound,
    keysOnly: fc.boolean(),
    luck: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ k, luck, ...options }) => range(k, { ...options, countOnly: luck === 0 }));
const aCompare = fc.oneof(
  fc
    .tuple(key, fc.constantFrom('version', 'create', 'mod', 'lease'), operator, fc.integer({ min: 0, max: 6 }), rangeEnd)
    .map(([k, target, op, operand, end]) => compareNumber(k, target, op, operand, end)),
  fc.tuple(key, operator, value, rangeEnd).map(([k, op, operand, end]) => compareValue(k, op, operand, end)),
);
/** A txn with others nested in it, at most so deep. */
function aTxn(depth: number): fc.Arbitrary<TxnRequest> {
  const leaf: fc.Arbitrary<TxnOperation> = fc.oneof(aPut, aDelete, aRange);
  const operation = depth === 0 ? leaf : fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: aTxn(depth - 1) });
  const branch = fc.array(operation, { maxLength: 3 });
  return fc
    .tuple(fc.array(aCompare, { maxLength: 2 }), branch, branch)
    .map(([compare, success, failure]) => txn(compare, success, failure));
}
const leaseId = fc.integer({ min: 0, max: 2 });
const anAlarm: fc.Arbitrary<AlarmRequest> = fc.record({
  kind: fc.constant('alarm'),
  action: fc.constantFrom('get', 'activate', 'deactivate', 'deactivate'),
  member: fc.integer({ min: 1, max: 2 }),
  alarm: fc.constantFrom('none', 'nospace', 'nospace', 'corrupt'),
});
/** No alarms: while one stands, hardly anything happens. */
const aRequest: fc.Arbitrary<MutatingRequest> = fc.oneof(
  { weight: 6, arbitrary: aPut },
  { weight: 3, arbitrary: aDelete },
  { weight: 6, arbitrary: aTxn(2) },
  { weight: 2, arbitrary: smallRevision.map((revision) => compact(revision)) },
  { weight: 2, arbitrary: leaseId.map((id) => leaseGrant(id, id * 1000)) },
  { weight: 1, arbitrary: leaseId.map((id) => leaseRevoke(id)) },
);
/** Something to read, before anything else happens. */
const aBeginning = fc.shuffledSubarray(keys).chain((some) => fc.tuple(...some.map((k) => value.map((v) => put(k, v)))));
const aStep = fc.oneof(
  { weight: 12, arbitrary: aRequest },
  { weight: 1, arbitrary: fc.constant('snapshot and restore' as const) },
);

/** A machine made anew from its own snapshot. */
function restored(machine: StoreMachine, compat: StoreCompat): StoreMachine {
  const snapshot = machine.snapshot();
  const copy = new StoreMachine({ compat });
  copy.restore(snapshot);
  expect([copy.hash(), copy.leaseHash()]).toEqual([machine.hash(), machine.leaseHash()]);
  expect(copy.snapshot()).toEqual(snapshot);
  return copy;
}

/** Whatever can be read is the same, at every revision that is not compacted. */
function assertSame(machine: StoreMachine, reference: ReferenceStore, compat: StoreCompat): void {
  const { revision, compactRevision } = reference;
  expect([machine.revision, machine.compactRevision]).toEqual([revision, compactRevision]);
  for (let at = Math.max(1, compactRevision); at <= revision; at++) {
    const all = range('\0', { rangeEnd: '\0', revision: at });
    expect(machine.range(all)).toEqual(reference.range(all, revision));
    const changes = reference.events.filter(({ kv }) => kv.modRevision === at);
    expect(machine.log.filter(({ kv }) => kv.modRevision === at)).toEqual(
      at === compactRevision ? keptAtCompaction(changes, compat) : changes,
    );
  }
  expect(new Map([...machine.leases.all()].map(({ id, ttlUs }) => [id, ttlUs]))).toEqual(reference.leases);
  const { kvs } = reference.range(range('\0', { rangeEnd: '\0' }), revision);
  for (const { id, keys } of machine.leases.all()) {
    expect(keys).toEqual(new Set(kvs.filter((kv) => kv.lease === id).map((kv) => kv.key)));
  }
}

/** Of all that a txn did to a key the end; and not even that, where it is a tombstone and etcd is an old one. */
function keptAtCompaction(changes: readonly StoreEvent[], compat: StoreCompat): readonly StoreEvent[] {
  const newest = new Map(changes.map((change) => [change.kv.key, change]));
  return changes.filter((change) => newest.get(change.kv.key) === change && (compat === '3.6' || change.type === 'put'));
}

/** One txn writes a key and deletes it, and its revision is compacted: that etcd 3.4 forgets both is in a transcript of it. */
const putAndDeletedAtCompaction: readonly MutatingRequest[] = [
  put('a', 'x'),
  txn([], [put('a', 'y'), deleteRange('a', { rangeEnd: '\0' })], []),
  compact(3),
];

describe('the state machine and a plain one', () => {
  for (const compat of ['3.6', '3.4'] as const) {
    test(`answer alike after any commands, compactions and restores included, as etcd ${compat}`, () => {
      fc.assert(
        fc.property(
          aBeginning,
          fc.array(aStep, { maxLength: 50, size: 'max' }),
          fc.array(aRange, { maxLength: 30, size: 'max' }),
          (beginning, steps, reads) => {
            let machine = new StoreMachine({ compat });
            const reference = new ReferenceStore({ minLeaseTtlUs: 0, compat });
            let index = 0;
            for (const step of [...beginning, ...steps]) {
              if (step === 'snapshot and restore') machine = restored(machine, compat);
              else if (validateRequest(step) === null) {
                expect(machine.apply(++index, { requestId: '', request: step })).toEqual(reference.apply(step));
              }
            }
            assertSame(machine, reference, compat);
            for (const read of reads) {
              const response = machine.range(read);
              if (read.revision > reference.revision) expect(response).toMatchObject({ code: 'ErrFutureRev' });
              else if (read.revision > 0 && read.revision < reference.compactRevision)
                expect(response).toMatchObject({ code: 'ErrCompacted' });
              else expect(response).toEqual(reference.range(read, reference.revision));
            }
          },
        ),
        { numRuns: 300, examples: [[[], [...putAndDeletedAtCompaction], []]] },
      );
    });
  }

  test('refuse the same while alarms stand', () => {
    const aStepOrAlarm = fc.oneof({ weight: 2, arbitrary: aRequest }, { weight: 1, arbitrary: anAlarm });
    fc.assert(
      fc.property(fc.array(aStepOrAlarm, { maxLength: 40, size: 'max' }), (requests) => {
        let machine = new StoreMachine();
        const reference = new ReferenceStore({ minLeaseTtlUs: 0, compat: '3.6' });
        for (const [at, request] of requests.entries()) {
          if (at % 7 === 6) machine = restored(machine, '3.6');
          if (validateRequest(request) === null)
            expect(machine.apply(at, { requestId: '', request })).toEqual(reference.apply(request));
        }
      }),
    );
  });

  test('keeps a size that is the size of what it keeps', () => {
    fc.assert(
      fc.property(fc.array(aRequest, { maxLength: 60, size: 'max' }), (requests) => {
        const machine = new StoreMachine();
        requests.filter((r) => validateRequest(r) === null).forEach((request, i) => machine.apply(i, { requestId: '', request }));
        const copy = new StoreMachine();
        copy.restore(machine.snapshot());
        expect(copy.sizeBytes).toBe(machine.sizeBytes);
      }),
    );
  });
});
