import { expect, test } from 'vitest';
import { byCodeUnit, ms, seconds, type Boot, type Co, type Fault, type Os, type Program, type Run } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { DRAIN_TAINT, type Deployment, type Workload } from '../api/resources/index.ts';
import { nodeAgent } from '../regions/node-agent.ts';
import { garbageCollector } from './garbage-collector.ts';
import type { ControllerInspection } from './machinery/controller.ts';
import { deployer } from './deployer.ts';
import { lifecycle } from './node-lifecycle/node-lifecycle.ts';
import { scheduler } from './scheduler.ts';

interface Outcome {
  readonly deployments: readonly Deployment[];
  readonly workloads: readonly Workload[];
  readonly run: Run;
}

/**
 * Three nodes, two replicas of the controller, whoever places and watches over workloads, and a client that asks for deployments;
 * `alter` changes the controllers' way to the API. Returns what stands in the API at the end.
 */
function deploy(
  ask: (api: ApiClient, os: Os) => Co<void>,
  { alter, ...options }: { faults?: readonly Fault[]; seed?: number; alter?: (client: ApiClient) => void } = {},
): Outcome {
  const seen: { deployments: readonly Deployment[]; workloads: readonly Workload[] } = { deployments: [], workloads: [] };
  const endUs = seconds(26);
  const run = controlPlane({
    ...options,
    endUs,
    processes: (design) => {
      const options = { design, defects: new Set<string>(), apiEndpoints: apiNames };
      const replica: Boot = (os) => {
        const program = deployer(options)(os);
        alter?.((program as Program & { readonly client: ApiClient }).client);
        return program;
      };
      const node = (region: string) =>
        nodeAgent({ ...options, region, registries: [], collectors: [], statusStores: [], cloud: 'cloud' });
      return {
        'deployer-east': replica,
        'deployer-west': replica,
        'collector-west': garbageCollector(options),
        'scheduler-west': scheduler(options),
        'lifecycle-north': lifecycle({ ...options, regions: ['east', 'west', 'north'] }),
        'node-east': node('east'),
        'node-west': node('west'),
        'node-north': node('north'),
        'client-east': script(ask, seconds(6)),
        'reader-west': script(
          function* (api) {
            const deployments = yield* api.list('Deployment');
            const workloads = yield* api.list('Workload');
            if (deployments.status === 'ok') seen.deployments = deployments.value.items as readonly Deployment[];
            if (workloads.status === 'ok') seen.workloads = workloads.value.items as readonly Workload[];
          },
          endUs - seconds(2),
        ),
      };
    },
  });
  runThrough(run);
  return { ...seen, run };
}

const web = { replicas: 3, image: 'a' };
const running = (workloads: readonly Workload[], image: string): number =>
  workloads.filter(({ spec, status }) => spec.image === image && status.phase === 'Running').length;

test('a deployment gets its workloads, one in each region, and hears of them', () => {
  const { deployments, workloads } = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  });
  expect(workloads.map(({ spec }) => spec.node).toSorted(byCodeUnit)).toEqual(['node-east', 'node-north', 'node-west']);
  expect(deployments[0]?.status).toMatchObject({ observedGeneration: 1, readyReplicas: 3 });
});

test('scale, roll out, delete: what remains is what was asked for last', () => {
  const { deployments, workloads } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* api.create('Deployment', 'gone', web);
    yield* os.sleep(seconds(3));
    yield* api.update('Deployment', 'web', 0, { spec: { replicas: 2, image: 'a' } });
    yield* os.sleep(seconds(2));
    yield* api.update('Deployment', 'web', 0, { spec: { replicas: 2, image: 'b' } });
    yield* api.delete('Deployment', 'gone');
  });
  expect(workloads.map(({ spec }) => [spec.ownerName, spec.image, spec.ownerGeneration])).toEqual([
    ['web', 'b', 3],
    ['web', 'b', 3],
  ]);
  expect(deployments[0]?.status).toMatchObject({ observedGeneration: 3, readyReplicas: 2 });
});

test('a deployment that is deleted and declared again under its name keeps nothing of the old one', () => {
  const { deployments, workloads } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* os.sleep(seconds(3));
    yield* api.delete('Deployment', 'web');
    yield* api.create('Deployment', 'web', { replicas: 1, image: 'b' });
  });
  expect(workloads.map(({ spec }) => spec.owner)).toEqual([deployments[0]?.metadata.uid]);
});

test('workloads of a node that falls silent move elsewhere', () => {
  const faults: Fault[] = [{ at: seconds(11), do: 'crash', target: 'node-west' }];
  const { workloads } = deploy(
    function* (api) {
      yield* api.create('Deployment', 'web', web);
    },
    { faults },
  );
  expect(running(workloads, 'a')).toBe(3);
  expect(workloads.map(({ spec }) => spec.node)).not.toContain('node-west');
});

test('when all nodes fall silent together it suspects itself, and moves nothing', () => {
  const faults: Fault[] = ['node-east', 'node-west', 'node-north'].map((target) => ({ at: seconds(11), do: 'pause', target }));
  const before = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  });
  const after = deploy(
    function* (api) {
      yield* api.create('Deployment', 'web', web);
    },
    { faults },
  );
  const uids = ({ workloads }: Outcome): readonly string[] => workloads.map(({ metadata }) => metadata.uid);
  expect(uids(after)).toEqual(uids(before));
});

test('crashes of whoever leads, at any moment of a rollout, leave neither too many nor too few', () => {
  for (let seed = 1; seed <= 2; seed++) {
    const faults: Fault[] = [0, 1, 2].flatMap((n) => [
      { at: seconds(6) + ms(60 + 130 * seed + 2_700 * n), do: 'kill', target: 'deployer-east', for: ms(500) },
      { at: seconds(7) + ms(90 + 170 * seed + 2_300 * n), do: 'kill', target: 'deployer-west', for: ms(500) },
    ]);
    const { workloads, deployments, run } = deploy(
      function* (api, os) {
        yield* api.create('Deployment', 'web', web);
        yield* os.sleep(seconds(4));
        yield* api.update('Deployment', 'web', 0, { spec: { replicas: 4, image: 'b' } });
      },
      { faults, seed },
    );
    expect(workloads).toHaveLength(4);
    expect(running(workloads, 'b')).toBe(4);
    expect(deployments[0]?.status).toMatchObject({ observedGeneration: 2, readyReplicas: 4 });
    const leading = ['deployer-east', 'deployer-west'].filter(
      (name) => (run.inspect(name).program as ControllerInspection).leading !== null,
    );
    expect(leading).toHaveLength(1);
  }
});

test('what was not answered is asked again as the same, also after a repetition that was refused', () => {
  const names: string[] = [];
  const spoilt = (client: ApiClient): void => {
    const create = client.create.bind(client);
    client.create = function* (kind, name, ...rest) {
      if (kind === 'Workload') names.push(name);
      if (kind === 'Workload' && names.length === 1) return { status: 'unknown', reason: 'deadline' };
      if (kind === 'Workload' && names.length === 2) return { status: 'refused', code: 'unavailable', message: '' };
      return yield* create(kind, name, ...rest);
    };
  };
  deploy(
    function* (api) {
      yield* api.create('Deployment', 'web', { ...web, replicas: 1 });
    },
    { alter: spoilt },
  );
  expect(names).toHaveLength(3);
  expect(new Set(names).size).toBe(1);
});

test('what the API says is gone counts for nothing, although the cache still shows it', () => {
  const asked: string[] = [];
  const forgetful = (client: ApiClient): void => {
    const remove = client.delete.bind(client);
    client.delete = function* (kind, name, ...rest) {
      if (kind !== 'Workload') return yield* remove(kind, name, ...rest);
      asked.push(name);
      if (asked.length > 1) return yield* remove(kind, name, ...rest);
      return { status: 'refused', code: 'not-found', message: '' };
    };
  };
  const { deployments, workloads } = deploy(
    function* (api, os) {
      yield* api.create('Deployment', 'web', web);
      yield* os.sleep(seconds(3));
      yield* api.update('Deployment', 'web', 0, { spec: { ...web, image: 'b' } });
    },
    { alter: forgetful },
  );
  // It stands there still, as only the cache of a real one would have it: nobody takes it for one of the three.
  expect(workloads.map(({ metadata }) => metadata.name)).toContain(asked[0]);
  expect(asked).toHaveLength(3);
  expect(new Set(asked).size).toBe(3);
  expect(running(workloads, 'b')).toBe(3);
  expect(deployments[0]?.status).toMatchObject({ observedGeneration: 2, readyReplicas: 3, updatedReplicas: 3 });
});

test('a version that never gets ready is rolled back to the one before it', () => {
  const { workloads, deployments } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* os.sleep(seconds(3));
    yield* api.update('Deployment', 'web', 0, { spec: { ...web, image: 'registry/broken@1' } });
    yield* os.sleep(seconds(2));
    const seen = yield* api.get('Deployment', 'web');
    expect(seen.status === 'ok' && seen.value.status).toMatchObject({ history: ['a', 'registry/broken@1'], readyReplicas: 3 });
    yield* api.update('Deployment', 'web', 0, { spec: web });
  });
  expect(running(workloads, 'a')).toBe(3);
  expect(workloads).toHaveLength(3);
  expect(deployments[0]?.status).toMatchObject({ history: ['registry/broken@1', 'a'], readyReplicas: 3, updatedReplicas: 3 });
});

test('a paused roll-out keeps what was rolled out last, and scales it', () => {
  const { workloads } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* os.sleep(seconds(2));
    yield* api.update('Deployment', 'web', 0, { spec: { replicas: 4, image: 'b', paused: true } });
  });
  expect(running(workloads, 'a')).toBe(4);
  expect(workloads).toHaveLength(4);
});

test('a roll-out that is paused under way stays as it is, and goes on when it is resumed', () => {
  const six = { replicas: 6, image: 'b' };
  const counted: string[] = [];
  const { workloads } = deploy(function* (api, os) {
    const look = function* (): Co<void> {
      const listed = yield* api.list('Workload');
      if (listed.status === 'ok')
        counted.push(
          ['a', 'b']
            .map(
              (image) =>
                (listed.value.items as readonly Workload[]).filter(
                  ({ metadata, spec }) => metadata.deletionUs === null && spec.image === image,
                ).length,
            )
            .join('+'),
        );
    };
    yield* api.create('Deployment', 'web', { ...six, image: 'a' });
    yield* os.sleep(seconds(4));
    yield* api.update('Deployment', 'web', 0, { spec: six });
    yield* os.sleep(ms(900));
    yield* api.update('Deployment', 'web', 0, { spec: { ...six, paused: true } });
    yield* os.sleep(ms(500));
    yield* look();
    yield* os.sleep(seconds(6));
    yield* look();
    yield* api.update('Deployment', 'web', 0, { spec: six });
  });
  expect(counted).toEqual(['6+1', '6+1']);
  expect(running(workloads, 'b')).toBe(6);
});

test('what is paused before it has begun runs nothing', () => {
  const { workloads, deployments } = deploy(function* (api) {
    yield* api.create('Deployment', 'web', { ...web, paused: true });
  });
  expect(workloads).toEqual([]);
  expect(deployments[0]?.status).toMatchObject({ observedGeneration: 1, readyReplicas: 0, history: [] });
});

test('identities keep their names over a roll-out, and are never two of a name', () => {
  const { workloads, deployments } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'db', { ...web, identity: 'stable' });
    yield* os.sleep(seconds(4));
    yield* api.update('Deployment', 'db', 0, { spec: { ...web, image: 'b', identity: 'stable' } });
  });
  expect(workloads.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
  expect(running(workloads, 'b')).toBe(3);
  expect(deployments[0]?.status.readyReplicas).toBe(3);
});

test('a node that is drained is emptied, and gets nothing new', () => {
  const { workloads } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* os.sleep(seconds(3));
    const node = yield* api.get('Node', 'node-west');
    if (node.status === 'ok')
      yield* api.update('Node', 'node-west', 0, {
        spec: { ...node.value.spec, unschedulable: true, taints: [{ key: DRAIN_TAINT, effect: 'no-execute' }] },
      });
  });
  expect(workloads.map(({ spec }) => spec.node)).not.toContain('node-west');
  expect(running(workloads, 'a')).toBe(3);
});
