// Holds the state machine against a store so simple that it is plainly right, over random commands.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreMachine } from './machine.ts';
import {
  compact,
  compareNumber,
  compareValue,
  deleteRange,
  put,
  range,
  txn,
  type Compare,
  type KeyValue,
  type MutatingRequest,
  type StoreEvent,
  type TxnOperation,
} from './requests.ts';
import { validateRequest } from './validate.ts';

type Pairs = ReadonlyMap<string, KeyValue>;

/** A store so simple that it is plainly right: a full copy of all pairs for every revision. */
class NaiveStore {
  /** `states[r]` is what the store held at revision r; nothing before revision 1. */
  states: Pairs[] = [new Map(), new Map()];
  events: StoreEvent[][] = [[], []];
  compactRevision = -1;
  leases = new Map<number, number>();

  get revision(): number {
    return this.states.length - 1;
  }

  current(): Pairs {
    return this.states[this.revision]!;
  }

  inRange(pairs: Pairs, key: string, rangeEnd: string): KeyValue[] {
    const isIn = (k: string): boolean => (rangeEnd === '' ? k === key : k >= key && (rangeEnd === '\0' || k < rangeEnd));
    return [...pairs.values()].filter((kv) => isIn(kv.key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Applies a request and returns 'ok' or the code of the error. */
  apply(request: MutatingRequest): string {
    const revision = this.revision + 1;
    const pairs = new Map(this.current());
    const events: StoreEvent[] = [];
    const remove = (kv: KeyValue): void => {
      pairs.delete(kv.key);
      const gone = { key: kv.key, value: '', createRevision: 0, modRevision: revision, version: 0, lease: 0 };
      events.push({ type: 'delete', kv: gone, prevKv: null });
    };
    const run = (operation: TxnOperation): void => {
      if (operation.kind === 'deleteRange') this.inRange(pairs, operation.key, operation.rangeEnd).forEach(remove);
      if (operation.kind !== 'put') return;
      const old = pairs.get(operation.key);
      const kv: KeyValue = {
        key: operation.key,
        value: operation.ignoreValue ? old!.value : operation.value,
        lease: operation.ignoreLease ? old!.lease : operation.lease,
        createRevision: old?.createRevision ?? revision,
        modRevision: revision,
        version: (old?.version ?? 0) + 1,
      };
      pairs.set(kv.key, kv);
      events.push({ type: 'put', kv, prevKv: null });
    };
    const problem = (operation: TxnOperation): string | null => {
      if (operation.kind === 'range' && operation.revision !== 0) {
        if (operation.revision > this.revision) return 'ErrFutureRev';
        if (operation.revision < this.compactRevision) return 'ErrCompacted';
      }
      if (operation.kind !== 'put') return null;
      if ((operation.ignoreValue || operation.ignoreLease) && !pairs.has(operation.key)) return 'ErrKeyNotFound';
      return operation.lease !== 0 && !this.leases.has(operation.lease) ? 'ErrLeaseNotFound' : null;
    };

    let operations: readonly TxnOperation[] = [];
    switch (request.kind) {
      case 'put':
        // Alone, its lease is looked at first.
        if (request.lease !== 0 && !this.leases.has(request.lease)) return 'ErrLeaseNotFound';
        operations = [request];
        break;
      case 'deleteRange':
        operations = [request];
        break;
      case 'txn':
        operations = request.compare.every((c) => this.compares(c)) ? request.success : request.failure;
        break;
      case 'compact':
        if (request.revision <= this.compactRevision) return 'ErrCompacted';
        if (request.revision > this.revision) return 'ErrFutureRev';
        this.compactRevision = request.revision;
        break;
      case 'leaseGrant':
        if (this.leases.has(request.id)) return 'ErrLeaseExists';
        this.leases.set(request.id, request.ttlUs);
        break;
      case 'leaseRevoke':
        if (!this.leases.delete(request.id)) return 'ErrLeaseNotFound';
        this.inRange(pairs, '', '\0')
          .filter((kv) => kv.lease === request.id)
          .forEach(remove);
        break;
      case 'leaseCheckpoint':
      case 'alarm':
        break;
    }
    for (const operation of operations) {
      const code = problem(operation);
      if (code !== null) return code;
    }
    operations.forEach(run);
    if (events.length > 0) {
      this.states.push(pairs);
      this.events.push(events);
    }
    return 'ok';
  }

  private compares(comparison: Compare): boolean {
    const kvs = this.inRange(this.current(), comparison.key, comparison.rangeEnd);
    const test = (a: number | string, b: number | string): boolean =>
      ({ '=': a === b, '!=': a !== b, '<': a < b, '>': a > b })[comparison.operator];
    if (comparison.target === 'value') return kvs.length > 0 && kvs.every((kv) => test(kv.value, comparison.operand));
    const field = ({ version: 'version', create: 'createRevision', mod: 'modRevision', lease: 'lease' } as const)[comparison.target];
    if (kvs.length === 0) return test(0, comparison.operand);
    return kvs.every((kv) => test(kv[field], comparison.operand));
  }
}

const key = fc.constantFrom('a', 'b', 'ba', 'c', 'd\u00ff', '\0');
const rangeEnd = fc.constantFrom('', '', '\0', 'b', 'c', 'z');
const lease = fc.constantFrom(0, 0, 1, 2);
const value = fc.constantFrom('', 'x', 'y');
const operator = fc.constantFrom('=', '!=', '<', '>');
const smallRevision = fc.integer({ min: -2, max: 30 });

const aPut = fc
  .tuple(key, value, lease, fc.integer({ min: 0, max: 9 }))
  .map(([k, v, l, luck]) => put(k, luck === 0 ? '' : v, { lease: luck === 1 ? 0 : l, ignoreValue: luck === 0, ignoreLease: luck === 1 }));
const aDelete = fc.tuple(key, rangeEnd).map(([k, end]) => deleteRange(k, { rangeEnd: end, prevKv: true }));
const aRange = fc.record({ k: key, end: rangeEnd, revision: smallRevision, limit: fc.integer({ min: 0, max: 3 }) });
const aRangeRequest = aRange.map(({ k, end, revision, limit }) => range(k, { rangeEnd: end, revision, limit }));
const aCompare = fc.oneof(
  fc
    .tuple(key, fc.constantFrom('version', 'create', 'mod', 'lease'), operator, fc.integer({ min: 0, max: 6 }), rangeEnd)
    .map(([k, target, op, operand, end]) => compareNumber(k, target, op, operand, end)),
  fc.tuple(key, operator, value, rangeEnd).map(([k, op, operand, end]) => compareValue(k, op, operand, end)),
);
const operations = fc.array(fc.oneof(aPut, aDelete, aRangeRequest), { maxLength: 3 });
const aTxn = fc.tuple(fc.array(aCompare, { maxLength: 2 }), operations, operations).map(([c, s, f]) => txn(c, s, f));
const leaseId = fc.integer({ min: 1, max: 2 });
const aRequest: fc.Arbitrary<MutatingRequest> = fc.oneof(
  { weight: 6, arbitrary: aPut },
  { weight: 3, arbitrary: aDelete },
  { weight: 4, arbitrary: aTxn },
  { weight: 2, arbitrary: smallRevision.map((revision) => (compact(revision))) },
  { weight: 1, arbitrary: leaseId.map((id) => ({ kind: 'leaseGrant' as const, id, ttlUs: id * 1000 })) },
  { weight: 1, arbitrary: leaseId.map((id) => ({ kind: 'leaseRevoke' as const, id })) },
);
const aStep = fc.oneof(
  { weight: 12, arbitrary: aRequest },
  { weight: 1, arbitrary: fc.constant('snapshot and restore' as const) },
);

function assertSame(machine: StoreMachine, naive: NaiveStore): void {
  expect(machine.revision).toBe(naive.revision);
  expect(machine.compactRevision).toBe(naive.compactRevision);
  for (let revision = Math.max(1, naive.compactRevision); revision <= naive.revision; revision++) {
    const expected = naive.inRange(naive.states[revision]!, '', '\0');
    const all = machine.range(range('\0', { rangeEnd: '\0', revision }));
    expect(all).toEqual({ kind: 'range', revision: naive.revision, kvs: expected, more: false, count: expected.length });
    if (revision < naive.compactRevision) continue;
    const changes = machine.log.filter((event) => event.kv.modRevision === revision);
    expect(changes).toEqual(naive.events[revision]);
  }
  expect(new Map([...machine.leases.all()].map(({ id, ttlUs }) => [id, ttlUs]))).toEqual(naive.leases);
  for (const { id, keys } of machine.leases.all()) {
    const expected = naive.inRange(naive.current(), '', '\0').filter((kv) => kv.lease === id);
    expect(keys).toEqual(new Set(expected.map((kv) => kv.key)));
  }
}

describe('the state machine and a naive store', () => {
  it('agree after any commands, compactions and restores included', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 60, size: 'max' }), fc.array(aRange, { maxLength: 4 }), (steps, reads) => {
        let machine = new StoreMachine();
        const naive = new NaiveStore();
        let index = 0;
        for (const step of steps) {
          if (step === 'snapshot and restore') {
            const snapshot = machine.snapshot();
            const hashes = [machine.hash(), machine.leaseHash()];
            machine = new StoreMachine();
            machine.restore(snapshot);
            expect([machine.hash(), machine.leaseHash()]).toEqual(hashes);
            expect(machine.snapshot()).toEqual(snapshot);
            continue;
          }
          if (validateRequest(step) !== null) continue;
          const response = machine.apply(++index, { requestId: '', request: step });
          expect(response.kind === 'error' ? response.code : 'ok').toBe(naive.apply(step));
          if (response.kind !== 'error') expect(response.revision).toBe(naive.revision);
        }
        assertSame(machine, naive);
        for (const { k, end, revision, limit } of reads) {
          const response = machine.range(range(k, { rangeEnd: end, revision, limit }));
          if (revision > naive.revision) expect(response).toMatchObject({ code: 'ErrFutureRev' });
          else if (revision > 0 && revision < naive.compactRevision) expect(response).toMatchObject({ code: 'ErrCompacted' });
          else {
            const all = naive.inRange(revision > 0 ? naive.states[revision]! : naive.current(), k, end);
            const kvs = limit > 0 ? all.slice(0, limit) : all;
            expect(response).toMatchObject({ kvs, count: all.length, more: kvs.length < all.length });
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('keeps a size that is the size of what it keeps', () => {
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
