import { describe, expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Fault, type Os, type Run } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { StoreClient } from '../client/client.ts';
import { prefixEnd } from '../machine/keys.ts';
import type { WatchItem } from './methods.ts';
import { compareNumber, deleteRange, put, range, txn } from '../machine/requests.ts';
import { storeMember, type StoreMemberView } from './member.ts';
import { watchRequest } from '../watch/watch-requests.ts';

interface Script {
  /** By region, in the order east, west, north: each runs beside the others. */
  readonly clients: readonly ((client: StoreClient, os: Os) => Co<void>)[];
  readonly faults?: readonly Fault[];
  readonly design?: Partial<Design>;
  readonly untilUs?: number;
  readonly seed?: number;
}

const regions = ['east', 'west', 'north'];
const members = new Map([
  [1, 'store-1'],
  [2, 'store-2'],
  [3, 'store-3'],
]);

/** Runs scripts against three members, one in each region; each client talks to the member of its own region first. */
function play(script: Script): Run {
  const design: Design = { ...defaultDesign, storeMembers: 3, compactEveryUs: 0, ...script.design };
  const endUs = script.untilUs ?? seconds(20);
  const run = createRun({
    seed: script.seed ?? 1,
    topology: threeRegions(),
    faults: script.faults ?? [],
    properties: [],
    healAtUs: endUs - 1,
    endUs,
    build(world) {
      for (const [id, name] of members)
        world.process({ name, region: regions[id - 1]!, boot: storeMember({ id, members, design, defects: new Set() }) });
      for (const [at, body] of script.clients.entries()) {
        const endpoints = [...members.values()];
        world.process({
          name: `client-${at + 1}`,
          region: regions[at]!,
          boot: (os) => ({
            start: () => void os.spawn('script', body(new StoreClient(os, endpoints, design, { first: at }), os)),
          }),
        });
      }
    },
  });
  run.advance();
  expect(run.failure?.error).toBeUndefined();
  return run;
}

function view(run: Run, member: string): StoreMemberView {
  return run.inspect(member).program as StoreMemberView;
}

function leaderOf(run: Run): string {
  return [...members.values()].find((name) => view(run, name).raft.raft?.role === 'leader')!;
}

/** Time for the first election. */
const ELECTED_US = seconds(3);

describe('calls', () => {
  test('a write is answered with its revision, and read back through another member', () => {
    const seen: unknown[] = [];
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          seen.push(yield* client.put(put('a', '1')), yield* client.put(put('a', '2', { prevKv: true })));
        },
        function* (client, os) {
          yield* os.sleep(ELECTED_US + seconds(1));
          seen.push(yield* client.range(range('a')), yield* client.delete(deleteRange('a')));
        },
      ],
    });
    const first = { key: 'a', value: '1', createRevision: 2, modRevision: 2, version: 1, lease: 0 };
    const second = { ...first, value: '2', modRevision: 3, version: 2 };
    expect(seen).toEqual([
      { status: 'ok', value: { kind: 'put', revision: 2, prevKv: null } },
      { status: 'ok', value: { kind: 'put', revision: 3, prevKv: first } },
      { status: 'ok', value: { kind: 'range', revision: 3, kvs: [second], more: false, count: 1 } },
      { status: 'ok', value: { kind: 'deleteRange', revision: 4, deleted: 1, prevKvs: [] } },
    ]);
  });

  test('a refusal carries the code of etcd, whether the request was checked before the log or in it', () => {
    const codes: unknown[] = [];
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          for (const call of [
            client.put(put('', 'x')),
            client.put(put('a', 'x', { lease: 77 })),
            client.compact(5),
            client.range(range('a', { revision: 9 })),
            client.txn(txn([], [put('a', '1'), put('a', '2')])),
            client.leaseRevoke(3),
          ]) {
            const outcome = yield* call;
            codes.push(outcome.status === 'refused' ? outcome.code : outcome.status);
          }
        },
      ],
    });
    expect(codes).toEqual([
      'ErrEmptyKey',
      'ErrLeaseNotFound',
      'ErrFutureRev',
      'ErrFutureRev',
      'ErrDuplicateKey',
      'ErrLeaseNotFound',
    ]);
  });

  test('a guarded txn is carried out once, and the loser is shown what won', () => {
    const answers: unknown[] = [];
    const contender = (name: string) =>
      function* (client: StoreClient, os: Os): Co<void> {
        yield* os.sleep(ELECTED_US);
        const outcome = yield* client.txn(txn([compareNumber('lock', 'create', '=', 0)], [put('lock', name)], [range('lock')]));
        if (outcome.status !== 'ok') return;
        const [response] = outcome.value.responses;
        answers.push(outcome.value.succeeded ? 'won' : response?.kind === 'range' ? response.kvs[0]?.value : null);
      };
    const run = play({ clients: [contender('one'), contender('two')] });
    const owner = view(run, 'store-1').store.keys[0]?.value;
    expect(answers.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([owner, 'won']);
  });

  test('a member that is cut off answers no write and no linearizable read, but serializable ones from the past', () => {
    const seen: unknown[] = [];
    play({
      faults: [
        { do: 'partition', at: seconds(5), from: 'store-1', to: 'store-2', for: seconds(8) },
        { do: 'partition', at: seconds(5), from: 'store-1', to: 'store-3', for: seconds(8) },
      ],
      clients: [
        function* (_client, os) {
          const client = new StoreClient(os, ['store-1'], defaultDesign);
          yield* os.sleep(ELECTED_US);
          yield* client.put(put('a', 'before'));
          yield* os.sleep(seconds(6));
          for (const call of [
            client.put(put('a', 'meanwhile')),
            client.range(range('a')),
            client.range(range('a', { serializable: true })),
          ]) {
            const outcome = yield* call;
            seen.push(outcome.status === 'ok' && outcome.value.kind === 'range' ? outcome.value.kvs[0]?.value : outcome.status);
          }
        },
      ],
    });
    expect(seen).toEqual(['unavailable', expect.stringMatching(/unknown|unavailable/), 'before']);
  });

  test('a write whose commit cannot be seen is unknown to its client, and may have happened', () => {
    const seen: string[] = [];
    const run = play({
      // The answers to the client are lost, not the request.
      faults: [{ do: 'partition', at: seconds(5), from: 'store-*', to: 'client-1', oneWay: true, for: seconds(6) }],
      clients: [
        function* (client, os) {
          yield* os.sleep(seconds(5) + ms(100));
          seen.push((yield* client.put(put('a', 'x'))).status);
        },
      ],
    });
    expect(seen).toEqual(['unknown']);
    expect(view(run, 'store-2').store.keys.map(({ value }) => value)).toEqual(['x']);
  });
});

describe('members', () => {
  test('one that loses its memory comes back with snapshot and log, and agrees with the others', () => {
    const run = play({
      design: { snapshotEveryEntries: 20, entriesBehindSnapshot: 5 },
      faults: [{ do: 'crash', at: seconds(6), target: 'store-2', for: seconds(1) }],
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          const lease = yield* client.leaseGrant(seconds(60), 5);
          expect(lease).toMatchObject({ status: 'ok', value: { id: 5 } });
          for (let n = 0; n < 60; n++) yield* client.put(put(`k${n % 7}`, `${n}`, { lease: n % 2 === 0 ? 5 : 0 }));
        },
      ],
    });
    const { store } = view(run, 'store-2');
    expect(run.inspect('store-2').incarnation).toBe(2);
    expect(store.revision).toBe(61);
    expect(view(run, 'store-2').raft.raft?.snapshotIndex).toBeGreaterThan(20);
    expect(store).toEqual(view(run, 'store-1').store);
  });

  test('the leader compacts for all, and leaves so many revisions', () => {
    const run = play({
      design: { compactEveryUs: seconds(2), keepRevisions: 10 },
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          for (let n = 0; n < 40; n++) yield* client.put(put('k', `${n}`));
        },
      ],
    });
    for (const name of members.values()) expect(view(run, name).store).toMatchObject({ revision: 41, compactRevision: 31 });
  });
});

describe('leases', () => {
  test('one that is kept alive through a follower lives; then it ends within TTL, scan and commit, and its keys with it', () => {
    const kept: unknown[] = [];
    let goneUs = 0;
    let silentUs = 0;
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          const granted = yield* client.leaseGrant(seconds(2));
          if (granted.status !== 'ok') throw new Error('not granted');
          const { id } = granted.value;
          yield* client.put(put('session', 'alive', { lease: id }));
          for (let n = 0; n < 8; n++) {
            yield* os.sleep(seconds(1));
            const outcome = yield* client.keepAlive(id);
            kept.push(outcome.status === 'ok' ? outcome.value.ttlUs : outcome.status);
          }
          silentUs = os.monotonicUs();
        },
        function* (client, os) {
          yield* os.sleep(ELECTED_US + seconds(1));
          while (goneUs === 0) {
            const outcome = yield* client.range(range('session'));
            if (outcome.status === 'ok' && outcome.value.count === 0) goneUs = os.monotonicUs();
            yield* os.sleep(ms(20));
          }
        },
      ],
    });
    expect(kept).toEqual(Array.from({ length: 8 }, () => seconds(2)));
    expect(goneUs - silentUs).toBeGreaterThan(seconds(2) - ms(100));
    expect(goneUs - silentUs).toBeLessThan(seconds(2) + ms(800));
  });

  test('a TTL shorter than one and a half election timeouts is raised, and a lease that never was is gone', () => {
    const seen: unknown[] = [];
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          seen.push(yield* client.leaseGrant(1, 9), yield* client.leaseGrant(seconds(5), 9), yield* client.keepAlive(1234));
        },
      ],
    });
    expect(seen).toMatchObject([
      { status: 'ok', value: { ttlUs: seconds(2) } },
      { status: 'refused', code: 'ErrLeaseExists' },
      { status: 'ok', value: { id: 1234, ttlUs: 0 } },
    ]);
  });

  test('a change of leader extends a lease', () => {
    let goneUs = 0;
    const grantedUs = ELECTED_US;
    const script = (faults: readonly Fault[]): Run =>
      play({
        faults,
        clients: [
          function* (client, os) {
            goneUs = 0;
            yield* os.sleep(grantedUs);
            yield* client.leaseGrant(seconds(3), 5);
            yield* client.put(put('session', '', { lease: 5 }));
            while (goneUs === 0) {
              const outcome = yield* client.range(range('session'));
              if (outcome.status === 'ok' && outcome.value.count === 0) goneUs = os.monotonicUs();
              yield* os.sleep(ms(20));
            }
          },
        ],
      });
    const leader = leaderOf(script([]));
    const withoutChangeUs = goneUs;
    script([{ do: 'crash', at: grantedUs + seconds(2), target: leader, for: seconds(5) }]);
    // The successor counts the whole TTL and an election timeout from when it leads.
    expect(goneUs).toBeGreaterThan(withoutChangeUs + seconds(2));
  });
});

describe('a member that lags in applying', () => {
  test('takes no more requests for the log', () => {
    const outcomes: string[] = [];
    const run = (faults: readonly Fault[]): Run =>
      play({
        faults,
        design: { applyLagMaxEntries: 3 },
        clients: ['1', '2', '3'].map(
          (name) =>
            function* (client: StoreClient, os: Os): Co<void> {
              yield* os.sleep(ELECTED_US + ms(100));
              for (let at = 0; at < 40; at++) {
                os.spawn('put', client.put(put(`${name}/${at}`, '')), ({ status }) => void outcomes.push(status));
                yield* os.sleep(ms(25));
              }
            },
        ),
      });
    const leader = leaderOf(run([]));
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    run([{ do: 'stall-disk', at: ELECTED_US + ms(200), target: leader, for: ms(800) }]);
    expect(new Set(outcomes)).toContain('unavailable');
  });
});

describe('a store that is full', () => {
  test('takes deletes and compactions only, until room was made and the alarm is taken back', () => {
    const seen: string[] = [];
    const shown = (outcome: { readonly status: string; readonly code?: string }): void =>
      void seen.push(outcome.code ?? outcome.status);
    play({
      design: { storeQuotaBytes: 2_000 },
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          for (let at = 0; at < 3; at++) shown(yield* client.put(put(`k${at}`, 'x'.repeat(700))));
          yield* os.sleep(seconds(1));
          shown(yield* client.put(put('small', '')));
          shown(yield* client.leaseGrant(seconds(5)));
          shown(yield* client.txn(txn([compareNumber('k0', 'mod', '=', 0)], [put('small', '')])));
          shown(yield* client.delete(deleteRange('k', { rangeEnd: 'l' })));
          shown(yield* client.compact(4));
          shown(yield* client.put(put('small', '')));
          const listed = yield* client.alarm('get');
          expect(listed).toMatchObject({ value: { alarms: [{ alarm: 'nospace' }] } });
          if (listed.status !== 'ok') return;
          shown(yield* client.alarm('deactivate', 'nospace', listed.value.alarms[0]!.member));
          shown(yield* client.put(put('small', '')));
        },
      ],
    });
    const full = 'ErrNoSpace';
    expect(seen).toEqual(['ok', 'ok', full, full, full, full, 'ok', 'ok', full, 'ok', 'ok']);
  });

  /** Members whose alarm stands; with `isOver` they are all taken back. */
  const alarms = function* (client: StoreClient, isOver: boolean): Co<readonly number[]> {
    const listed = yield* client.alarm('get');
    const full = listed.status === 'ok' ? listed.value.alarms.map(({ member }) => member) : [];
    if (isOver) for (const member of full) yield* client.alarm('deactivate', 'nospace', member);
    return full;
  };
  /** Two versions of one value are all that there is room for; compacted, the older one is garbage. */
  const fill = function* (client: StoreClient, os: Os): Co<void> {
    yield* os.sleep(ELECTED_US);
    for (let at = 0; at < 3; at++) yield* client.put(put('k', 'x'.repeat(700)));
    yield* client.compact(3);
    yield* os.sleep(seconds(1));
  };

  test('stays full when it is compacted, until every member has been defragmented', () => {
    const seen: unknown[] = [];
    play({
      // Files that are rewritten because they are long free no page of bbolt's. Defragmentations: at 6 s, 12 s and 18 s.
      design: { storeQuotaBytes: 1_790, backendSlackBytes: 0, defragmentEveryUs: seconds(18) },
      untilUs: seconds(25),
      clients: [
        function* (client, os) {
          yield* fill(client, os);
          for (const untilUs of [seconds(5), seconds(8), seconds(14), seconds(20)]) {
            yield* os.sleep(untilUs - os.monotonicUs());
            yield* alarms(client, true);
            const { status, code = null } = (yield* client.put(put('small', 'x'.repeat(40)))) as {
              status: string;
              code?: string;
            };
            yield* os.sleep(seconds(1));
            seen.push([code ?? status, yield* alarms(client, false)]);
          }
        },
      ],
    });
    expect(seen).toEqual([
      ['ErrNoSpace', [1]],
      // Its own member has room and proposes it; the others find that they have none.
      ['ok', [2, 3]],
      ['ok', [3]],
      ['ok', []],
    ]);
  });

  test('is no emptier for having lost power', () => {
    const seen: unknown[] = [];
    play({
      design: { storeQuotaBytes: 1_790, backendSlackBytes: 0 },
      faults: [{ do: 'crash', at: seconds(5), target: 'store-*', for: ms(100) }],
      clients: [
        function* (client, os) {
          yield* fill(client, os);
          yield* os.sleep(seconds(9) - os.monotonicUs());
          yield* alarms(client, true);
          seen.push(yield* client.put(put('small', 'x'.repeat(40))));
        },
      ],
    });
    expect(seen).toMatchObject([{ code: 'ErrNoSpace' }]);
  });
});

describe('what is left of a lease', () => {
  test('is told by the primary, whichever member is asked', () => {
    const told: unknown[] = [];
    const ask = function* (client: StoreClient, os: Os): Co<void> {
      yield* os.sleep(ELECTED_US + seconds(1));
      told.push(yield* client.leaseTimeToLive(7, true), yield* client.leases(), yield* client.leaseTimeToLive(8));
    };
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          yield* client.leaseGrant(seconds(9), 7);
          for (const key of ['b', 'a']) yield* client.put(put(key, '', { lease: 7 }));
          yield* ask(client, os);
        },
        ask,
        ask,
      ],
    });
    expect(told).toHaveLength(9);
    for (let at = 0; at < told.length; at += 3) {
      expect(told[at]).toMatchObject({ value: { id: 7, grantedTtlUs: seconds(9), keys: ['a', 'b'] } });
      const { ttlUs } = (told[at] as { readonly value: { readonly ttlUs: number } }).value;
      expect(ttlUs).toBeGreaterThan(0);
      expect(ttlUs).toBeLessThan(seconds(9));
      expect(told[at + 1]).toMatchObject({ value: { ids: [7] } });
      expect(told[at + 2]).toMatchObject({ value: { id: 8, ttlUs: -1 } });
    }
  });
});

describe('watches', () => {
  test('a watch from the past is caught up, then follows, then is told that it has missed nothing', () => {
    const items: WatchItem[] = [];
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          for (const value of ['1', '2', '3']) yield* client.put(put('a/x', value));
          yield* os.sleep(seconds(4));
          yield* client.txn(txn([], [put('a/x', '4'), put('a/y', '4'), put('b', '4')]));
        },
        function* (client, os) {
          yield* os.sleep(ELECTED_US + seconds(1));
          yield* client.watchFrom(watchRequest('a/', { rangeEnd: prefixEnd('a/'), startRevision: 3 }), function* (item) {
            yield* os.sleep(1);
            if (item.type === 'events' || items.at(-1)?.type === 'events') items.push(item);
            return items.length < 4;
          });
        },
      ],
    });
    const shown = items.map((item) =>
      item.type === 'events'
        ? item.events.map(({ kv }) => `${kv.key}=${kv.value}@${kv.modRevision}`)
        : `${item.type} ${item.type === 'progress' ? item.revision : ''}`,
    );
    expect(shown).toEqual([['a/x=2@3', 'a/x=3@4'], 'progress 4', ['a/x=4@5', 'a/y=4@5'], 'progress 5']);
  });

  test('a follower of a watch goes on at another member, without gap or repetition, when its own is lost or cut off', () => {
    for (const fault of ['crash', 'isolate', 'kill'] as const) {
      const values: string[] = [];
      play({
        faults: [{ do: fault, at: seconds(6), target: 'store-2', for: seconds(9) }],
        clients: [
          function* (client, os) {
            yield* os.sleep(ELECTED_US);
            for (let n = 0; n < 40; n++) {
              // Tried until it is known to have happened: a repetition changes nothing but the revision.
              while ((yield* client.put(put('a', `${n}`))).status !== 'ok') yield* os.sleep(ms(50));
              yield* os.sleep(ms(150));
            }
          },
          function* (client, os) {
            yield* os.sleep(ms(500));
            yield* client.watchFrom(watchRequest('a', { startRevision: 1 }), function* (item) {
              yield* os.sleep(1);
              if (item.type === 'events') values.push(...item.events.map(({ kv }) => kv.value));
              return true;
            });
          },
        ],
      });
      const once = values.filter((value, at) => value !== values[at - 1]);
      expect(once).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`));
    }
  });

  test('a watch from a compacted revision is told where history begins', () => {
    const ends: unknown[] = [];
    play({
      clients: [
        function* (client, os) {
          yield* os.sleep(ELECTED_US);
          for (let n = 0; n < 5; n++) yield* client.put(put('a', `${n}`));
          yield* client.compact(4);
          ends.push(
            yield* client.watchFrom(watchRequest('a', { startRevision: 2 }), function* () {
              yield* os.sleep(1);
              return true;
            }),
          );
          ends.push(
            yield* client.watchFrom(watchRequest('b', { rangeEnd: 'a', startRevision: 2 }), function* () {
              yield* os.sleep(1);
              return true;
            }),
          );
        },
      ],
    });
    expect(ends).toMatchObject([
      { type: 'compacted', compactRevision: 4 },
      { type: 'refused', code: 'ErrEmptyWatcherRange' },
    ]);
  });
});
