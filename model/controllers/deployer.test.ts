import { expect, test } from 'vitest';
import { ms, seconds, type Co, type Fault, type Os, type Run } from '../../sim/index.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import { nodeLeaseName, type Deployment, type Workload } from '../api/resources/index.ts';
import type { Design } from '../design.ts';
import { ApiClient } from './api-client.ts';
import { collector } from './collector.ts';
import type { ControllerInspection } from './controller.ts';
import { deployer } from './deployer.ts';
import { Informer } from './informer.ts';

/** Stands for the agent of one node: keeps its lease, says of every workload placed on it that it runs, and ends it when it is deleted. */
function* agent(os: Os, design: Design, region: string): Co<never> {
  const api = new ApiClient(os, apiNames, design);
  yield* os.sleep(seconds(3));
  yield* api.create('Node', os.name, { region, capacity: 4 });
  const lease = nodeLeaseName(os.name);
  const spec = (renewals: number) => ({ holder: os.name, durationUs: design.nodeGraceUs, renewals });
  yield* api.create('Lease', lease, spec(0));
  const run = function* (): Co<never> {
    for (;;) {
      for (const { metadata, spec: placed, status } of workloads.cache.list()) {
        if (placed.node !== os.name) continue;
        if (metadata.deletionUs !== null) yield* api.delete('Workload', metadata.name, { uid: metadata.uid, graceUs: 0 });
        else if (status.phase === 'Pending') yield* api.updateStatus('Workload', metadata.name, 0, { phase: 'Running', ready: true, restarts: 0 });
      }
      yield* os.sleep(ms(100));
    }
  };
  const workloads = new Informer(os, { kind: 'Workload', client: api, design, defects: new Set(), changed: () => undefined });
  workloads.start();
  os.spawn('run', run());
  for (let renewals = 1; ; renewals++) {
    yield* api.renew(lease, 0, spec(renewals), seconds(1));
    yield* os.sleep(design.nodeLeaseUs);
  }
}

interface Outcome {
  readonly deployments: readonly Deployment[];
  readonly workloads: readonly Workload[];
  readonly run: Run;
}

/** Three nodes, two replicas of the controller, and a client that asks for deployments. Returns what stands in the API at the end. */
function deploy(ask: (api: ApiClient, os: Os) => Co<void>, options: { faults?: readonly Fault[]; seed?: number } = {}): Outcome {
  const seen: { deployments: readonly Deployment[]; workloads: readonly Workload[] } = { deployments: [], workloads: [] };
  const endUs = seconds(22);
  const run = controlPlane({
    ...options,
    endUs,
    processes: (design) => {
      const options = { design, defects: new Set<string>(), apiEndpoints: apiNames };
      const node = (region: string) => (os: Os) => ({ start: () => void os.spawn('agent', agent(os, design, region)) });
      return {
        'deployer-east': deployer(options),
        'deployer-west': deployer(options),
        'collector-west': collector(options),
        'node-east': node('east'),
        'node-west': node('west'),
        'node-north': node('north'),
        'client-east': script(ask, seconds(6)),
        'reader-west': script(function* (api) {
          const deployments = yield* api.list('Deployment');
          const workloads = yield* api.list('Workload');
          if (deployments.status === 'ok') seen.deployments = deployments.value.items as readonly Deployment[];
          if (workloads.status === 'ok') seen.workloads = workloads.value.items as readonly Workload[];
        }, endUs - seconds(2)),
      };
    },
  });
  runThrough(run);
  return { ...seen, run };
}

const web = { replicas: 3, image: 'a' };
const running = (workloads: readonly Workload[], image: string): number => workloads.filter(({ spec, status }) => spec.image === image && status.phase === 'Running').length;

test('a deployment gets its workloads, one in each region, and hears of them', () => {
  const { deployments, workloads } = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  });
  expect(workloads.map(({ spec }) => spec.node).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['node-east', 'node-north', 'node-west']);
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
  const { workloads } = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  }, { faults });
  expect(running(workloads, 'a')).toBe(3);
  expect(workloads.map(({ spec }) => spec.node)).not.toContain('node-west');
});

test('when all nodes fall silent together it suspects itself, and moves nothing', () => {
  const faults: Fault[] = ['node-east', 'node-west', 'node-north'].map((target) => ({ at: seconds(11), do: 'pause', target }));
  const before = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  });
  const after = deploy(function* (api) {
    yield* api.create('Deployment', 'web', web);
  }, { faults });
  const uids = ({ workloads }: Outcome): readonly string[] => workloads.map(({ metadata }) => metadata.uid);
  expect(uids(after)).toEqual(uids(before));
});

test('crashes of whoever leads, at any moment of a rollout, leave neither too many nor too few', () => {
  for (let seed = 1; seed <= 2; seed++) {
    const faults: Fault[] = [0, 1, 2].flatMap((n) => [
      { at: seconds(6) + ms(60 + 130 * seed + 2_700 * n), do: 'kill', target: 'deployer-east', for: ms(500) },
      { at: seconds(7) + ms(90 + 170 * seed + 2_300 * n), do: 'kill', target: 'deployer-west', for: ms(500) },
    ]);
    const { workloads, deployments, run } = deploy(function* (api, os) {
      yield* api.create('Deployment', 'web', web);
      yield* os.sleep(seconds(4));
      yield* api.update('Deployment', 'web', 0, { spec: { replicas: 4, image: 'b' } });
    }, { faults, seed });
    expect(workloads).toHaveLength(4);
    expect(running(workloads, 'b')).toBe(4);
    expect(deployments[0]?.status).toMatchObject({ observedGeneration: 2, readyReplicas: 4 });
    const leading = ['deployer-east', 'deployer-west'].filter((name) => (run.inspect(name).program as ControllerInspection).leading !== null);
    expect(leading).toHaveLength(1);
  }
});

test('only one node, no room for old and new together: the old ones make room', () => {
  const faults: Fault[] = ['node-west', 'node-north'].map((target) => ({ at: seconds(1), do: 'crash', target }));
  const { workloads } = deploy(function* (api, os) {
    yield* api.create('Deployment', 'web', { replicas: 4, image: 'a' });
    yield* os.sleep(seconds(4));
    yield* api.update('Deployment', 'web', 0, { spec: { replicas: 4, image: 'b' } });
  }, { faults });
  expect(running(workloads, 'b')).toBe(4);
  expect(workloads).toHaveLength(4);
});

test('a node that says it is not ready gets nothing new', () => {
  const { workloads } = deploy(function* (api) {
    yield* api.updateStatus('Node', 'node-west', 0, { readiness: 'not-ready' });
    yield* api.create('Deployment', 'web', web);
  });
  expect(workloads.map(({ spec }) => spec.node)).not.toContain('node-west');
  expect(running(workloads, 'a')).toBe(3);
});
