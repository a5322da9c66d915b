import { expect, test } from 'vitest';
import { ms, seconds, type Boot, type Co, type Micros, type Os, type Program } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { nodeSpec, workloadSpec } from '../api/testing/objects.ts';
import type { Workload } from '../api/resources/index.ts';
import { scheduler } from './scheduler.ts';

const END_US: Micros = seconds(18);

/**
 * Where workloads are at the end, by their names; two replicas of the controller, whose way to the API `alter`
 * changes, and a region that is in service.
 */
function schedule(
  ask: (api: ApiClient, os: Os) => Co<void>,
  faults: Parameters<typeof controlPlane>[0]['faults'] = [],
  resyncUs: Micros = seconds(5),
  alter?: (client: ApiClient, os: Os) => void,
): Readonly<Record<string, string>> {
  let placed: Record<string, string> = {};
  runThrough(
    controlPlane({
      faults,
      design: { resyncUs },
      endUs: END_US,
      processes: (design) => {
        const boot: Boot = (os) => {
          const program = scheduler({ design, defects: new Set(), apiEndpoints: apiNames })(os);
          alter?.((program as Program & { readonly client: ApiClient }).client, os);
          return program;
        };
        return {
          'scheduler-east': boot,
          'scheduler-west': boot,
          'client-west': script(function* (api, os) {
            yield* api.create('Cluster', 'east', { region: 'east' });
            yield* ask(api, os);
          }, seconds(5)),
          'reader-west': script(
            function* (api) {
              const listed = yield* api.list('Workload');
              if (listed.status === 'ok')
                placed = Object.fromEntries(
                  (listed.value.items as readonly Workload[]).map(({ metadata, spec }) => [metadata.name, spec.node]),
                );
            },
            END_US - seconds(1),
          ),
        };
      },
    }),
  );
  return placed;
}

function* node(api: ApiClient, name: string, capacity: number): Co<void> {
  yield* api.create('Node', name, nodeSpec({ region: 'east', capacity }));
}

function* workloads(api: ApiClient, count: number): Co<void> {
  for (let n = 0; n < count; n++) yield* api.create('Workload', `w${n}`, workloadSpec());
}

test('what has no node gets one, and no node more than it can hold', () => {
  const placed = schedule(function* (api) {
    yield* node(api, 'n1', 2);
    yield* node(api, 'n2', 1);
    yield* workloads(api, 4);
  });
  const nodes = Object.values(placed).sort();
  expect(nodes).toEqual(['', 'n1', 'n1', 'n2']);
});

test('where there is no room it waits, and a new node is room', () => {
  const placed = schedule(function* (api, os) {
    yield* node(api, 'n1', 1);
    yield* workloads(api, 2);
    yield* os.sleep(seconds(4));
    yield* node(api, 'n2', 1);
  });
  expect(Object.values(placed).sort()).toEqual(['n1', 'n2']);
});

test('a second one waits for a region that has no node yet, for as long as a node may be silent', () => {
  const twoRegions = (lateUs: Micros) =>
    schedule(function* (api, os) {
      yield* node(api, 'n1', 9);
      yield* api.create('Cluster', 'west', { region: 'west' });
      yield* workloads(api, 2);
      yield* os.sleep(lateUs);
      yield* api.create('Node', 'n2', nodeSpec({ region: 'west' }));
    });
  expect(Object.values(twoRegions(seconds(2))).sort()).toEqual(['n1', 'n2']);
  expect(Object.values(twoRegions(seconds(8))).sort()).toEqual(['n1', 'n1']);
});

test('so it does while the first regions of the platform come into service', () => {
  const placed = schedule(function* (api, os) {
    yield* node(api, 'n1', 9);
    yield* api.update('Cluster', 'east', 0, { metadata: { labels: { bootstrap: 'unfinished' } } });
    yield* workloads(api, 2);
    yield* os.sleep(seconds(1));
    yield* api.create('Cluster', 'west', { region: 'west' });
    yield* api.create('Node', 'n2', nodeSpec({ region: 'west' }));
    yield* api.update('Cluster', 'east', 0, { metadata: { labels: {} } });
  });
  expect(Object.values(placed).sort()).toEqual(['n1', 'n2']);
});

test('a leader whose watch is late does not place twice where there is room once', () => {
  const placed = schedule(
    function* (api) {
      yield* node(api, 'n1', 2);
      yield* node(api, 'n2', 2);
      yield* workloads(api, 4);
    },
    [{ at: seconds(5), do: 'delay', from: 'api-*', to: 'scheduler-*', kind: 'api/watch', byUs: seconds(1), for: seconds(8) }],
  );
  expect(Object.values(placed).sort()).toEqual(['n1', 'n1', 'n2', 'n2']);
});

test('an answer that comes when another one bears the name leaves that one to be placed', () => {
  const late = {
    at: seconds(6),
    do: 'delay',
    from: 'store-*',
    to: 'api-east-*',
    oneWay: true,
    byUs: ms(1_500),
    kind: 'store/txn',
    for: ms(800),
  } as const;
  const placed = schedule(
    function* (api, os) {
      yield* node(api, 'n1', 9);
      yield* os.sleep(seconds(6.2) - os.monotonicUs());
      yield* workloads(api, 1);
      yield* os.sleep(ms(300));
      yield* api.delete('Workload', 'w0', { graceUs: 0 });
      yield* workloads(api, 1);
    },
    [late],
    seconds(600),
  );
  expect(placed).toEqual({ w0: 'n1' });
});

test('a binding of which nobody knows whether it is in force takes its room, and is tried again', () => {
  let bindings = 0;
  const impatient = (client: ApiClient, os: Os): void => {
    const update = client.update.bind(client);
    client.update = function* (...change) {
      if (bindings++ > 0) return yield* update(...change);
      os.spawn('binds', update(...change));
      return { status: 'unknown', reason: 'deadline' };
    };
  };
  const placed = schedule(
    function* (api) {
      yield* workloads(api, 2);
      yield* node(api, 'n1', 1);
      yield* node(api, 'n2', 1);
    },
    [],
    seconds(5),
    impatient,
  );
  expect(Object.values(placed).sort()).toEqual(['n1', 'n2']);
});
