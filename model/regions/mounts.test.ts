import { expect, test } from 'vitest';
import { Channel, seconds, type Boundary, type Co, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { volumeSpec, workloadSpec } from '../api/testing/objects.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { provisionMethod } from '../outside/cloud-methods.ts';
import { cloudProvider } from '../outside/cloud.ts';
import { attachMethod, detachMethod } from '../outside/volume-methods.ts';
import { containerBoundary, type ContainerEvent } from './container.ts';
import { volumeUseBoundary, type VolumeUse } from './mounts.ts';
import { nodeAgent } from './node-agent.ts';

const NODE = 'node-east-1';
const CLOUD = 'cloud-north';
const fence = { role: 'provisioner', token: 1 };

type Noted<T> = T & { readonly atUs: Micros };

interface Seen {
  readonly uses: readonly Noted<VolumeUse>[];
  readonly starts: readonly Noted<ContainerEvent>[];
}

/**
 * One node, the cloud, and a client in the place of all controllers, which begins when a workload
 * with a volume is bound to the node.
 */
function withVolume(ask: (api: ApiClient, cloud: Channel, workload: string, os: Os) => Co<void>): Seen {
  const [uses, starts]: [Noted<VolumeUse>[], Noted<ContainerEvent>[]] = [[], []];
  const run = controlPlane({
    design: { volumes: true },
    endUs: seconds(20),
    processes: (design) => {
      const options = { design, defects: new Set<string>() };
      return {
        [CLOUD]: cloudProvider(options),
        [NODE]: nodeAgent({
          ...options,
          region: 'east',
          apiEndpoints: apiNames,
          registries: [],
          collectors: [],
          statusStores: [],
          cloud: CLOUD,
        }),
        'client-west': script(function* (api, os) {
          yield* api.create('Cluster', 'east', { region: 'east' });
          yield* api.create('Volume', 'db-0', volumeSpec());
          const bound = yield* api.create('Workload', 'db-0', workloadSpec({ node: NODE, identity: 'db-0', volume: 'db-0' }));
          if (bound.status === 'ok') yield* ask(api, new Channel(os, [CLOUD]), bound.value.metadata.uid, os);
        }, seconds(4)),
      };
    },
  });
  run.observe({
    crossed(_, what, body) {
      if (what === (volumeUseBoundary as Boundary)) uses.push({ ...(body as VolumeUse), atUs: run.nowUs });
      else if (what === (containerBoundary as Boundary) && (body as ContainerEvent).what === 'started')
        starts.push({ ...(body as ContainerEvent), atUs: run.nowUs });
    },
  });
  runThrough(run);
  return { uses, starts };
}

/** Has the cloud make the volume and attach it, and says so to the API. */
function* attach(api: ApiClient, cloud: Channel, workload: string, confirmed = true): Co<void> {
  yield* cloud.call(provisionMethod, { operationId: 'made', fence, owner: 'v', generation: 1, sizeGb: 1 }, seconds(1));
  yield* cloud.call(
    attachMethod,
    { operationId: `attach/${workload}`, fence, resource: 'vol-1', workload, node: NODE },
    seconds(1),
  );
  const attachment = { workload, node: NODE, epoch: confirmed ? 1 : 0 };
  yield* api.updateStatus('Volume', 'db-0', 0, { resource: 'vol-1', attachment });
}

test('a workload with a volume begins when that is attached for it, and writes under the epoch of the attachment', () => {
  const { uses, starts } = withVolume(function* (api, cloud, workload, os) {
    yield* os.sleep(seconds(4));
    yield* attach(api, cloud, workload);
  });
  expect(starts).toHaveLength(1);
  expect(starts[0]?.atUs).toBeGreaterThan(seconds(8));
  expect(uses[0]).toMatchObject({ what: 'mounted', length: 0, volume: { resource: 'vol-1', epoch: 1 } });
  expect(uses.slice(1, 4).map(({ what, length }) => `${what} ${length}`)).toEqual(['written 1', 'written 2', 'written 3']);
});

test('one that is attached for another workload, or about to be attached, is none', () => {
  const never = withVolume(function* (api, cloud, workload) {
    yield* attach(api, cloud, workload, false);
  });
  expect(never.starts).toEqual([]);
  const other = withVolume(function* (api, cloud) {
    yield* attach(api, cloud, 'somebody-else');
  });
  expect(other.starts).toEqual([]);
});

test('a workload whose volume was taken away is told of no write any more', () => {
  const { uses } = withVolume(function* (api, cloud, workload, os) {
    yield* attach(api, cloud, workload);
    yield* os.sleep(seconds(5));
    yield* cloud.call(detachMethod, { operationId: `detach/${workload}`, fence, resource: 'vol-1', workload }, seconds(1));
  });
  expect(uses.length).toBeGreaterThan(5);
  expect(uses.at(-1)?.atUs).toBeLessThan(seconds(11));
});
