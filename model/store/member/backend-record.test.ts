import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  foldBackend,
  readBackend,
  type BackendBatch,
  type BackendRecord,
  type BackendState,
  type Deletion,
  type LeaseChange,
} from './backend-record.ts';
import type { StoreChanges } from '../machine/changes.ts';
import { compareKeys } from '../machine/keys.ts';
import { StoreMachine } from '../machine/machine.ts';
import {
  compact,
  deleteRange,
  put,
  txn,
  type MemberAlarm,
  type Command,
  type CommandSession,
  type MutatingRequest,
  type StoreEvent,
} from '../machine/requests.ts';
import type { SessionChange } from '../machine/sessions.ts';

/** Collects changes into batches by hand. */
class Recorder implements StoreChanges {
  readonly records: BackendRecord[] = [];
  garbage: StoreEvent[] = [];
  scheduledCompact = -1;
  finishedCompact = -1;
  allocatedBytes = 0;
  private events: StoreEvent[] = [];
  private leases: LeaseChange[] = [];
  private alarms: readonly MemberAlarm[] | null = null;
  private sessions: SessionChange[] = [];
  private deletion: Deletion | null = null;

  event(event: StoreEvent): void {
    this.events.push(event);
  }
  leaseKept(record: { readonly id: number; readonly ttlUs: number; readonly remainingTtlUs: number }): void {
    this.leases.push({ id: record.id, record });
  }
  leaseGone(id: number): void {
    this.leases.push({ id, record: null });
  }
  sessionChanged(change: SessionChange): void {
    this.sessions.push(change);
  }
  alarmsKept(alarms: readonly MemberAlarm[]): void {
    this.alarms = alarms;
  }
  compacted(revision: number, garbage: readonly StoreEvent[]): void {
    this.scheduledCompact = revision;
    this.garbage = [...this.garbage, ...garbage].sort(
      (a, b) => a.kv.modRevision - b.kv.modRevision || compareKeys(a.kv.key, b.kv.key),
    );
  }
  /** Deletes what the last compaction has made superfluous, up to some of it or all. */
  delete(count: number): void {
    const last = this.garbage[Math.min(count, this.garbage.length) - 1];
    const to = last?.kv.modRevision ?? 0;
    this.garbage = this.garbage.filter(({ kv }) => kv.modRevision > to);
    this.deletion = { revision: this.scheduledCompact, to };
    if (this.garbage.length === 0) this.finishedCompact = this.scheduledCompact;
    this.commit(this.index);
  }
  index = 0;
  commit(index: number): void {
    this.allocatedBytes += this.events.length;
    const { events, leases, alarms, sessions, scheduledCompact, finishedCompact, deletion } = this;
    const batch: BackendBatch = {
      type: 'batch',
      index,
      term: 1,
      events,
      leases,
      alarms,
      sessions,
      scheduledCompact,
      finishedCompact,
      deletion,
      allocatedBytes: this.allocatedBytes,
    };
    this.records.push(batch);
    this.index = index;
    [this.events, this.leases, this.alarms, this.sessions, this.deletion] = [[], [], null, [], null];
  }
  rewrite(state: BackendState): void {
    [this.events, this.leases, this.alarms, this.sessions, this.deletion] = [[], [], null, [], null];
    this.index = state.index;
    this.records.splice(0, this.records.length, { type: 'image', index: state.index, term: 1, state });
  }
}

type Step =
  | { readonly do: 'apply'; readonly request: Command['request']; readonly session?: CommandSession }
  | { readonly do: 'compact'; readonly back: number }
  | { readonly do: 'commit' }
  | { readonly do: 'rewrite' }
  | { readonly do: 'delete'; readonly count: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const lease = fc.constantFrom(-3, 5, 9);
const request: fc.Arbitrary<MutatingRequest> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(key, fc.oneof(fc.constant(0), lease)).map(([k, id]) => put(k, 'v', { lease: id })) },
  { weight: 2, arbitrary: key.map((k) => deleteRange(k)) },
  // To the end of all keys, so that it may change one twice: of an interval without an end etcd does not notice.
  {
    weight: 1,
    arbitrary: fc
      .tuple(key, fc.shuffledSubarray([put('b', 'x'), deleteRange('a', { rangeEnd: '\0' }), put('c', 'x')]))
      .map(([k, some]) => txn([], [put(k, 'v'), ...some], [])),
  },
  { weight: 1, arbitrary: lease.map((id): MutatingRequest => ({ kind: 'leaseGrant', id, ttlUs: 5_000_000 })) },
  { weight: 1, arbitrary: lease.map((id): MutatingRequest => ({ kind: 'leaseRevoke', id })) },
  {
    weight: 1,
    arbitrary: lease.map((id): MutatingRequest => ({
      kind: 'leaseCheckpoint',
      checkpoints: [{ id, remainingTtlUs: 1_000_000 }],
    })),
  },
);
/** Small, so that commands meet sessions, repetitions and sessions that are over. */
const session: fc.Arbitrary<CommandSession> = fc.record({
  client: fc.integer({ min: 1, max: 12 }),
  sequence: fc.integer({ min: 1, max: 4 }),
  answeredBelow: fc.integer({ min: 1, max: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'apply', request: { kind: 'registerClient', sessionsMax: 2 } }) },
  { weight: 3, arbitrary: fc.tuple(request, session).map(([made, of]): Step => ({ do: 'apply', request: made, session: of })) },
  { weight: 8, arbitrary: request.map((made): Step => ({ do: 'apply', request: made })) },
  { weight: 1, arbitrary: fc.nat(4).map((back): Step => ({ do: 'compact', back })) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'commit' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'rewrite' }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }).map((count): Step => ({ do: 'delete', count })) },
);

test.each(['3.4', '3.6'] as const)(
  'what is read back is what was committed, whatever was rewritten, compacted and deleted meanwhile (%s)',
  (compat) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const recorder = new Recorder();
        const machine = new StoreMachine({ compat, changes: recorder });
        let index = 0;
        const apply = (made: Command['request'], session: CommandSession | null = null): void =>
          void machine.apply(++index, { requestId: '', request: made, session });
        const state = (): BackendState => ({
          ...machine.snapshot(),
          finishedCompact: recorder.finishedCompact,
          garbage: recorder.garbage,
          allocatedBytes: recorder.allocatedBytes,
        });
        for (const each of steps) {
          if (each.do === 'apply') apply(each.request, each.session);
          else if (each.do === 'compact') apply(compact(machine.revision - each.back));
          else if (each.do === 'commit') recorder.commit(index);
          else if (each.do === 'rewrite') recorder.rewrite(state());
          else {
            recorder.commit(index);
            recorder.delete(each.count);
          }
        }
        recorder.commit(index);
        const options = { dropsTombstone: machine.dropsTombstone, ignoresScheduledCompact: false, skipsNegativeLeases: false };
        expect(foldBackend(recorder.records, options)).toEqual(state());
        const copy = new StoreMachine({ compat });
        copy.restore(foldBackend(recorder.records, options));
        expect([copy.hash(), copy.leaseHash(), copy.sizeBytes]).toEqual([machine.hash(), machine.leaseHash(), machine.sizeBytes]);
      }),
      { numRuns: 400, seed: 1 },
    );
  },
);

test('a commit that was torn never was; a rotten one ends the member', () => {
  const batch: BackendBatch = {
    type: 'batch',
    index: 1,
    term: 1,
    events: [],
    leases: [],
    alarms: null,
    sessions: [],
    scheduledCompact: -1,
    finishedCompact: -1,
    deletion: null,
    allocatedBytes: 0,
  };
  expect(
    readBackend([
      { ok: true, value: batch },
      { ok: false, torn: true },
    ]),
  ).toEqual({ last: batch, records: [batch], intactRecords: 1 });
  expect(readBackend([{ ok: false, torn: true }])).toEqual({ last: null, records: [], intactRecords: 0 });
  expect(() => readBackend([{ ok: false, torn: false }])).toThrow('corrupt backend');
  expect(() =>
    readBackend([
      { ok: false, torn: true },
      { ok: true, value: batch },
    ]),
  ).toThrow('corrupt backend');
});
