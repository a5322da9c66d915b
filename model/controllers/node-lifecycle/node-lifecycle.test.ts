import { expect, test } from 'vitest';
import { ms, seconds, type Boot, type Co, type Fault, type Micros, type Os } from '../../../sim/index.ts';
import { ApiClient } from '../../api/client/api-client.ts';
import { Informer } from '../../api/client/informer.ts';
import { workloadSpec, workloadStatus } from '../../api/testing/objects.ts';
import { apiNames, controlPlane, runThrough, script } from '../../api/testing/world.ts';
import { isNodeLease, isTainted, nodeLeaseName, UNREACHABLE_TAINT, type Node } from '../../api/resources/index.ts';
import { noDefects } from '../../defect.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { Heartbeat } from '../../regions/heartbeat.ts';
import { lifecycle } from './node-lifecycle.ts';

const END_US: Micros = seconds(26);
/** When the tests' nodes fall silent, unless they say otherwise: long after all are known, and somebody leads. */
const SILENT_US: Micros = seconds(8);
const REGIONS = ['east', 'west', 'north'];
const { nodeGraceUs } = defaultDesign;

/** What the API says of a node from a moment on. */
interface Sight {
  readonly atUs: Micros;
  readonly node: string;
  readonly readiness: string;
  /** Given up: what runs there goes. */
  readonly isGivenUp: boolean;
}

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: readonly string[];
  readonly design?: Partial<Design>;
  /** Names of nodes, `node-region-number`. */
  readonly nodes?: readonly string[];
  readonly ask?: (api: ApiClient, os: Os) => Co<void>;
}

const inRegion = (region: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `node-${region}-${at + 1}`);

const threeByThree = REGIONS.flatMap((region) => inRegion(region, 3));

/** Two replicas of the controller, and nodes of which there is nothing but their heartbeats. */
function watchNodes({ faults = [], defects = [], design: own = {}, nodes = threeByThree, ask }: Options): readonly Sight[] {
  const seen: Sight[] = [];
  const run = controlPlane({
    faults,
    design: own,
    endUs: END_US,
    processes: (design) => {
      const boot = lifecycle({ design, defects: new Set(defects), apiEndpoints: apiNames, regions: REGIONS });
      const node =
        (name: string): Boot =>
        (os) => {
          const api = new ApiClient(os, apiNames, design);
          const region = name.split('-')[1] as string;
          const heartbeat = new Heartbeat(os, {
            api,
            design,
            defects: noDefects,
            node: { region, capacity: 1 },
            renewed: () => undefined,
            registered: () => undefined,
            removed: () => undefined,
          });
          return { start: () => heartbeat.start() };
        };
      const witness: Boot = (os) => {
        const changed = (object: Node): void => {
          const { metadata, status } = object;
          const sight = { node: metadata.name, readiness: status.readiness, isGivenUp: isTainted(object, UNREACHABLE_TAINT) };
          const last = seen.findLast(({ node: name }) => name === sight.node);
          if (last?.readiness !== sight.readiness || last.isGivenUp !== sight.isGivenUp)
            seen.push({ atUs: os.monotonicUs(), ...sight });
        };
        const informer = new Informer(os, {
          kind: 'Node',
          client: new ApiClient(os, apiNames, design),
          design,
          defects: noDefects,
          changed,
        });
        return { start: () => informer.start() };
      };
      return {
        'lifecycle-east': boot,
        'lifecycle-west': boot,
        'witness-north': witness,
        ...Object.fromEntries(nodes.map((name) => [name, node(name)])),
        ...(ask === undefined ? {} : { 'client-east': script(ask, seconds(5)) }),
      };
    },
  });
  runThrough(run);
  return seen;
}

const givenUp = (seen: readonly Sight[]): readonly Sight[] => seen.filter(({ isGivenUp }) => isGivenUp);
const stillGivenUp = (seen: readonly Sight[]): readonly string[] =>
  names(seen).filter((node) => seen.findLast((sight) => sight.node === node)?.isGivenUp);
const names = (seen: readonly Sight[]): readonly string[] => [...new Set(seen.map(({ node }) => node))].sort();
const storyOf = (node: string, seen: readonly Sight[]): readonly string[] =>
  seen.flatMap((sight) => (sight.node === node ? [`${sight.readiness}${sight.isGivenUp ? ', given up' : ''}`] : []));

/**
 * Of four nodes in the east three fall silent, so that none is given up. Whether the workload on the first
 * of them counts as ready, long after.
 */
function countsAsReady(faults: readonly Fault[], design: Partial<Design> = {}): boolean | null {
  let counts: boolean | null = null;
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* api.create('Workload', 'web', workloadSpec({ node: 'node-east-1' }));
    yield* api.updateStatus('Workload', 'web', 0, workloadStatus({ phase: 'Running', ready: true }));
    yield* os.sleep(seconds(18));
    const found = yield* api.get('Workload', 'web');
    if (found.status === 'ok') counts = found.value.status.ready;
  };
  const silent = ['node-east-1', 'node-east-2', 'node-east-3'].map((name) => silence(name));
  const seen = watchNodes({ faults: [...silent, ...faults], design, nodes: [...inRegion('east', 4), 'node-west-1'], ask });
  expect(storyOf('node-east-1', seen)).toEqual(['ready', 'unknown']);
  return counts;
}

/** They say nothing from then on, and go on running. */
const silence = (nodes: string, options: { readonly at?: Micros; readonly for?: Micros } = {}): Fault => ({
  at: SILENT_US,
  do: 'partition',
  from: nodes,
  to: 'api-*',
  ...options,
});

test('a node that says nothing for the grace is unknown and given up; when it is heard again it is ready, and taken back', () => {
  const seen = watchNodes({ faults: [silence('node-west-2', { for: seconds(7) })] });
  const story = storyOf('node-west-2', seen);
  expect(story.slice(0, 3)).toEqual(['ready', 'unknown', 'unknown, given up']);
  expect(story.at(-1)).toBe('ready');
  expect(names(givenUp(seen))).toEqual(['node-west-2']);
  expect(givenUp(seen)[0]?.atUs).toBeGreaterThanOrEqual(SILENT_US - defaultDesign.nodeLeaseUs + nodeGraceUs);
});

test('a node that was given up stays so under the next leader, until it is heard of', () => {
  const restart: Fault = { at: SILENT_US + seconds(8), do: 'kill', target: 'lifecycle-*', for: seconds(1) };
  const story = storyOf('node-west-2', watchNodes({ faults: [silence('node-west-2'), restart] }));
  expect(story).toEqual(['ready', 'unknown', 'unknown, given up']);
});

test('a node that is heard again while it is said to be unknown is not given up', () => {
  const slowToTell: Fault = {
    at: SILENT_US,
    do: 'delay',
    from: 'lifecycle-*',
    to: 'api-*',
    oneWay: true,
    kind: 'api/status',
    byUs: seconds(1),
  };
  const seen = watchNodes({ faults: [silence('node-west-2', { for: seconds(4.5) }), slowToTell] });
  expect(storyOf('node-west-2', seen)).toEqual(['ready', 'unknown', 'ready']);
});

test('a node that is silent for less than the grace is as it was', () => {
  expect(
    names(
      watchNodes({ faults: [silence('node-west-2', { for: seconds(2.5) })] }).filter(({ readiness }) => readiness === 'unknown'),
    ),
  ).toEqual([]);
});

/** Nodes fall silent almost together, and each waits long for its turn. */
const slowly = { nodeLeaseUs: ms(200), evictionIntervalUs: seconds(3) };

test('nodes of a zone are given up one after the other, those of two zones beside each other', () => {
  const faults = ['node-east-1', 'node-east-2', 'node-west-1'].map((name) => silence(name));
  const nodes = [...inRegion('east', 5), ...inRegion('west', 3), 'node-north-1'];
  const gone = givenUp(watchNodes({ faults, nodes, design: slowly }));
  expect(names(gone)).toEqual(['node-east-1', 'node-east-2', 'node-west-1']);
  const [first = 0, second = 0] = gone.filter(({ node }) => node.startsWith('node-east')).map(({ atUs }) => atUs);
  // Between the decision and its being told there is some network.
  expect(second - first).toBeGreaterThan(slowly.evictionIntervalUs - ms(100));
  const elsewhere = gone.find(({ node }) => node === 'node-west-1');
  expect(Math.abs((elsewhere?.atUs ?? 0) - first)).toBeLessThan(slowly.evictionIntervalUs / 2);
});

test('defect evict-without-limit: they are given up together', () => {
  const faults = ['node-east-1', 'node-east-2'].map((name) => silence(name));
  const nodes = [...inRegion('east', 5), 'node-west-1'];
  const [first = 0, second = 0] = givenUp(watchNodes({ faults, nodes, design: slowly, defects: ['evict-without-limit'] })).map(
    ({ atUs }) => atUs,
  );
  expect(second - first).toBeLessThan(slowly.evictionIntervalUs / 2);
});

test('a zone in which most are silent loses none after that was seen; one in which all are is given up as a whole while others live', () => {
  const most = inRegion('east', 5).map((name) => silence(name));
  const partial = watchNodes({ faults: most, nodes: [...inRegion('east', 6), 'node-west-1'] });
  for (const name of inRegion('east', 5)) expect(storyOf(name, partial)).toContain('unknown');
  // The first may be given up before the others are missed.
  expect(givenUp(partial).length).toBeLessThanOrEqual(1);
  expect(names(givenUp(watchNodes({ faults: [silence('node-east-*')] })))).toEqual(inRegion('east', 3));
});

test('what runs on a silent node counts as ready no more, also when that could not be said at once', () => {
  expect(countsAsReady([])).toBe(false);
  // The node becomes unknown while what runs there cannot be asked for, which costs nobody its lead.
  const asksInVain: Fault = {
    at: seconds(12.9),
    do: 'delay',
    from: 'lifecycle-*',
    to: 'api-*',
    kind: 'api/list',
    byUs: seconds(3),
    for: seconds(2.5),
  };
  expect(countsAsReady([asksInVain], { leaseDurationUs: seconds(20), renewDeadlineUs: seconds(15) })).toBe(false);
});

test('so it is when whoever said that the node is unknown led for no longer than that', () => {
  const design = { leaseDurationUs: ms(1_500), renewDeadlineUs: ms(1_000), leaseRetryUs: ms(250) };
  const asksInVain: Fault = {
    at: seconds(12),
    do: 'delay',
    from: 'lifecycle-*',
    to: 'api-*',
    kind: 'api/list',
    byUs: seconds(3),
    for: seconds(1),
  };
  // One of the two leads.
  for (const target of ['lifecycle-east', 'lifecycle-west'])
    expect(countsAsReady([asksInVain, { at: seconds(13), do: 'kill', target }], design)).toBe(false);
});

test('when nobody is heard in any zone nobody stays given up: it is rather the one who listens', () => {
  const seen = watchNodes({ faults: [silence('node-west-1', { at: seconds(7) }), silence('node-*', { at: seconds(12) })] });
  expect(storyOf('node-west-1', seen)).toEqual(['ready', 'unknown', 'unknown, given up', 'unknown']);
  expect(stillGivenUp(seen)).toEqual([]);
});

test('defect evict-when-blind: all of them are given up', () => {
  const faults = [silence('node-*')];
  expect(stillGivenUp(watchNodes({ faults }))).toEqual([]);
  expect(stillGivenUp(watchNodes({ faults, defects: ['evict-when-blind'] }))).toEqual([...threeByThree].sort());
});

test('after a time in which nobody was heard every node has the whole grace again', () => {
  const backUs = SILENT_US + seconds(9);
  const seen = watchNodes({ faults: [silence('node-*', { for: backUs - SILENT_US }), silence('node-north-1', { at: backUs })] });
  const later = givenUp(seen).filter(({ atUs }) => atUs > backUs);
  expect(names(later)).toEqual(['node-north-1']);
  expect(later[0]?.atUs).toBeGreaterThanOrEqual(backUs + nodeGraceUs);
});

test('so it is when nobody could be asked in that time: a node that is still silent when the first other one is heard again is not given up for it', () => {
  const backUs = SILENT_US + seconds(9);
  const deaf: Fault = { at: SILENT_US, do: 'isolate', target: 'api-*', for: backUs - SILENT_US };
  const later = givenUp(
    watchNodes({
      faults: [deaf, silence('node-north-1', { at: backUs })],
      design: { leaseDurationUs: seconds(20), renewDeadlineUs: seconds(15) },
    }),
  );
  expect(names(later)).toEqual(['node-north-1']);
  expect(later[0]?.atUs).toBeGreaterThanOrEqual(backUs + nodeGraceUs);
});

test('whoever begins to lead gives every node the whole grace, whatever it has seen before', () => {
  // Another one leads before the grace is over.
  const design = { leaseDurationUs: ms(1_500), renewDeadlineUs: ms(1_000), leaseRetryUs: ms(250) };
  const [undisturbed] = givenUp(watchNodes({ design, faults: [silence('node-west-2')] }));
  const crashUs = (undisturbed?.atUs ?? 0) - seconds(1);
  // One of the two leads.
  const times = ['lifecycle-east', 'lifecycle-west'].map((target) => {
    const gone = givenUp(watchNodes({ design, faults: [silence('node-west-2'), { at: crashUs, do: 'crash', target }] }));
    expect(names(gone)).toEqual(['node-west-2']);
    return gone[0]?.atUs ?? 0;
  });
  expect(Math.min(...times)).toBeLessThan(crashUs + nodeGraceUs);
  expect(Math.max(...times)).toBeGreaterThan(crashUs + nodeGraceUs);
});

test('what a cache has not seen is asked for: nodes whose renewals are told of late are not given up, but for defect silence-by-cache', () => {
  const faults: readonly Fault[] = [
    // These renew at other moments than the others then, and seem silent later: whoever thinks that all are suspects itself.
    { at: SILENT_US - seconds(5), do: 'pause', target: 'node-north-*', for: ms(1_700) },
    {
      at: SILENT_US,
      do: 'delay',
      from: 'store-*',
      to: 'api-*',
      oneWay: true,
      byUs: ms(4_600),
      kind: 'store/watch',
      for: seconds(6),
    },
  ];
  const design = { nodeLeaseUs: ms(2_500) };
  expect(givenUp(watchNodes({ design, faults }))).toEqual([]);
  expect(givenUp(watchNodes({ design, faults, defects: ['silence-by-cache'] })).length).toBeGreaterThan(0);
});

test('a lease that a node has left behind is taken in the course of time, also when whoever removed the node never knew that it did', () => {
  let left: readonly string[] = [];
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    yield* api.create('Lease', nodeLeaseName('node-east-9'), { holder: 'node-east-9', durationUs: nodeGraceUs, renewals: 1 });
    yield* os.sleep(2 * defaultDesign.resyncUs);
    const listed = yield* api.list('Lease');
    if (listed.status === 'ok') left = listed.value.items.map(({ metadata }) => metadata.name).filter(isNodeLease);
  };
  watchNodes({ nodes: ['node-east-1', 'node-west-1'], ask });
  expect(left).toEqual([nodeLeaseName('node-east-1'), nodeLeaseName('node-west-1')]);
});
