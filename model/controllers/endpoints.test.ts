import { expect, test } from 'vitest';
import { seconds, type Co, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { STANDING_MAX } from '../api/resources/deployment.ts';
import { nodeSpec, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { endpointsController } from './endpoints.ts';

const END_US: Micros = seconds(16);

interface Options {
  readonly defects?: readonly string[];
  readonly resyncUs?: Micros;
}

/** The endpoints of `web` at the end, by node; null when there are none. */
function publish(
  ask: (api: ApiClient, os: Os, owner: string) => Co<void>,
  { defects = [], resyncUs = seconds(5) }: Options = {},
): readonly string[] | null {
  let nodes: readonly string[] | null = null;
  runThrough(
    controlPlane({
      defects,
      design: { resyncUs },
      endUs: END_US,
      processes: (design) => ({
        'endpoints-east': endpointsController({ design, defects: new Set(defects), apiEndpoints: apiNames }),
        'client-east': script(function* (api, os) {
          for (const name of ['n1', 'n2']) yield* api.create('Node', name, nodeSpec());
          const made = yield* api.create('Deployment', 'web', { replicas: 2, image: 'a' });
          yield* api.create('Service', 'web', { deployment: 'web', mode: 'balanced' });
          yield* ask(api, os, made.status === 'ok' ? made.value.metadata.uid : '');
        }, seconds(5)),
        'reader-west': script(
          function* (api) {
            const found = yield* api.get('Endpoints', 'web');
            if (found.status === 'ok') nodes = found.value.spec.backends.map(({ node }) => node);
          },
          END_US - seconds(1),
        ),
      }),
    }),
  );
  return nodes;
}

function* ready(api: ApiClient, owner: string, name: string, node: string, isReady = true): Co<void> {
  yield* api.create('Workload', name, workloadSpec({ owner, ownerName: 'web', node }));
  yield* api.updateStatus('Workload', name, 0, workloadStatus({ phase: 'Running', ready: isReady }));
}

test('ready workloads of the deployment are published, and no others', () => {
  const nodes = publish(function* (api, _os, owner) {
    yield* ready(api, owner, 'w1', 'n1');
    yield* ready(api, owner, 'w2', 'n2', false);
    yield* ready(api, 'of an earlier deployment', 'w3', 'n2');
  });
  expect(nodes).toEqual(['n1']);
});

test('as many as a deployment may have can be published', () => {
  const nodes = publish(function* (api, _os, owner) {
    yield* api.delete('Service', 'web');
    const backends = Array.from({ length: STANDING_MAX }, (_, n) => ({
      workload: `${owner}-${n}`,
      node: `node-north-${n}`,
      region: 'north',
    }));
    const made = yield* api.create('Endpoints', 'all', { service: owner, mode: 'balanced', backends });
    expect(made.status).toBe('ok');
  });
  expect(nodes).toBeNull();
});

test('the last ones stay published while the deployment wants some, also when none is ready', () => {
  const ask = function* (api: ApiClient, os: Os, owner: string): Co<void> {
    yield* ready(api, owner, 'w1', 'n1');
    yield* os.sleep(seconds(2));
    yield* api.updateStatus('Workload', 'w1', 0, workloadStatus({ phase: 'Running', ready: false }));
  };
  expect(publish(ask)).toEqual(['n1']);
  expect(publish(ask, { defects: ['empty-selection-removes-all'] })).toEqual([]);
});

test('what somebody has taken away is published again, unless the controller does not watch what it owns', () => {
  const ask = function* (api: ApiClient, os: Os, owner: string): Co<void> {
    yield* ready(api, owner, 'w1', 'n1');
    yield* os.sleep(seconds(2));
    yield* api.delete('Endpoints', 'web');
  };
  const resyncUs = seconds(600);
  expect(publish(ask, { resyncUs })).toEqual(['n1']);
  expect(publish(ask, { resyncUs, defects: ['endpoints-not-watched'] })).toBeNull();
});

test('with their service they go', () => {
  const nodes = publish(function* (api, os, owner) {
    yield* ready(api, owner, 'w1', 'n1');
    yield* os.sleep(seconds(2));
    yield* api.delete('Service', 'web');
  });
  expect(nodes).toBeNull();
});

test('what runs on a node that it has not heard of is published when it hears of it', () => {
  const nodes = publish(
    function* (api, os, owner) {
      yield* ready(api, owner, 'w1', 'n3');
      yield* os.sleep(seconds(2));
      yield* api.create('Node', 'n3', nodeSpec());
    },
    { resyncUs: seconds(600) },
  );
  expect(nodes).toEqual(['n3']);
});
