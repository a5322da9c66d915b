import { describe, expect, test } from 'vitest';
import { ms, seconds, type CallOutcome, type Co, type Fault, type Os } from '../../sim/index.ts';
import { ApiClient } from './client/api-client.ts';
import { defaultDesign } from '../design.ts';
import { deploymentStatus } from './testing/objects.ts';
import { apiNames, controlPlane, runThrough, script } from './testing/world.ts';
import type { ResourceEvent } from './methods.ts';
import { orderText } from './record-order.ts';
import type { Deployment, Lease, Resource } from './resources/index.ts';

const web = { replicas: 1, image: 'app@sha256:aa' };

/** Runs one script against the API and returns what it yields. */
function ask<T>(
  body: (api: ApiClient, os: Os) => Co<T>,
  options: { defects?: readonly string[]; faults?: readonly Fault[]; design?: object } = {},
): T {
  let result: { value: T } | null = null;
  const client = script(function* (api, os) {
    result = { value: yield* body(api, os) };
  });
  runThrough(controlPlane({ ...options, processes: () => ({ client }) }));
  if (result === null) throw new Error('the script did not come to its end');
  return (result as { value: T }).value;
}

function ok<T>(outcome: CallOutcome<T>): T {
  if (outcome.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(outcome)}`);
  return outcome.value;
}

const codeOf = (outcome: CallOutcome<unknown>): string => (outcome.status === 'refused' ? outcome.code : outcome.status);

describe('objects', () => {
  test('a deleted and recreated object has another uid', () => {
    const [first, second] = ask(function* (api) {
      const one = ok(yield* api.create('Deployment', 'web', web));
      ok(yield* api.delete('Deployment', 'web', { uid: one.metadata.uid }));
      const two = ok(yield* api.create('Deployment', 'web', web));
      return [one, two];
    }) as [Deployment, Deployment];
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(second.metadata.resourceVersion).toBeGreaterThan(first.metadata.resourceVersion);
  });

  test('what exists cannot be created again', () => {
    const code = ask(function* (api) {
      ok(yield* api.create('Deployment', 'web', web));
      return codeOf(yield* api.create('Deployment', 'web', web));
    });
    expect(code).toBe('already-exists');
  });

  test('the generation counts changes of the spec, not of the status', () => {
    const generations = ask(function* (api) {
      const made = ok(yield* api.create('Deployment', 'web', web));
      const status = deploymentStatus({ observedGeneration: 1, readyReplicas: 1 });
      const reported = ok(yield* api.updateStatus('Deployment', 'web', made.metadata.resourceVersion, status));
      const scaled = ok(
        yield* api.update('Deployment', 'web', reported.metadata.resourceVersion, { spec: { ...web, replicas: 2 } }),
      );
      const again = ok(yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas: 2 } }));
      return [made, reported, scaled, again].map(({ metadata, status: { readyReplicas } }) => [
        metadata.generation,
        readyReplicas,
      ]);
    });
    expect(generations).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 1],
    ]);
  });

  test('a stale version is refused, and so is another uid', () => {
    const codes = ask(function* (api) {
      const { metadata } = ok(yield* api.create('Deployment', 'web', web));
      ok(yield* api.update('Deployment', 'web', metadata.resourceVersion, { spec: { ...web, replicas: 2 } }));
      return [
        codeOf(yield* api.update('Deployment', 'web', metadata.resourceVersion, { spec: { ...web, replicas: 3 } })),
        codeOf(yield* api.delete('Deployment', 'web', { resourceVersion: metadata.resourceVersion })),
        codeOf(yield* api.delete('Deployment', 'web', { uid: 'another' })),
        codeOf(yield* api.update('Deployment', 'none', 0, { spec: web })),
        codeOf(yield* api.get('Deployment', 'none')),
      ];
    });
    expect(codes).toEqual(['conflict', 'conflict', 'conflict', 'not-found', 'not-found']);
  });

  test('a list is what was written, at a version from which a watch goes on', () => {
    const list = ask(function* (api) {
      ok(yield* api.create('Deployment', 'web', web));
      ok(yield* api.create('Deployment', 'app', web));
      return ok(yield* api.list('Deployment'));
    });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['app', 'web']);
    expect(list.resourceVersion).toBe(Math.max(...list.items.map(({ metadata }) => metadata.resourceVersion)));
  });

  test('a write with no majority behind it is not answered', () => {
    const faults: Fault[] = ['store-west-1', 'store-north-1'].map((target) => ({ at: ms(2_900), do: 'pause', target }));
    const code = ask(
      function* (api) {
        return codeOf(yield* api.create('Deployment', 'web', web));
      },
      { faults },
    );
    expect(['unknown', 'unavailable']).toContain(code);
  });

  test('defect ack-unknown-outcome: the same write is acknowledged', () => {
    const faults: Fault[] = ['store-west-1', 'store-north-1'].map((target) => ({ at: ms(2_900), do: 'pause', target }));
    const code = ask(
      function* (api) {
        return codeOf(yield* api.create('Deployment', 'web', web));
      },
      { faults, defects: ['ack-unknown-outcome'] },
    );
    expect(code).toBe('ok');
  });

  test('defect deny-unknown-outcome: the same write is refused, although it may yet take place', () => {
    const faults: Fault[] = ['store-west-1', 'store-north-1'].map((target) => ({ at: ms(2_900), do: 'pause', target }));
    const outcome = ask(
      function* (api) {
        return yield* api.create('Deployment', 'web', web);
      },
      { faults, defects: ['deny-unknown-outcome'] },
    );
    expect(outcome).toMatchObject({ status: 'refused', code: 'unavailable' });
  });

  test('what is too large or has its place elsewhere is refused', () => {
    const outcomes = ask(
      function* (api) {
        return [
          yield* api.create('Deployment', 'web', { ...web, image: `app@sha256:${'a'.repeat(200)}` }),
          yield* api.create('Deployment', 'web', { ...web, image: 'a'.repeat(600) }),
          yield* api.create('Metric' as 'Deployment', 'cpu', { data: '99' } as never),
        ];
      },
      { design: { maxObjectBytes: 300 } },
    );
    expect(outcomes.map(codeOf)).toEqual(['too-large', 'misplaced', 'misplaced']);
  });
});

test('what nobody serves is not taken for something that is gone, and a request that is malformed is refused', () => {
  const codes = ask(function* (api) {
    yield* api.ready(seconds(1));
    const stream = api.watch('Volume', 1);
    const end = stream === null ? null : yield* stream.next(seconds(1));
    const outcomes = [
      yield* api.get('Pod' as 'Workload', 'w'),
      yield* api.get('Pod' as 'Workload', 'w', 'any'),
      yield* api.list('Volume'),
      yield* api.delete('Volume', 'v'),
      yield* api.create('Node', 'n', { region: 'east', capacity: 1, taints: [null] } as never),
      yield* api.create('Endpoints', 'e', { service: 'u', mode: 'balanced', backends: [null] } as never),
      yield* api.list('Deployment', 'exact', 0),
      yield* api.list('Deployment', 'not-older', -1),
    ];
    return [end?.type === 'end' ? end.code : '', ...outcomes.map(codeOf)];
  });
  expect(codes).toEqual([...Array.from({ length: 5 }, () => 'no-such-kind'), 'invalid', 'invalid', 'invalid', 'invalid']);
});

test('a write that names no version is no conflict, although others write at once', () => {
  const codes: string[] = [];
  const writers = Object.fromEntries(
    Array.from({ length: 8 }, (_, writer) => [
      `writer-${writer}`,
      (os: Os) => ({
        start: () => {
          const api = new ApiClient(os, apiNames, defaultDesign);
          os.spawn(
            'write',
            (function* (): Co<void> {
              yield* os.sleep(seconds(3) - os.monotonicUs());
              if (writer === 0) ok(yield* api.create('Deployment', 'web', web));
              yield* os.sleep(seconds(4) - os.monotonicUs());
              for (let n = 1; n <= 5; n++)
                codes.push(
                  codeOf(
                    yield* api.updateStatus(
                      'Deployment',
                      'web',
                      0,
                      deploymentStatus({ observedGeneration: n, readyReplicas: writer }),
                    ),
                  ),
                );
            })(),
          );
        },
      }),
    ]),
  );
  runThrough(controlPlane({ processes: () => writers }));
  // Whoever is far from the store may lose to the others for as long as a request may take, and is not answered then.
  expect(codes).not.toContain('conflict');
  expect(codes.filter((code) => code === 'ok').length).toBeGreaterThan(30);
});

test('what can be said once only is not taken back: where a workload runs, what it runs, which identities and volumes replicas have, who is behind a service', () => {
  const codes = ask(
    function* (api) {
      const placed = { owner: 'u', ownerName: 'web', ownerGeneration: 1, image: 'a' };
      ok(yield* api.create('Workload', 'w', placed));
      ok(yield* api.create('Deployment', 'db', { ...web, identity: 'stable', storage: { sizeGb: 1, reclaim: 'retain' } }));
      ok(yield* api.create('Volume', 'v', { owner: 'u', sizeGb: 2, reclaim: 'retain' }));
      ok(yield* api.create('Service', 's', { deployment: 'db', mode: 'primary' }));
      return [
        yield* api.update('Workload', 'w', 0, { spec: { ...placed, node: 'n1' } }),
        yield* api.update('Workload', 'w', 0, { spec: { ...placed, node: 'n1', image: 'b' } }),
        yield* api.update('Workload', 'w', 0, { spec: { ...placed, node: 'n2' } }),
        yield* api.update('Workload', 'w', 0, { spec: placed }),
        yield* api.update('Workload', 'w', 0, { spec: { ...placed, node: 'n1', owner: 'v' } }),
        yield* api.update('Deployment', 'db', 0, { spec: web }),
        yield* api.update('Volume', 'v', 0, { spec: { owner: 'u', sizeGb: 1, reclaim: 'retain' } }),
        yield* api.update('Volume', 'v', 0, { spec: { owner: 'u', sizeGb: 3, reclaim: 'retain' } }),
        yield* api.update('Service', 's', 0, { spec: { deployment: 'db', mode: 'balanced' } }),
      ];
    },
    { design: { volumes: true } },
  );
  expect(codes.map(codeOf)).toEqual(['ok', ...Array.from({ length: 8 }, () => 'invalid')]);
});

describe('deletion', () => {
  test('how it is asked for is checked: no policy but the three, and a time that is one', () => {
    const placed = { owner: 'u', ownerName: 'web', ownerGeneration: 1, image: 'a', node: 'n1' };
    const { codes, marked } = ask(function* (api) {
      ok(yield* api.create('Workload', 'w', placed));
      const refusals = [
        yield* api.delete('Workload', 'w', { propagation: 'Foreground' as 'foreground' }),
        yield* api.delete('Workload', 'w', { graceUs: 'x' as never }),
      ];
      // Kubernetes makes a second of it.
      ok(yield* api.delete('Workload', 'w', { graceUs: -1 }));
      return { codes: refusals.map(codeOf), marked: ok(yield* api.get('Workload', 'w')).metadata.deletionGraceUs };
    });
    expect(codes).toEqual(['invalid', 'invalid']);
    expect(marked).toBe(seconds(1));
  });

  test('an object with finalizers is marked, takes no new ones, and vanishes with the last of them', () => {
    const told = ask(function* (api) {
      const made = ok(yield* api.create('Deployment', 'web', web, null, { finalizers: ['a/x', 'b/y'] }));
      const deleted = ok(yield* api.delete('Deployment', 'web', { uid: made.metadata.uid }));
      const marked = ok(yield* api.get('Deployment', 'web'));
      const more = codeOf(yield* api.update('Deployment', 'web', 0, { metadata: { finalizers: ['a/x', 'b/y', 'c/z'] } }));
      const again = codeOf(yield* api.create('Deployment', 'web', web));
      const first = ok(
        yield* api.update('Deployment', 'web', marked.metadata.resourceVersion, { metadata: { finalizers: ['b/y'] } }),
      );
      const last = ok(yield* api.update('Deployment', 'web', first.metadata.resourceVersion, { metadata: { finalizers: [] } }));
      return { deleted, marked, more, again, last, after: codeOf(yield* api.get('Deployment', 'web')) };
    });
    expect(told.deleted.gone).toBe(false);
    expect(told.marked.metadata).toMatchObject({
      resourceVersion: told.deleted.resourceVersion,
      generation: 2,
      deletionUs: expect.any(Number) as number,
    });
    expect([told.more, told.again, told.after]).toEqual(['invalid', 'already-exists', 'not-found']);
    expect(told.last.metadata.finalizers).toEqual([]);
  });

  test('a workload on a node waits for the word of its agent; finalizers hold it even then', () => {
    const placed = { owner: 'u', ownerName: 'web', ownerGeneration: 1, image: 'a', node: 'n1' };
    const told = ask(function* (api) {
      const { metadata } = ok(yield* api.create('Workload', 'w', placed, null, { finalizers: ['a/x'] }));
      const asked = ok(yield* api.delete('Workload', 'w'));
      const repeated = ok(yield* api.delete('Workload', 'w'));
      const ended = ok(yield* api.delete('Workload', 'w', { uid: metadata.uid, graceUs: 0 }));
      const { metadata: held } = ok(yield* api.get('Workload', 'w'));
      ok(yield* api.update('Workload', 'w', 0, { metadata: { finalizers: [] } }));
      return {
        gone: [asked.gone, repeated.gone, ended.gone],
        held,
        isSame: asked.resourceVersion === repeated.resourceVersion,
        after: codeOf(yield* api.get('Workload', 'w')),
      };
    });
    expect(told.gone).toEqual([false, false, false]);
    expect(told.isSame).toBe(true);
    expect(told.held.deletionGraceUs).toBe(0);
    expect(told.after).toBe('not-found');
  });

  test('a write of the status leaves spec and metadata alone', () => {
    const written = ask(function* (api) {
      ok(yield* api.create('Node', 'n', { region: 'east', capacity: 2 }, null, { labels: { a: 'b' } }));
      return [
        ok(yield* api.updateStatus('Node', 'n', 0, { readiness: 'unknown' })),
        codeOf(yield* api.updateStatus('Lease', 'n', 0, { token: 3 })),
      ] as const;
    });
    expect(written[0]).toMatchObject({
      metadata: { labels: { a: 'b' }, generation: 1 },
      spec: { capacity: 2 },
      status: { readiness: 'unknown' },
    });
    expect(written[1]).toBe('invalid');
  });
});

describe('leases and fences', () => {
  const lease = (holder: string, renewals: number): Lease['spec'] => ({ holder, durationUs: seconds(3), renewals });

  test('every grant gives a token above all before it, and a renewal keeps it', () => {
    const leases = ask(function* (api) {
      const granted = ok(yield* api.create('Lease', 'role', lease('a', 1)));
      const renewed = ok(yield* api.renew('role', granted.metadata.resourceVersion, lease('a', 2), seconds(1)));
      const taken = ok(yield* api.renew('role', renewed.metadata.resourceVersion, lease('b', 3), seconds(1)));
      const read = ok(yield* api.get('Lease', 'role'));
      return [granted, renewed, taken, read];
    });
    const [granted, renewed, taken, read] = leases.map(({ metadata, status }) => ({
      version: metadata.resourceVersion,
      token: status.token,
    }));
    expect(granted?.token).toBe(granted?.version);
    expect(renewed?.token).toBe(granted?.token);
    expect(taken?.token).toBe(taken?.version);
    expect(read).toEqual(taken);
  });

  /** Takes a role over, then writes under the old token in every way there is. */
  function* actAsDeposed(api: ApiClient): Co<readonly string[]> {
    const old = ok(yield* api.create('Lease', 'role', lease('a', 1)));
    const fence = { role: 'role', token: old.status.token };
    const made = ok(yield* api.create('Deployment', 'web', web, fence));
    ok(yield* api.renew('role', old.metadata.resourceVersion, lease('b', 2), seconds(1)));
    return [
      codeOf(yield* api.create('Deployment', 'app', web, fence)),
      codeOf(yield* api.update('Deployment', 'web', made.metadata.resourceVersion, { spec: { ...web, replicas: 9 }, fence })),
      codeOf(yield* api.delete('Deployment', 'web', { uid: made.metadata.uid, fence })),
    ];
  }

  test('no write under an older token is accepted', () => {
    expect(ask(actAsDeposed)).toEqual(['fenced', 'fenced', 'fenced']);
  });

  test('a deleted lease fences its last holder', () => {
    const code = ask(function* (api) {
      const { status, metadata } = ok(yield* api.create('Lease', 'role', lease('a', 1)));
      ok(yield* api.delete('Lease', 'role', { uid: metadata.uid }));
      return codeOf(yield* api.create('Deployment', 'web', web, { role: 'role', token: status.token }));
    });
    expect(code).toBe('fenced');
  });

  test('without fencing, by defect or by design, the stale writer has its way', () => {
    expect(ask(actAsDeposed, { defects: ['no-fencing'] })).toEqual(['ok', 'ok', 'ok']);
    expect(ask(actAsDeposed, { design: { fencing: false } })).toEqual(['ok', 'ok', 'ok']);
  });

  test('an object says who wrote it last', () => {
    const made = ask(function* (api) {
      const { status } = ok(yield* api.create('Lease', 'role', lease('a', 1)));
      return ok(yield* api.create('Deployment', 'web', web, { role: 'role', token: status.token }));
    }) as Resource;
    expect(made.metadata.writtenBy).toMatchObject({ role: 'role' });
  });
});

describe('watches', () => {
  function* collect(api: ApiClient, from: number, count: number): Co<readonly ResourceEvent[]> {
    yield* api.ready(seconds(1));
    const stream = api.watch('Deployment', from);
    const events: ResourceEvent[] = [];
    while (stream !== null && events.length < count) {
      const next = yield* stream.next(seconds(2));
      if (next.type !== 'item') break;
      if (next.item.type !== 'bookmark') events.push(next.item);
    }
    return events;
  }

  test('a watch from a version tells every later change in order, and a deleted object as it was last', () => {
    const { events, made } = ask(function* (api) {
      const first = ok(yield* api.create('Deployment', 'web', web));
      const scaled = ok(yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas: 2 } }));
      ok(yield* api.create('Deployment', 'app', web));
      const gone = ok(yield* api.delete('Deployment', 'web', {}));
      return { made: { first, scaled, gone }, events: yield* collect(api, first.metadata.resourceVersion, 3) };
    });
    expect(events.map(({ type }) => type)).toEqual(['modified', 'added', 'deleted']);
    expect(events[0]).toMatchObject({ object: made.scaled });
    expect(events[2]).toEqual({ type: 'deleted', object: made.scaled, resourceVersion: made.gone.resourceVersion });
  });

  test('the beginning of a watch takes a seat: who finds none is sent away', () => {
    const ends = ask(
      function* (api) {
        yield* api.ready(seconds(1));
        const streams = [api.watch('Deployment', 1), api.watch('Deployment', 1), api.watch('Deployment', 1)];
        const codes: string[] = [];
        for (const stream of streams) {
          const next = stream === null ? null : yield* stream.next(seconds(1));
          codes.push(next?.type === 'end' ? next.code : (next?.type ?? ''));
        }
        return codes;
      },
      // Of these the system's is one, and nobody waits.
      { design: { apiInFlightMax: 2, apiQueueMax: 0 } },
    );
    expect(ends).toContain('too-many-requests');
    expect(ends).toContain('idle');
  });

  test('a version that has left the window is gone', () => {
    const end = ask(
      function* (api, os) {
        const first = ok(yield* api.create('Deployment', 'web', web));
        for (let replicas = 2; replicas < 10; replicas++)
          ok(yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas } }));
        yield* os.sleep(ms(700));
        const stream = api.watch('Deployment', first.metadata.resourceVersion);
        return stream === null ? null : yield* stream.next(seconds(3));
      },
      { design: { watchCacheEvents: 4 } },
    );
    expect(end).toMatchObject({ type: 'end', code: 'gone' });
  });
});

describe('observations in consensus', () => {
  const placements = { 'status-blobs': 'consensus', 'workload-events': 'consensus' } as const;
  const toStore = { at: seconds(5), do: 'delay', from: 'api-*', to: 'store-*', oneWay: true } as const;

  test('are read as they were recorded last, and any may be recorded again', () => {
    const seen = ask(
      function* (api) {
        const read: string[] = [];
        for (const data of ['running 2', 'pending 1']) {
          ok(yield* api.record('StatusSample', 'node-1.web-1', { data }));
          read.push(ok(yield* api.readRecord('StatusSample', 'node-1.web-1')).data);
        }
        return read;
      },
      { design: { placements } },
    );
    expect(seen).toEqual(['running 2', 'pending 1']);
  });

  test('are not begun when the lease that they are to hang on comes so late that nobody waits any more', () => {
    const codes = ask(
      function* (api, os) {
        yield* os.sleep(seconds(5) - os.monotonicUs());
        return [
          codeOf(yield* api.record('StatusSample', 'node-1.web-1', { data: 'running 1' })),
          codeOf(yield* api.readRecord('StatusSample', 'node-1.web-1')),
        ];
      },
      {
        faults: [{ ...toStore, kind: 'store/lease-grant', byUs: seconds(1.2) }],
        design: { placements, apiRequestUs: seconds(1) },
      },
    );
    expect(codes).toEqual(['unavailable', 'not-found']);
  });

  test.each([
    [
      'StatusBlob',
      'the newest report of the newest life',
      [
        [1, 9],
        [1, 10],
        [2, 1],
      ],
    ],
    ['WorkloadEvent', 'the highest count', [[8], [9], [10]]],
  ] as const)('a %s stays %s, whatever comes after it by another way', (kind, _what, orders) => {
    const read: string[] = [];
    const told: string[] = [];
    const [first, older, newer] = orders.map((order) => ({ data: `${orderText(...order)} it says` }));
    const client = script(function* (api, os) {
      const elsewhere = new ApiClient(os, ['api-west-1'], defaultDesign);
      for (const each of [api, elsewhere]) told.push(codeOf(yield* each.record(kind, 'node-1', first!)));
      yield* os.sleep(seconds(5) - os.monotonicUs());
      os.spawn('on its way', api.record(kind, 'node-1', older!), (outcome) => void told.push(codeOf(outcome)));
      yield* os.sleep(ms(10));
      for (let n = 0; n < 2; n++) told.push(codeOf(yield* elsewhere.record(kind, 'node-1', newer!)));
      for (let n = 0; n < 2; n++) {
        read.push(ok(yield* elsewhere.readRecord(kind, 'node-1')).data);
        yield* os.sleep(seconds(2));
      }
    });
    const faults = [{ ...toStore, from: 'api-east-1', byUs: seconds(1), for: ms(5) }];
    runThrough(controlPlane({ faults, design: { placements }, processes: () => ({ client }) }));
    expect(told).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(read).toEqual([newer!.data, newer!.data]);
  });

  test('what says nothing of how far it has come replaces what stood there', () => {
    const data = ask(
      function* (api) {
        ok(yield* api.record('WorkloadEvent', 'started', { data: orderText(2) }));
        ok(yield* api.record('WorkloadEvent', 'started', { data: 'once' }));
        return ok(yield* api.readRecord('WorkloadEvent', 'started')).data;
      },
      { design: { placements } },
    );
    expect(data).toBe('once');
  });
});

test('an API server that acknowledges ahead of the store loses what it acknowledged', () => {
  const faults: Fault[] = [{ at: ms(2_900), do: 'partition', from: 'api-east-1', to: 'store-*', for: seconds(5) }];
  const codes = ask(
    function* (api, os) {
      const created = codeOf(yield* api.create('Deployment', 'web', web));
      yield* os.sleep(seconds(4));
      api.leave('api-east-1');
      return [created, codeOf(yield* api.get('Deployment', 'web'))];
    },
    { faults, defects: ['ack-before-commit'] },
  );
  expect(codes).toEqual(['ok', 'not-found']);
});
