import { describe, expect, test } from 'vitest';
import { ms, seconds, type Boundary, type Co, type Fault, type Kind, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { VOLUME_FINALIZER, type Volume, type VolumeStatus, type Workload } from '../api/resources/index.ts';
import { metadata, volumeSpec, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { Design } from '../design.ts';
import { acceptedBoundary, type AcceptedAction } from '../outside/accepted.ts';
import type { CloudInspection } from '../outside/account.ts';
import { cloudProvider } from '../outside/cloud.ts';
import { detachMethod } from '../outside/volume-methods.ts';
import { provisioner } from './provisioner.ts';
import { lag, lagging, laggingDesign, sightings } from './testing/lagging.ts';
import { volumeStep } from './volumes.ts';

const volume = (status: Partial<VolumeStatus> = {}, deleted = false): Volume => ({
  kind: 'Volume',
  metadata: metadata('db-0', { uid: 'v', deletionUs: deleted ? 1 : null }),
  spec: volumeSpec(),
  status: { resource: 'vol-1', attachment: null, ...status },
});

const user = (uid: string, node = 'node-east-1', deleted = false): Workload => ({
  kind: 'Workload',
  metadata: metadata('db-0', { uid, deletionUs: deleted ? 1 : null }),
  spec: workloadSpec({ identity: 'db-0', node, volume: 'db-0' }),
  status: workloadStatus(),
});

const held = { attachment: { workload: 'w1', node: 'node-east-1', epoch: 1 } };

describe('what is to be done about a volume', () => {
  test('it is made, it is noted where it is about to be attached, and then it is attached', () => {
    expect(volumeStep(volume({ resource: '' }), user('w1'))).toEqual({ do: 'provision' });
    const intent = { workload: 'w1', node: 'node-east-1', epoch: 0 };
    expect(volumeStep(volume(), user('w1'))).toEqual({ do: 'intend', attachment: intent });
    expect(volumeStep(volume({ attachment: intent }), user('w1'))).toEqual({ do: 'attach', attachment: intent });
    expect(volumeStep(volume(held), user('w1'))).toEqual({ do: 'nothing' });
  });

  test('a workload without a node, or on its way out, gets none', () => {
    expect(volumeStep(volume(), user('w1', ''))).toEqual({ do: 'nothing' });
    expect(volumeStep(volume(), user('w1', 'node-east-1', true))).toEqual({ do: 'nothing' });
    expect(volumeStep(volume(), undefined)).toEqual({ do: 'nothing' });
  });

  test('it stays where it is until its workload is gone, however long that has been deleted', () => {
    expect(volumeStep(volume(held), user('w1', 'node-east-1', true))).toEqual({ do: 'nothing' });
    expect(volumeStep(volume(held), undefined)).toMatchObject({ do: 'detach' });
    expect(volumeStep(volume(held), user('w2', 'node-west-1'))).toMatchObject({ do: 'detach' });
  });

  test('a deleted one waits for whoever uses it, is detached, and then given back', () => {
    expect(volumeStep(volume(held, true), user('w1'))).toEqual({ do: 'nothing' });
    expect(volumeStep(volume(held, true), undefined)).toMatchObject({ do: 'detach' });
    expect(volumeStep(volume({}, true), user('w1'))).toEqual({ do: 'nothing' });
    expect(volumeStep(volume({}, true), undefined)).toEqual({ do: 'release' });
  });
});

interface Outcome {
  readonly volumes: readonly Volume[];
  readonly actions: readonly AcceptedAction[];
  /** How often the cloud was asked to detach something. */
  readonly detachRequests: number;
  /** What the replica in the east, which leads, comes to see. */
  readonly sightings: readonly string[];
  /** When the cloud did each of them first. */
  readonly firstUs: ReadonlyMap<string, Micros>;
  readonly cloud: CloudInspection;
}

/** Two replicas of the provisioner, the cloud, and a client that stands for everybody else. */
function provide(
  ask: (api: ApiClient, os: Os) => Co<void>,
  options: { readonly faults?: readonly Fault[]; readonly defects?: readonly string[]; readonly design?: Partial<Design> } = {},
): Outcome {
  const seen: { volumes: readonly Volume[] } = { volumes: [] };
  const endUs = seconds(20);
  const run = controlPlane({
    ...options,
    endUs,
    design: { volumes: true, ...options.design },
    processes: (design) => {
      const defects = new Set(options.defects);
      const boot = provisioner({ design, defects, apiEndpoints: apiNames, cloud: 'cloud-north' });
      return {
        'cloud-north': cloudProvider({ design, defects }),
        'provisioner-east': boot,
        'provisioner-west': boot,
        'client-east': script(ask, seconds(5)),
        'reader-west': script(
          function* (api) {
            const volumes = yield* api.list('Volume');
            if (volumes.status === 'ok') seen.volumes = volumes.value.items as readonly Volume[];
          },
          endUs - seconds(1),
        ),
      };
    },
  });
  const actions: AcceptedAction[] = [];
  const firstUs = new Map<string, Micros>();
  let detachRequests = 0;
  run.observe({
    sent(_from, _to, what) {
      if (what === (detachMethod.request as Kind)) detachRequests++;
    },
    crossed(_, what, body) {
      if (what !== (acceptedBoundary as Boundary)) return;
      const action = body as AcceptedAction;
      actions.push(action);
      if (!firstUs.has(action.action)) firstUs.set(action.action, run.nowUs);
    },
  });
  const leaderSees = sightings(run, 'provisioner-east');
  runThrough(run);
  return {
    ...seen,
    sightings: leaderSees,
    actions,
    detachRequests,
    firstUs,
    cloud: run.inspect('cloud-north').program as CloudInspection,
  };
}

const did = ({ actions }: Outcome, wanted: AcceptedAction['action']): readonly AcceptedAction[] =>
  actions.filter(({ action }) => action === wanted);

function* claim(api: ApiClient): Co<void> {
  yield* api.create('Volume', 'db-0', volumeSpec(), null, { finalizers: [VOLUME_FINALIZER] });
}

function* runOn(api: ApiClient, node: string): Co<void> {
  yield* api.create('Workload', 'db-0', {
    owner: 'u1',
    ownerName: 'db',
    ownerGeneration: 1,
    image: 'a',
    identity: 'db-0',
    node,
    volume: 'db-0',
  });
}

function* begin(api: ApiClient): Co<void> {
  yield* claim(api);
  yield* runOn(api, 'node-east-1');
}

function* move(api: ApiClient, os: Os): Co<void> {
  yield* begin(api);
  yield* os.sleep(seconds(5));
  yield* api.delete('Workload', 'db-0');
  yield* os.sleep(seconds(2));
  yield* api.delete('Workload', 'db-0', { graceUs: 0 });
  yield* runOn(api, 'node-west-1');
}

test('a volume is made once and attached where its workload is', () => {
  const outcome = provide(begin);
  expect(outcome.cloud.disks).toMatchObject([{ sizeGb: 1, attachment: { node: 'node-east-1', epoch: 1 } }]);
  expect(outcome.volumes[0]?.status).toEqual({
    resource: outcome.cloud.disks[0]?.resource,
    attachment: outcome.cloud.disks[0]?.attachment,
  });
  expect(outcome.cloud.balancers).toEqual([]);
});

test('it follows its workload when that is gone, and no sooner', () => {
  const outcome = provide(move);
  expect(outcome.cloud.disks).toMatchObject([{ epochs: 2, attachment: { node: 'node-west-1', epoch: 2 } }]);
  expect(did(outcome, 'detach')).toHaveLength(1);
  expect(outcome.firstUs.get('detach')).toBeGreaterThan(seconds(12));
  expect(provide(move, { defects: ['detach-unconfirmed'] }).firstUs.get('detach')).toBeLessThan(seconds(12));
});

test('it stays where it is while the API knows its workload, although the cache does not show that yet', () => {
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* claim(api);
    yield* lag(os, (name) => api.create('Workload', name, workloadSpec({ node: 'node-east-2' })));
    yield* runOn(api, 'node-east-1');
    const found = yield* api.get('Workload', 'db-0');
    const claimed = yield* api.get('Volume', 'db-0');
    if (found.status !== 'ok' || claimed.status !== 'ok') throw new Error(`${found.status} ${claimed.status}`);
    const attachment = { workload: found.value.metadata.uid, node: 'node-east-1', epoch: 1 };
    yield* api.updateStatus('Volume', 'db-0', 0, { ...claimed.value.status, attachment });
  };
  const outcome = provide(ask, { faults: lagging('provisioner-*'), design: laggingDesign });
  expect(outcome.volumes[0]?.status.attachment).toMatchObject({ node: 'node-east-1' });
  expect(outcome.sightings.lastIndexOf('Volume db-0')).toBeLessThan(outcome.sightings.indexOf('Workload db-0'));
  expect(outcome.detachRequests).toBe(0);
});

test('a deleted one is kept while its workload is there, and then nothing is left of it', () => {
  const outcome = provide(function* (api, os) {
    yield* begin(api);
    yield* os.sleep(seconds(2));
    yield* api.delete('Volume', 'db-0');
    yield* os.sleep(seconds(2));
    yield* api.delete('Workload', 'db-0', { graceUs: 0 });
  });
  expect(outcome.firstUs.get('detach')).toBeGreaterThan(seconds(9));
  expect(outcome.actions.map(({ action }) => action).filter((action) => action !== 'seal')).toEqual([
    'provision',
    'attach',
    'detach',
    'release',
  ]);
  expect(outcome.cloud.disks).toEqual([]);
  expect(outcome.volumes).toEqual([]);
});

/** Kills both replicas at several moments after the cloud did something for the first time. */
function killAfter(action: AcceptedAction['action'], defects: readonly string[] = []): readonly Outcome[] {
  const firstUs = provide(move, { defects }).firstUs.get(action) as Micros;
  return [1, 20, 40, 80, 120].map((afterMs) => {
    const faults: Fault[] = ['provisioner-east', 'provisioner-west'].map((target) => ({
      at: firstUs + ms(afterMs),
      do: 'kill',
      target,
      for: ms(300),
    }));
    return provide(move, { faults, defects });
  });
}

test.each(['provision', 'attach', 'detach'] as const)(
  'a crash after the cloud did %s repeats the call, and nothing is done twice',
  (action) => {
    for (const outcome of killAfter(action)) {
      expect(did(outcome, 'provision')).toHaveLength(1);
      expect(did(outcome, 'attach').map(({ generation }) => generation)).toEqual([1, 2]);
      expect(did(outcome, 'detach')).toHaveLength(1);
      expect(outcome.volumes[0]?.status.attachment).toEqual(outcome.cloud.disks[0]?.attachment);
    }
  },
);

test('defect fresh-operation-ids: after such a crash there are two volumes', () => {
  const counts = killAfter('provision', ['fresh-operation-ids']).map((outcome) => outcome.cloud.disks.length);
  expect(Math.max(...counts)).toBe(2);
});
