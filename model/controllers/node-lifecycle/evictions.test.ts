import { expect, test } from 'vitest';
import { ms, seconds, type Co } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import { nodeSpec, workloadSpec, workloadStatus } from '../../api/testing/objects.ts';
import { nodeLeaseName, UNREACHABLE_TAINT, type Node, type Workload } from '../../api/resources/index.ts';
import { defaultDesign } from '../../design.ts';
import { certainlyEndedUs, Evictions } from './evictions.ts';
import { NodeMonitor } from './node-monitor.ts';
import { Silence } from './silence.ts';
import { asLeader, type Situation } from '../testing/leader.ts';

const { nodeGraceUs, tolerationUs, nodeLeaseUs } = defaultDesign;
const GIVEN_UP = [{ key: UNREACHABLE_TAINT, effect: 'no-execute' }] as const;
/** Time for a watch to tell. */
const TOLD_US = ms(500);

interface Scene extends Situation {
  readonly evictions: Evictions;
  readonly monitor: NodeMonitor;
}

/** With two nodes, and a workload on each, named after it: `lost` has been given up, `well` has not. */
function withEvictions(body: (scene: Scene) => Co<void>, defects: readonly string[] = []): void {
  asLeader({ kinds: ['Node'], defects }, function* (situation) {
    const { tools, design } = situation;
    const monitor = new NodeMonitor(tools.os, design);
    for (const [name, taints] of [
      ['lost', GIVEN_UP],
      ['well', []],
    ] as const) {
      yield* tools.client.create('Node', name, nodeSpec({ taints }));
      yield* tools.client.create('Lease', nodeLeaseName(name), lease(name, 1));
      yield* run(tools.client, name, name);
    }
    for (const name of ['lost', 'well']) yield* hear(tools.client, monitor, name);
    yield* body({ ...situation, monitor, evictions: new Evictions(tools, monitor, design, situation.defects) });
  });
}

const lease = (holder: string, renewals: number) => ({ holder, durationUs: nodeGraceUs, renewals });

function* run(api: ApiClient, name: string, node: string): Co<void> {
  yield* api.create('Workload', name, workloadSpec({ node }));
  yield* api.updateStatus('Workload', name, 0, workloadStatus({ phase: 'Running', ready: true }));
}

function* hear(api: ApiClient, monitor: NodeMonitor, node: string): Co<void> {
  const found = yield* api.get('Lease', nodeLeaseName(node));
  if (found.status === 'ok') monitor.saw(found.value);
}

function* renew(api: ApiClient, node: string, renewals: number): Co<void> {
  const found = yield* api.get('Lease', nodeLeaseName(node));
  if (found.status === 'ok')
    yield* api.renew(nodeLeaseName(node), found.value.metadata.resourceVersion, lease(node, renewals), nodeLeaseUs);
}

/** What has become of each workload. */
function* workloads({ tools }: Scene): Co<Readonly<Record<string, string>>> {
  const listed = yield* tools.client.list('Workload');
  if (listed.status !== 'ok') return {};
  const word = ({ metadata, status }: Workload): string =>
    metadata.deletionUs !== null ? 'to end' : status.ready ? 'serves' : 'does not serve';
  return Object.fromEntries(
    (listed.value.items as readonly Workload[]).map((workload) => [workload.metadata.name, word(workload)]),
  );
}

function* carryOut(
  { tools, evictions, monitor, design, defects, fence }: Scene,
  seeming: readonly string[] = ['lost'],
): Co<void> {
  const listed = yield* tools.client.list('Node');
  if (listed.status !== 'ok') return;
  const nodes = listed.value.items as readonly Node[];
  const silence = new Silence(tools, monitor, design, defects);
  yield* silence.find(nodes.filter(({ metadata }) => seeming.includes(metadata.name)));
  yield* evictions.carryOut(nodes, { seems: (node) => silence.has(node), isCertain: (node) => silence.isCertain(node) }, fence);
}

test('what runs on a silent node does not count as ready any more, and goes on running', () => {
  withEvictions(function* (scene) {
    yield* scene.evictions.markNotReady('lost', scene.fence);
    expect(yield* workloads(scene)).toEqual({ lost: 'does not serve', well: 'serves' });
  });
});

test('a marking that was refused is still to be done, one that was done is not, until the node is heard of or another leads', () => {
  withEvictions(function* (scene) {
    const { evictions, fence, tools } = scene;
    // The workload is written to between the list and the mark: the version that was listed does not stand any more.
    const { client } = tools;
    const list = client.list.bind(client);
    client.list = function* (kind) {
      const listed = yield* list(kind);
      if (kind === 'Workload')
        yield* client.updateStatus('Workload', 'lost', 0, workloadStatus({ phase: 'Running', ready: true, restarts: 1 }));
      return listed;
    };
    yield* evictions.markNotReady('lost', fence);
    client.list = list;
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
    expect(evictions.isToBeMarked('lost')).toBe(true);
    yield* evictions.markNotReady('lost', fence);
    expect(yield* workloads(scene)).toEqual({ lost: 'does not serve', well: 'serves' });
    expect(evictions.isToBeMarked('lost')).toBe(false);
    evictions.heard('lost');
    expect(evictions.isToBeMarked('lost')).toBe(true);
    yield* evictions.markNotReady('lost', fence);
    evictions.reset();
    expect(evictions.isToBeMarked('lost')).toBe(true);
  });
});

test('what runs on a node that was given up is to end when the toleration is over, and is not removed before it certainly has ended', () => {
  withEvictions(function* (scene) {
    const { os } = scene.tools;
    yield* os.sleep(nodeGraceUs);
    yield* carryOut(scene);
    yield* os.sleep(tolerationUs / 2);
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
    yield* os.sleep(tolerationUs);
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ lost: 'to end', well: 'serves' });
    // Whoever removes asks again, and then only.
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ well: 'serves' });
  });
});

test('a deadline that is longer than the grace is waited for: by a quarter more, since two clocks may run apart', () => {
  const agentDeadlineUs = seconds(8);
  asLeader({ kinds: ['Node'], design: { agentDeadlineUs } }, function* (situation) {
    const { tools, design } = situation;
    const monitor = new NodeMonitor(tools.os, design);
    yield* tools.client.create('Node', 'lost', nodeSpec({ taints: GIVEN_UP }));
    yield* tools.client.create('Lease', nodeLeaseName('lost'), lease('lost', 1));
    yield* run(tools.client, 'lost', 'lost');
    yield* hear(tools.client, monitor, 'lost');
    const heardUs = tools.os.monotonicUs();
    const scene = { ...situation, monitor, evictions: new Evictions(tools, monitor, design, situation.defects) };
    const untilGone = function* (): Co<number> {
      for (;;) {
        yield* carryOut(scene);
        if ((yield* workloads(scene))['lost'] === undefined) return tools.os.monotonicUs() - heardUs;
        yield* tools.os.sleep(ms(250));
      }
    };
    const takenUs = yield* untilGone();
    expect(certainlyEndedUs(design)).toBe(1.25 * agentDeadlineUs);
    expect(takenUs).toBeGreaterThanOrEqual(1.25 * agentDeadlineUs);
    expect(takenUs).toBeLessThan(1.25 * agentDeadlineUs + seconds(2));
  });
});

test('a renewal that only the API has seen keeps what was deleted: the node lives, and ends it by itself', () => {
  withEvictions(function* (scene) {
    const { os, client } = scene.tools;
    yield* os.sleep(nodeGraceUs);
    yield* carryOut(scene);
    yield* os.sleep(tolerationUs);
    yield* carryOut(scene);
    yield* renew(client, 'lost', 2);
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ lost: 'to end', well: 'serves' });
    expect(scene.monitor.isLive('lost')).toBe(true);
  });
});

test('a node that was heard in between has its toleration again', () => {
  withEvictions(function* (scene) {
    const { os, client } = scene.tools;
    yield* os.sleep(nodeGraceUs);
    yield* carryOut(scene);
    yield* renew(client, 'lost', 2);
    yield* hear(client, scene.monitor, 'lost');
    yield* os.sleep(tolerationUs);
    yield* carryOut(scene);
    yield* os.sleep(nodeGraceUs);
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
  });
});

test('a node that seems silent, and of which the API was not asked, loses nothing', () => {
  withEvictions(function* (scene) {
    yield* scene.tools.os.sleep(nodeGraceUs);
    for (let look = 0; look < 3; look++) {
      yield* carryOut(scene, []);
      yield* scene.tools.os.sleep(tolerationUs);
    }
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
  });
});

test('whoever leads next tolerates from the beginning', () => {
  withEvictions(function* (scene) {
    const { os } = scene.tools;
    yield* os.sleep(nodeGraceUs);
    yield* carryOut(scene);
    yield* os.sleep(tolerationUs);
    scene.evictions.reset();
    yield* carryOut(scene);
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
  });
});

test('defect force-delete-unconfirmed: what may run still is removed at once', () => {
  withEvictions(
    function* (scene) {
      const { os } = scene.tools;
      yield* os.sleep(nodeGraceUs);
      yield* carryOut(scene);
      yield* os.sleep(tolerationUs);
      yield* carryOut(scene);
      expect(yield* workloads(scene)).toEqual({ well: 'serves' });
    },
    ['force-delete-unconfirmed'],
  );
});

test('what is bound to a node that there is not is to end, and is removed when nothing can run there any more', () => {
  withEvictions(function* (scene) {
    const { os, client } = scene.tools;
    const sweep = function* (): Co<void> {
      const listed = yield* client.list('Workload');
      if (listed.status === 'ok') yield* scene.evictions.removeOrphans(listed.value.items as readonly Workload[], scene.fence);
    };
    yield* run(client, 'orphan', 'nowhere');
    yield* client.create('Workload', 'unbound', workloadSpec());
    yield* os.sleep(TOLD_US);
    yield* sweep();
    const all = { lost: 'serves', well: 'serves', unbound: 'does not serve' };
    expect(yield* workloads(scene)).toEqual({ ...all, orphan: 'to end' });
    yield* os.sleep(certainlyEndedUs(scene.design) - seconds(1));
    yield* sweep();
    expect(yield* workloads(scene)).toEqual({ ...all, orphan: 'to end' });
    yield* os.sleep(seconds(1));
    yield* sweep();
    expect(yield* workloads(scene)).toEqual(all);
  });
});

test('an orphan is not removed while its agent renews the lease of the node that there is not', () => {
  withEvictions(function* (scene) {
    const { os, client } = scene.tools;
    const sweep = function* (): Co<void> {
      const listed = yield* client.list('Workload');
      if (listed.status === 'ok') yield* scene.evictions.removeOrphans(listed.value.items as readonly Workload[], scene.fence);
    };
    yield* client.delete('Node', 'lost');
    yield* os.sleep(TOLD_US);
    yield* sweep();
    yield* os.sleep(certainlyEndedUs(scene.design));
    yield* renew(client, 'lost', 2);
    yield* sweep();
    expect(yield* workloads(scene)).toEqual({ lost: 'to end', well: 'serves' });
    yield* os.sleep(certainlyEndedUs(scene.design));
    yield* sweep();
    expect(yield* workloads(scene)).toEqual({ well: 'serves' });
  });
});

test('a node that only the cache lacks has no orphans', () => {
  withEvictions(function* (scene) {
    const { tools, fence, design, defects, monitor } = scene;
    const blind = { ...tools, cache: () => ({ get: () => undefined }) } as unknown as Situation['tools'];
    const listed = yield* tools.client.list('Workload');
    if (listed.status === 'ok')
      yield* new Evictions(blind, monitor, design, defects).removeOrphans(listed.value.items as readonly Workload[], fence);
    expect(yield* workloads(scene)).toEqual({ lost: 'serves', well: 'serves' });
  });
});
