import { expect, test } from 'vitest';
import { ms, seconds, type Co } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import { nodeSpec, workloadSpec, workloadStatus } from '../../api/testing/objects.ts';
import { script } from '../../api/testing/world.ts';
import {
  isNodeLease,
  nodeLeaseName,
  REGION_DRAIN_TAINT,
  UNREACHABLE_TAINT,
  type Cluster,
  type Fence,
  type Node,
  type ResourceKind,
  type Workload,
} from '../../api/resources/index.ts';
import { Clusters } from './clusters.ts';
import { withRemoved } from '../removed-nodes.ts';
import { asLeader, type Situation } from '../testing/leader.ts';

const REGIONS = ['east', 'west', 'north'];

/** Time for a watch to tell. */
const TOLD_US = ms(500);

function withClusters(body: (clusters: Clusters, situation: Situation) => Co<void>, defects: readonly string[] = []): void {
  asLeader({ kinds: ['Node', 'Lease', 'Cluster'], defects }, (situation) =>
    body(new Clusters(situation.tools, REGIONS, situation.defects), situation),
  );
}

function* names(api: ApiClient, kind: ResourceKind): Co<readonly string[]> {
  const listed = yield* api.list(kind);
  return listed.status === 'ok' ? listed.value.items.map(({ metadata }) => metadata.name) : ['no answer'];
}

/** By node, the keys of its taints. */
function* taints(api: ApiClient): Co<Readonly<Record<string, readonly string[]>>> {
  const listed = yield* api.list('Node');
  return listed.status !== 'ok'
    ? {}
    : Object.fromEntries(
        (listed.value.items as readonly Node[]).map(({ metadata, spec }) => [metadata.name, spec.taints.map(({ key }) => key)]),
      );
}

function* nodes(api: ApiClient): Co<void> {
  for (const region of ['east', 'west'])
    for (const n of [1, 2]) yield* api.create('Node', `${region}-${n}`, nodeSpec({ region }));
}

/** The same with a cache that shows these clusters, whatever there is. */
function showing(tools: Situation['tools'], clusters: readonly Cluster[]): Situation['tools'] {
  return {
    ...tools,
    cache: (kind: ResourceKind) => (kind === 'Cluster' ? { list: () => clusters } : tools.cache(kind)),
  } as unknown as Situation['tools'];
}

/** The same with a cache that shows no node. */
function showingNoNode(tools: Situation['tools']): Situation['tools'] {
  return {
    ...tools,
    cache: (kind: ResourceKind) => (kind === 'Node' ? { get: () => undefined } : tools.cache(kind)),
  } as unknown as Situation['tools'];
}

function* setState(api: ApiClient, region: string, state: 'active' | 'draining'): Co<void> {
  yield* api.update('Cluster', region, 0, { spec: { region, state } });
}

test('the first regions are made once: one that has left meanwhile does not come back', () => {
  withClusters(function* (clusters, { tools: { client }, fence }) {
    expect(yield* clusters.bootstrap(fence)).toBe('done');
    expect(yield* names(client, 'Cluster')).toEqual(['east', 'north', 'west']);
    yield* client.delete('Cluster', 'north');
    expect(yield* clusters.bootstrap(fence)).toBe('done');
    expect(yield* names(client, 'Cluster')).toEqual(['east', 'west']);
  });
});

test('whoever leads next goes on where the making of them was interrupted', () => {
  withClusters(function* (clusters, { tools: { client }, fence }) {
    yield* client.create('Cluster', 'east', { region: 'east' }, fence, { labels: { bootstrap: 'unfinished' } });
    expect(yield* clusters.bootstrap(fence)).toBe('done');
    expect(yield* names(client, 'Cluster')).toEqual(['east', 'north', 'west']);
    const first = yield* client.get('Cluster', 'east');
    expect(first.status === 'ok' && first.value.metadata.labels).toEqual({});
  });
});

test('whoever does not lead any more makes none', () => {
  withClusters(function* (clusters, { tools: { client }, fence }) {
    expect(yield* clusters.bootstrap({ ...fence, token: fence.token - 1 })).toBe('fenced');
    expect(yield* names(client, 'Cluster')).toEqual([]);
  });
});

test('the nodes of a region are told that it is drained, those of others are not, and all else that they bear stays', () => {
  withClusters(function* (clusters, { tools: { client, os }, fence }) {
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    yield* client.update('Node', 'west-1', 0, {
      spec: nodeSpec({ region: 'west', taints: [{ key: UNREACHABLE_TAINT, effect: 'no-execute' }] }),
    });
    yield* setState(client, 'west', 'draining');
    yield* os.sleep(TOLD_US);
    yield* clusters.reconcile(fence);
    expect(yield* taints(client)).toEqual({
      'east-1': [],
      'east-2': [],
      'west-1': [UNREACHABLE_TAINT, REGION_DRAIN_TAINT],
      'west-2': [REGION_DRAIN_TAINT],
    });
    yield* setState(client, 'west', 'active');
    yield* os.sleep(TOLD_US);
    yield* clusters.reconcile(fence);
    expect(yield* taints(client)).toEqual({ 'east-1': [], 'east-2': [], 'west-1': [UNREACHABLE_TAINT], 'west-2': [] });
  });
});

test('a region that the cache still shows being drained is asked about, and its nodes are left alone when it is in service again', () => {
  withClusters(function* (clusters, { tools, fence }) {
    const { client, os } = tools;
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    yield* setState(client, 'west', 'draining');
    yield* os.sleep(TOLD_US);
    const shown = tools.cache('Cluster').list();
    expect(shown.find(({ spec }) => spec.region === 'west')?.spec.state).toBe('draining');
    yield* setState(client, 'west', 'active');
    yield* new Clusters(showing(tools, shown), REGIONS, new Set()).reconcile(fence);
    expect(yield* taints(client)).toEqual({ 'east-1': [], 'east-2': [], 'west-1': [], 'west-2': [] });
  });
});

test('defect drain-any-region: the nodes of all regions are told', () => {
  withClusters(
    function* (clusters, { tools: { client, os }, fence }) {
      yield* clusters.bootstrap(fence);
      yield* nodes(client);
      yield* setState(client, 'west', 'draining');
      yield* os.sleep(TOLD_US);
      yield* clusters.reconcile(fence);
      expect(new Set(Object.values(yield* taints(client)).flat())).toEqual(new Set([REGION_DRAIN_TAINT]));
      expect((yield* taints(client))['east-1']).toEqual([REGION_DRAIN_TAINT]);
    },
    ['drain-any-region'],
  );
});

test('a region says that its state is in force when the cache shows it at all of its nodes, and not before', () => {
  withClusters(function* (clusters, { tools: { client, os }, fence }) {
    const observed = function* (): Co<boolean> {
      const west = yield* client.get('Cluster', 'west');
      return west.status === 'ok' && west.value.status.observedGeneration === west.value.metadata.generation;
    };
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    yield* setState(client, 'west', 'draining');
    yield* os.sleep(TOLD_US);
    // One of the two nodes cannot be written: somebody else does so first, and the cache does not show it yet.
    os.spawn('somebody', client.update('Node', 'west-2', 0, { spec: nodeSpec({ region: 'west', unschedulable: true }) }));
    yield* clusters.reconcile(fence);
    expect(yield* observed()).toBe(false);
    yield* os.sleep(TOLD_US);
    yield* clusters.reconcile(fence);
    yield* os.sleep(TOLD_US);
    yield* clusters.reconcile(fence);
    expect(yield* observed()).toBe(true);
  });
});

test('nodes of a region that has left are emptied in good order, and leave with their leases when nothing is bound to them', () => {
  withClusters(function* (clusters, { tools: { client, os }, fence }) {
    const sweep = function* (): Co<void> {
      yield* os.sleep(TOLD_US);
      const listed = yield* client.list('Workload');
      if (listed.status === 'ok') yield* clusters.removeNodes(listed.value.items as readonly Workload[], fence);
    };
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    const lease = { holder: 'west-1', durationUs: seconds(4), renewals: 1 };
    yield* client.create('Lease', nodeLeaseName('west-1'), lease);
    yield* client.create('Workload', 'w', workloadSpec({ node: 'west-1' }));
    yield* client.updateStatus('Workload', 'w', 0, workloadStatus({ phase: 'Running', ready: true }));
    yield* client.delete('Cluster', 'west');
    yield* sweep();
    expect(yield* names(client, 'Node')).toEqual(['east-1', 'east-2', 'west-1']);
    const bound = yield* client.get('Workload', 'w');
    expect(bound.status === 'ok' && bound.value.metadata.deletionUs).not.toBeNull();
    yield* sweep();
    expect(yield* names(client, 'Node')).toContain('west-1');
    yield* client.delete('Workload', 'w', { graceUs: 0 });
    yield* sweep();
    expect(yield* names(client, 'Node')).toEqual(['east-1', 'east-2']);
    expect((yield* client.get('Lease', nodeLeaseName('west-1'))).status).toBe('refused');
  });
});

test('a node that was removed, and that an agent registered which did not know yet, goes with its lease; the others of its region stay', () => {
  withClusters(function* (clusters, { tools: { client, os }, fence }) {
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    const west = yield* client.get('Cluster', 'west');
    if (west.status === 'ok')
      yield* client.update('Cluster', 'west', 0, { metadata: { labels: withRemoved(west.value, 'west-1') } });
    yield* client.create('Lease', nodeLeaseName('west-1'), { holder: 'west-1', durationUs: seconds(4), renewals: 1 });
    yield* os.sleep(TOLD_US);
    yield* clusters.removeNodes([], fence);
    expect(yield* names(client, 'Node')).toEqual(['east-1', 'east-2', 'west-2']);
    expect((yield* client.get('Lease', nodeLeaseName('west-1'))).status).toBe('refused');
  });
});

/** The Lease of a node as its agent renews it, or as it was left. */
function* renew(api: ApiClient, node: string, renewals: number): Co<void> {
  const name = nodeLeaseName(node);
  const lease = { holder: node, durationUs: seconds(4), renewals };
  if (renewals === 1) yield* api.create('Lease', name, lease);
  else yield* api.renew(name, 0, lease, seconds(1));
}

function* nodeLeases(api: ApiClient): Co<readonly string[]> {
  return (yield* names(api, 'Lease')).filter(isNodeLease);
}

test('a lease that a node has left behind goes; those of nodes stay, and so does every other lease', () => {
  withClusters(function* (clusters, { tools, fence }) {
    const { client, os } = tools;
    yield* nodes(client);
    for (const node of ['east-1', 'west-1', 'gone-1']) yield* renew(client, node, 1);
    yield* os.sleep(TOLD_US);
    yield* clusters.removeLeases(fence);
    expect(yield* names(client, 'Lease')).toEqual([nodeLeaseName('east-1'), nodeLeaseName('west-1'), 'test']);
    // Nobody has told the cache of any node.
    yield* new Clusters(showingNoNode(tools), REGIONS, new Set()).removeLeases(fence);
    expect(yield* nodeLeases(client)).toEqual([nodeLeaseName('east-1'), nodeLeaseName('west-1')]);
  });
});

test.each([
  ['left behind', (clusters: Clusters, fence: Fence) => clusters.removeLeases(fence)],
  ['of a node that is removed', (clusters: Clusters, fence: Fence) => clusters.removeNodes([], fence)],
])('a lease %s stays when it is renewed on the way: by a node that has joined again', (what, remove) => {
  const byUs = ms(600);
  let isBegun = false;
  asLeader(
    {
      kinds: ['Node', 'Lease', 'Cluster'],
      faults: [{ at: 0, do: 'delay', from: 'leader-east', to: 'api-*', oneWay: true, kind: 'api/delete', byUs }],
      // By a way of its own: what comes by one way comes in order.
      processes: () => ({
        'agent-east': script(function* (api, os) {
          while (!isBegun) yield* os.sleep(ms(10));
          yield* os.sleep(byUs / 2);
          yield* renew(api, 'west-1', 2);
        }, 0),
      }),
    },
    function* ({ tools, fence }) {
      const { client, os } = tools;
      if (what !== 'left behind') yield* client.create('Node', 'west-1', nodeSpec({ region: 'west' }));
      yield* renew(client, 'west-1', 1);
      yield* os.sleep(TOLD_US);
      isBegun = true;
      yield* remove(new Clusters(tools, REGIONS, new Set()), fence);
      expect(yield* names(client, 'Node')).toEqual([]);
      const found = yield* client.get('Lease', nodeLeaseName('west-1'));
      expect(found.status === 'ok' && found.value.spec.renewals).toBe(2);
    },
  );
});

test('a region that the cache does not show yet has not left: the API is asked', () => {
  withClusters(function* (clusters, { tools, fence }) {
    const { client, os } = tools;
    yield* clusters.bootstrap(fence);
    yield* nodes(client);
    yield* os.sleep(TOLD_US);
    yield* new Clusters(showing(tools, []), REGIONS, new Set()).removeNodes([], fence);
    expect(yield* names(client, 'Node')).toHaveLength(4);
  });
});
