import { expect, test } from 'vitest';
import { ms, RpcServer, seconds, type Co, type Fault, type Micros, type Os } from '../../../sim/index.ts';
import { apiNames, controlPlane, runThrough, script } from '../testing/world.ts';
import type { Deployment } from '../resources/index.ts';
import { listMethod } from '../methods.ts';
import { noDefects } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { ApiClient } from './api-client.ts';
import { Informer, type InformerListener } from './informer.ts';
import { observedBoundary, type Observation } from './observed.ts';

interface Watched {
  readonly observations: readonly Observation[];
  /**
   * What its listener was told: `web@2`, `gone web@2` or, when nobody saw it go, `vanished web@2`; of another
   * object of the name `web@1 for web@2`.
   */
  readonly told: readonly string[];
  /** Names and generations in the cache at the end. */
  readonly cached: readonly string[];
  readonly lists: number;
}

const words = ({ metadata }: Deployment): string => `${metadata.name}@${metadata.generation}`;

/** An informer on Deployments beside a client that changes them. */
function watchDeployments(
  write: (api: ApiClient, os: Os) => Co<void>,
  options: { faults?: readonly Fault[]; design?: Partial<Design>; defects?: readonly string[] } = {},
): Watched {
  const told: string[] = [];
  const observations: Observation[] = [];
  const { defects } = options;
  const run = controlPlane({
    ...options,
    endUs: seconds(14),
    processes: (design) => ({
      'client-west': script(write),
      'watcher-east': (os) => {
        const client = new ApiClient(os, apiNames, design);
        const changed: InformerListener<'Deployment'> = (object, gone, { before, finalStateKnown }) => {
          const replaced = !gone && before !== null && before.metadata.uid !== object.metadata.uid ? ` for ${words(before)}` : '';
          told.push((gone ? (finalStateKnown ? 'gone ' : 'vanished ') : '') + words(object) + replaced);
        };
        const informer = new Informer(os, { kind: 'Deployment', client, design, defects: new Set(defects), changed });
        return { start: () => informer.start(), inspect: () => informer.inspect() };
      },
    }),
  });
  run.observe({ crossed: (_, what, body) => void (what === observedBoundary && observations.push(body as Observation)) });
  runThrough(run);
  const { objects, lists } = run.inspect('watcher-east').program as { objects: readonly Deployment[]; lists: number };
  return { observations, told, cached: objects.map(words), lists };
}

const web = { replicas: 1, image: 'a' };
/** So late that no resync repeats what the watch has told. */
const noResync = { resyncUs: seconds(60) };

test('it tells of every change once, in order, and its cache is what there is', () => {
  const { told, cached, lists } = watchDeployments(
    function* (api) {
      yield* api.create('Deployment', 'web', web);
      yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas: 2 } });
      yield* api.create('Deployment', 'app', web);
      yield* api.delete('Deployment', 'web');
    },
    { design: noResync },
  );
  expect(told).toEqual(['web@1', 'web@2', 'app@1', 'gone web@2']);
  expect(cached).toEqual(['app@1']);
  expect(lists).toBe(1);
});

test('all that it sees crosses the boundary, with the version at which it saw it', () => {
  const { observations } = watchDeployments(
    function* (api) {
      yield* api.create('Deployment', 'web', web);
      yield* api.delete('Deployment', 'web');
    },
    { design: noResync },
  );
  expect(observations).toHaveLength(2);
  const [seen, gone] = observations;
  expect(seen).toMatchObject({ controller: 'watcher-east', kind: 'Deployment', name: 'web', generation: 1, deleted: false });
  expect(gone).toMatchObject({ uid: seen?.uid, deleted: true });
  expect(gone?.resourceVersion).toBeGreaterThan(seen?.resourceVersion ?? 0);
});

test('a resync tells of everything again, changed or not', () => {
  const { told } = watchDeployments(
    function* (api) {
      yield* api.create('Deployment', 'web', web);
    },
    { design: { resyncUs: seconds(2) } },
  );
  expect(told.length).toBeGreaterThanOrEqual(4);
  expect(new Set(told)).toEqual(new Set(['web@1']));
});

test('when its API server is lost it goes on at another, without a gap and without a new list', () => {
  const faults: Fault[] = [{ at: ms(3_700), do: 'crash', target: 'api-east-1', for: seconds(8) }];
  const { told, lists } = watchDeployments(
    function* (api, os) {
      yield* api.create('Deployment', 'web', web);
      yield* os.sleep(seconds(2));
      yield* api.delete('Deployment', 'web');
      yield* api.create('Deployment', 'web', web);
    },
    { faults, design: noResync },
  );
  expect(told).toEqual(['web@1', 'gone web@1', 'web@1']);
  expect(lists).toBe(1);
});

test('a watch is given up after its time and taken up where it ended', () => {
  const { told, lists } = watchDeployments(
    function* (api, os) {
      for (let n = 1; n <= 8; n++) {
        yield* api.create('Deployment', `web-${n}`, web);
        yield* os.sleep(seconds(1));
      }
    },
    { design: { ...noResync, watchTimeoutUs: ms(400) } },
  );
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `web-${n}@1`));
  expect(lists).toBe(1);
});

/**
 * It is cut off while one object goes and another is made, until what happened to both has left the windows of the watch caches.
 */
const gap: { readonly faults: readonly Fault[]; readonly design: Partial<Design> } = {
  faults: [{ at: ms(4_200), do: 'isolate', target: 'watcher-east', for: seconds(6) }],
  design: { ...noResync, watchCacheEvents: 4 },
};
function* changeInGap(api: ApiClient, os: Os): Co<void> {
  yield* api.create('Deployment', 'old', web);
  yield* os.sleep(seconds(1));
  yield* api.delete('Deployment', 'old');
  yield* api.create('Deployment', 'new', web);
  for (let replicas = 2; replicas < 8; replicas++) yield* api.update('Deployment', 'new', 0, { spec: { ...web, replicas } });
}

test('a new list that is wished for while no server is there is made as soon as one is', () => {
  const listedUs: Micros[] = [];
  const run = controlPlane({
    endUs: seconds(14),
    faults: [{ at: seconds(6), do: 'reset', target: 'api-east-1' }],
    processes: (design) => ({
      'watcher-east': (os) => {
        const client = new ApiClient(os, ['api-east-1'], design);
        const advanced = (_kind: string, relisted: boolean): void => void (relisted && listedUs.push(os.monotonicUs()));
        const informer = new Informer(os, {
          kind: 'Deployment',
          client,
          design,
          defects: noDefects,
          changed: () => undefined,
          advanced,
        });
        const refresh = function* (): Co<void> {
          yield* os.sleep(seconds(5));
          while (client.connected) yield* os.sleep(ms(1));
          informer.refresh();
        };
        return {
          start: () => {
            informer.start();
            os.spawn('refresh', refresh());
          },
        };
      },
    }),
  });
  runThrough(run);
  expect(listedUs).toHaveLength(2);
  expect(listedUs[1]).toBeLessThan(seconds(7));
});

test('a server that has too much to do is not left: all else that this process has there goes on', () => {
  let endpoint = '';
  const run = controlPlane({
    endUs: seconds(8),
    processes: (design) => ({
      'api-east-busy': () => {
        const server = new RpcServer();
        server.handle(listMethod, (_, reply) => reply.refuse('too-many-requests', 'come back later'));
        return { start: () => undefined, accept: (connection) => server.accept(connection) };
      },
      'watcher-east': (os) => {
        const client = new ApiClient(os, ['api-east-busy', 'api-east-1'], design);
        const informer = new Informer(os, { kind: 'Deployment', client, design, defects: noDefects, changed: () => undefined });
        return {
          start: () => informer.start(),
          inspect: () => (endpoint = client.endpoint),
        };
      },
    }),
  });
  runThrough(run);
  run.inspect('watcher-east');
  expect(endpoint).toBe('api-east-busy');
});

test('after a gap it lists again, and finds out what went in between', () => {
  const { told, cached, lists } = watchDeployments(changeInGap, gap);
  expect(cached).toEqual(['new@7']);
  expect(told).toEqual(['old@1', 'vanished old@1', 'new@7']);
  expect(lists).toBeGreaterThan(1);
});

test('defect missed-deletion-on-relist: what went in the gap stays in the cache', () => {
  expect(watchDeployments(changeInGap, { ...gap, defects: ['missed-deletion-on-relist'] }).cached).toEqual(['old@1', 'new@7']);
});

test('defect no-resync-after-gap: what happened in the gap is never learnt', () => {
  expect(watchDeployments(changeInGap, { ...gap, defects: ['no-resync-after-gap'] }).cached).toEqual(['old@1']);
});

test('an object that was replaced in a gap comes as one change of its name, and is seen to be gone all the same', () => {
  const { observations, told } = watchDeployments(function* (api, os) {
    yield* api.create('Deployment', 'web', web);
    yield* os.sleep(seconds(1));
    yield* api.delete('Deployment', 'web');
    yield* api.create('Deployment', 'web', web);
    for (let replicas = 2; replicas < 8; replicas++) yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas } });
  }, gap);
  expect(told).toEqual(['web@1', 'web@7 for web@1']);
  expect(observations.map(({ deleted }) => deleted)).toEqual([false, true, false]);
  expect(observations[1]?.uid).toBe(observations[0]?.uid);
  expect(observations[2]?.uid).not.toBe(observations[0]?.uid);
});

/**
 * A member of the store is cut off from the others, but not from the API server beside it, to
 * which the informer's second life turns.
 */
const staleMember: readonly Fault[] = [
  { at: 0, do: 'partition', from: 'watcher-east', to: 'api-east-1', for: seconds(7) },
  { at: ms(3_800), do: 'partition', from: 'store-east-1', to: 'store-west-1', for: seconds(10) },
  { at: ms(3_800), do: 'partition', from: 'store-east-1', to: 'store-north-1', for: seconds(10) },
  { at: seconds(8), do: 'kill', target: 'watcher-east', for: ms(200) },
];
function* changeBehindIt(api: ApiClient, os: Os): Co<void> {
  yield* api.create('Deployment', 'web', web);
  yield* os.sleep(seconds(2));
  yield* api.update('Deployment', 'web', 0, { spec: { ...web, replicas: 2 } });
}

test('whatever server it starts anew beside, it does not see an object go back', () => {
  const { observations } = watchDeployments(changeBehindIt, { faults: staleMember, design: noResync });
  expect(observations.map(({ generation }) => generation)).toEqual([1, 2, 2]);
});

test('defect stale-list-on-restart: a stale member shows it the past', () => {
  const { observations } = watchDeployments(changeBehindIt, {
    faults: staleMember,
    design: noResync,
    defects: ['stale-list-on-restart'],
  });
  expect(observations.map(({ generation }) => generation).slice(0, 3)).toEqual([1, 2, 1]);
});
