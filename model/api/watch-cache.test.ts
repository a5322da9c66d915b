import { describe, expect, test } from 'vitest';
import { Channel, ms, seconds, type CallOutcome, type Co, type Fault, type Os } from '../../sim/index.ts';
import type { ApiClient } from './client/api-client.ts';
import { listMethod, type ResourceEvent } from './methods.ts';
import type { ApiServerInspection } from './server.ts';
import { apiNames, controlPlane, runThrough, script } from './testing/world.ts';

const web = { replicas: 1, image: 'app@sha256:aa' };

/** Runs one script against the API and returns what it yields. */
function ask<T>(
  body: (api: ApiClient, os: Os) => Co<T>,
  options: { faults?: readonly Fault[]; design?: object; defects?: readonly string[] } = {},
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

function* makeThree(api: ApiClient): Co<readonly number[]> {
  const versions: number[] = [];
  for (const name of ['a', 'b', 'c']) versions.push(ok(yield* api.create('Deployment', name, web)).metadata.resourceVersion);
  return versions;
}

/** Nothing of the store comes to this server any more. */
const cutOff: readonly Fault[] = [{ at: ms(3_800), do: 'partition', from: 'api-east-1', to: 'store-*', for: seconds(6) }];

describe('reads', () => {
  test('a consistent list shows what another server has just acknowledged', () => {
    const names = ask(function* (api) {
      ok(yield* api.create('Deployment', 'a', web));
      api.leave('api-east-1');
      ok(yield* api.create('Deployment', 'b', web));
      api.leave('api-west-1');
      return ok(yield* api.list('Deployment')).items.map(({ metadata }) => metadata.name);
    });
    expect(names).toEqual(['a', 'b']);
  });

  test('a server that is cut off from the store still says what its cache holds, and nothing newer', () => {
    const answers = ask(
      function* (api, os) {
        const [first = 0] = yield* makeThree(api);
        yield* os.sleep(seconds(1));
        const any = ok(yield* api.list('Deployment', 'any'));
        return [
          any.items.length,
          codeOf(yield* api.list('Deployment', 'not-older', first)),
          codeOf(yield* api.list('Deployment', 'not-older', any.resourceVersion + 50)),
          codeOf(yield* api.get('Deployment', 'a', 'any')),
        ];
      },
      { faults: cutOff },
    );
    expect(answers).toEqual([3, 'ok', 'too-large-version', 'ok']);
  });

  test('an exact version is what was there then, until it is compacted', () => {
    const told = ask(
      function* (api, os) {
        const [, second = 0] = yield* makeThree(api);
        const then = ok(yield* api.list('Deployment', 'exact', second));
        const future = codeOf(yield* api.list('Deployment', 'exact', second + 1_000));
        for (let replicas = 2; replicas < 8; replicas++)
          ok(yield* api.update('Deployment', 'a', 0, { spec: { ...web, replicas } }));
        yield* os.sleep(ms(900));
        return [then.items.length, future, codeOf(yield* api.list('Deployment', 'exact', second))];
      },
      { design: { compactEveryUs: ms(300), keepRevisions: 2 } },
    );
    expect(told).toEqual([2, 'too-large-version', 'gone']);
  });

  test('pages are of one state, whatever is written between them, and end when that is compacted', () => {
    const told = ask(
      function* (api, os) {
        yield* makeThree(api);
        const first = ok(yield* api.page('Deployment', 2));
        ok(yield* api.delete('Deployment', 'c'));
        const second = ok(yield* api.page('Deployment', 2, first.continueFrom));
        for (let replicas = 2; replicas < 8; replicas++)
          ok(yield* api.update('Deployment', 'a', 0, { spec: { ...web, replicas } }));
        yield* os.sleep(ms(900));
        return {
          names: [...first.items, ...second.items].map(({ metadata }) => metadata.name),
          end: second.continueFrom,
          late: codeOf(yield* api.page('Deployment', 2, first.continueFrom)),
          odd: codeOf(yield* api.page('Deployment', 2, 'x')),
        };
      },
      { design: { compactEveryUs: ms(600), keepRevisions: 2 } },
    );
    expect(told).toEqual({ names: ['a', 'b', 'c'], end: '', late: 'gone', odd: 'invalid' });
  });
});

describe('watches', () => {
  function* drain(api: ApiClient, from: number, forUs: number, os: Os): Co<readonly ResourceEvent[]> {
    yield* api.ready(seconds(1));
    const stream = api.watch('Deployment', from);
    const untilUs = os.monotonicUs() + forUs;
    const events: ResourceEvent[] = [];
    while (stream !== null && os.monotonicUs() < untilUs) {
      const next = yield* stream.next(Math.max(1, untilUs - os.monotonicUs()));
      if (next.type === 'end') break;
      if (next.type === 'item') events.push(next.item);
    }
    return events;
  }

  test('a watch from nowhere begins with what there is', () => {
    const events = ask(function* (api, os) {
      yield* makeThree(api);
      yield* os.sleep(ms(200));
      return yield* drain(api, 0, ms(100), os);
    });
    expect(
      events
        .filter(({ type }) => type !== 'bookmark')
        .map((event) => [event.type, 'object' in event ? event.object.metadata.name : '']),
    ).toEqual([
      ['added', 'a'],
      ['added', 'b'],
      ['added', 'c'],
    ]);
  });

  test('a quiet watch is told how far it has come', () => {
    const [last, events] = ask(function* (api, os) {
      const versions = yield* makeThree(api);
      for (let renewals = 1; renewals < 4; renewals++)
        yield* api.create('Lease', `l${renewals}`, { holder: 'x', durationUs: 1, renewals });
      return [versions.at(-1) ?? 0, yield* drain(api, versions.at(-1) ?? 0, seconds(3), os)] as const;
    });
    expect(events.length).toBeGreaterThan(0);
    for (const { type, resourceVersion } of events) expect([type, resourceVersion > last]).toEqual(['bookmark', true]);
  });

  test('a watch that its client has ended is forgotten', () => {
    const boot = script(function* (api, os) {
      for (let n = 0; n < 3; n++) {
        yield* api.ready(seconds(1));
        const stream = api.watch('Deployment', 0);
        yield* os.sleep(ms(100));
        stream?.cancel();
      }
    });
    const run = runThrough(controlPlane({ processes: () => ({ client: boot }) }));
    const watchers = apiNames.flatMap((server) =>
      (run.inspect(server).program as ApiServerInspection).caches.map((cache) => cache.watchers),
    );
    expect(Math.max(...watchers)).toBe(0);
  });

  test('a server that has started anew knows nothing of what was before', () => {
    const end = ask(
      function* (api, os) {
        const [first = 0] = yield* makeThree(api);
        yield* os.sleep(seconds(2));
        yield* api.ready(seconds(1));
        api.leave('api-west-1');
        yield* api.ready(seconds(1));
        const stream = api.watch('Deployment', first);
        return stream === null ? null : yield* stream.next(seconds(2));
      },
      { faults: [{ at: seconds(4), do: 'kill', target: 'api-east-1', for: ms(300) }] },
    );
    expect(end).toMatchObject({ type: 'end', code: 'gone' });
  });
});

test('whoever asks too much at once is told to come back, and a client that does is served', () => {
  const [plain, patient] = ask(
    function* (api, os) {
      yield* makeThree(api);
      const channel = new Channel(os, ['api-east-1']);
      yield* channel.ready(seconds(1));
      const codes: string[] = [];
      const served: string[] = [];
      for (let n = 0; n < 12; n++) {
        os.spawn(
          'plain',
          channel.call(listMethod, { kind: 'Deployment' }, seconds(2)),
          (outcome) => void codes.push(codeOf(outcome)),
        );
        os.spawn('patient', api.list('Deployment'), (outcome) => void served.push(codeOf(outcome)));
      }
      yield* os.sleep(seconds(3));
      return [codes, served] as const;
    },
    { design: { apiInFlightMax: 3, apiQueueMax: 2 } },
  );
  expect(plain).toContain('too-many-requests');
  expect(patient).toEqual(Array.from({ length: 12 }, () => 'ok'));
});
