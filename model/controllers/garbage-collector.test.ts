import { expect, test } from 'vitest';
import { ms, seconds, type Co, type Fault, type Observer, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { getMethod, type GetRequest } from '../api/methods.ts';
import { controllerReference, type OwnerReference, type Resource, type ResourceKind } from '../api/resources/index.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { Design } from '../design.ts';
import { garbageCollector } from './garbage-collector.ts';
import { lag, lagging, laggingDesign } from './testing/lagging.ts';

const service = { deployment: 'web', mode: 'balanced' } as const;

function ownedBy(kind: ResourceKind, { metadata }: Resource): OwnerReference {
  return controllerReference(kind, metadata);
}

/** Makes a Service with Endpoints of the same name. */
function* declare(api: ApiClient, name: string, ...more: readonly OwnerReference[]): Co<OwnerReference> {
  const made = yield* api.create('Service', name, service);
  if (made.status !== 'ok') throw new Error(`Service ${name}: ${made.status}`);
  const owner = ownedBy('Service', made.value);
  yield* api.create('Endpoints', name, { service: owner.uid, backends: [], mode: 'balanced' }, null, {
    owners: [owner, ...more],
  });
  return owner;
}

interface Options {
  readonly defects?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly design?: Partial<Design>;
  readonly listening?: Observer;
}

/** One replica of the collector beside a client. What stands in the end: `Endpoints web 2` has two owners. */
function collect(
  write: (api: ApiClient, os: Os) => Co<void>,
  { defects = [], faults = [], design: own = {}, listening = {} }: Options = {},
): readonly string[] {
  const left: string[] = [];
  const endUs = seconds(20);
  const run = controlPlane({
    defects,
    faults,
    design: own,
    endUs,
    processes: (design) => ({
      'collector-east': garbageCollector({ design, defects: new Set(defects), apiEndpoints: apiNames }),
      'client-west': script(write, seconds(6)),
      'reader-west': script(
        function* (api) {
          for (const kind of ['Service', 'Endpoints', 'Workload'] as const) {
            const listed = yield* api.list(kind);
            if (listed.status === 'ok')
              for (const { metadata } of listed.value.items) left.push(`${kind} ${metadata.name} ${metadata.owners.length}`);
          }
        },
        endUs - seconds(2),
      ),
    }),
  });
  run.observe(listening);
  runThrough(run);
  return left;
}

test('what belongs to somebody stays, and what belonged to one that is gone is collected', () => {
  const left = collect(function* (api) {
    yield* declare(api, 'kept');
    yield* declare(api, 'web');
    yield* api.delete('Service', 'web');
  });
  expect(left).toEqual(['Service kept 0', 'Endpoints kept 1']);
});

test('what belongs to something of a kind that nobody serves stays: of that nobody knows whether it is gone', () => {
  const left = collect(function* (api) {
    const owner: OwnerReference = { kind: 'Widget', name: 'w', uid: 'u' };
    yield* api.create('Endpoints', 'web', { service: 'u', backends: [], mode: 'balanced' }, null, { owners: [owner] });
  });
  expect(left).toEqual(['Endpoints web 1']);
});

test('of several owners all must be gone; those that are gone are taken off it', () => {
  const left = collect(function* (api) {
    const kept = yield* declare(api, 'kept');
    yield* declare(api, 'web', kept);
    yield* api.delete('Service', 'web');
  });
  expect(left).toEqual(['Service kept 0', 'Endpoints kept 1', 'Endpoints web 1']);
});

test('what is collected takes with it what belongs to it', () => {
  const left = collect(function* (api) {
    const owner = yield* declare(api, 'web');
    const middle = yield* api.create('Service', 'middle', service, null, { owners: [owner] });
    if (middle.status === 'ok')
      yield* api.create('Endpoints', 'middle', { service: 'web', backends: [], mode: 'balanced' }, null, {
        owners: [ownedBy('Service', middle.value)],
      });
    yield* api.delete('Service', 'web');
  });
  expect(left).toEqual([]);
});

test('deleted in the foreground, an owner goes after what belongs to it', () => {
  const seen: string[] = [];
  const left = collect(function* (api, os) {
    yield* declare(api, 'web');
    yield* api.delete('Service', 'web', { propagation: 'foreground' });
    for (;;) {
      const [owner, dependent] = [yield* api.get('Service', 'web'), yield* api.get('Endpoints', 'web')];
      seen.push(`${owner.status} ${dependent.status}`);
      if (owner.status === 'refused') return;
      yield* os.sleep(ms(5));
    }
  });
  expect(left).toEqual([]);
  expect(seen).not.toContain('refused ok');
});

test('what blocks its owner keeps it, for as long as somebody keeps that', () => {
  const left = collect(function* (api) {
    const made = yield* api.create('Service', 'web', service);
    if (made.status !== 'ok') throw new Error(made.status);
    yield* api.create('Endpoints', 'web', { service: made.value.metadata.uid, backends: [], mode: 'balanced' }, null, {
      owners: [ownedBy('Service', made.value)],
      finalizers: ['some/body'],
    });
    yield* api.delete('Service', 'web', { propagation: 'foreground' });
  });
  expect(left).toEqual(['Service web 0', 'Endpoints web 1']);
});

test('what does not block its owner may go after it', () => {
  let owner = '';
  const left = collect(function* (api, os) {
    const made = yield* api.create('Service', 'web', service);
    if (made.status !== 'ok') throw new Error(made.status);
    const { name, uid } = made.value.metadata;
    // Somebody else's finalizer keeps it for ever.
    yield* api.create('Endpoints', 'web', { service: uid, backends: [], mode: 'balanced' }, null, {
      owners: [{ kind: 'Service', name, uid }],
      finalizers: ['some/body'],
    });
    yield* api.delete('Service', 'web', { propagation: 'foreground' });
    yield* os.sleep(seconds(3));
    const found = yield* api.get('Service', 'web');
    owner = found.status === 'refused' ? found.code : found.status;
  });
  expect(owner).toBe('not-found');
  expect(left).toEqual(['Endpoints web 1']);
});

test('deleted as orphans, what belonged to an owner stays when it goes', () => {
  const left = collect(function* (api) {
    yield* declare(api, 'web');
    yield* api.delete('Service', 'web', { propagation: 'orphan' });
  });
  expect(left).toEqual(['Endpoints web 0']);
});

function* ownedByNode(api: ApiClient): Co<void> {
  const node = yield* api.create('Node', 'n1', { region: 'east', capacity: 1 });
  if (node.status === 'ok')
    yield* api.create('Endpoints', 'web', { service: 'web', backends: [], mode: 'balanced' }, null, {
      owners: [ownedBy('Node', node.value)],
    });
}

test('an owner that its caches lack is asked for before anything is deleted', () => {
  expect(collect(ownedByNode)).toEqual(['Endpoints web 1']);
});

test('an owner that goes before its cache has ever shown it is missed all the same', () => {
  const left = collect(
    function* (api, os) {
      yield* lag(os, (name) => api.create('Service', name, service));
      yield* declare(api, 'web');
      // Time for the owner to be asked for.
      yield* os.sleep(ms(150));
      yield* api.delete('Service', 'web');
    },
    { faults: lagging('collector-east'), design: laggingDesign },
  );
  expect(left.filter((object) => object.startsWith('Endpoints'))).toEqual([]);
});

test('an owner that no cache will ever show is not asked for again and again', () => {
  const asked: string[] = [];
  const listening: Observer = {
    sent(from, _to, what, body) {
      if (from.name === 'collector-east' && what === getMethod.request)
        asked.push((body as { readonly body: GetRequest }).body.kind);
    },
  };
  collect(ownedByNode, { design: { resyncUs: seconds(60) }, listening });
  expect(asked.filter((kind) => kind === 'Node')).toHaveLength(1);
});

test('defect absent-means-deleted: what the cache lacks counts as gone', () => {
  expect(collect(ownedByNode, { defects: ['absent-means-deleted'] })).toEqual([]);
});

const down: Fault = { at: seconds(7), do: 'crash', target: 'collector-east', for: seconds(3) };
function* deletedMeanwhile(api: ApiClient, os: Os): Co<void> {
  yield* declare(api, 'web');
  yield* os.sleep(seconds(2));
  yield* api.delete('Service', 'web');
}

test('what was orphaned while it was down it finds in its first list', () => {
  expect(collect(deletedMeanwhile, { faults: [down] })).toEqual([]);
});

test('defect initial-list-not-collected: that is never collected', () => {
  expect(collect(deletedMeanwhile, { faults: [down], defects: ['initial-list-not-collected'] })).toEqual(['Endpoints web 1']);
});

/** Its request is under way for a while, and by then there are new ones of both kinds. */
const late: Fault = {
  at: seconds(7),
  do: 'delay',
  from: 'collector-east',
  to: 'api-east-1',
  kind: 'api/delete',
  byUs: ms(1_500),
  for: seconds(4),
};
function* madeAgain(api: ApiClient, os: Os): Co<void> {
  yield* declare(api, 'web');
  yield* os.sleep(seconds(2));
  yield* api.delete('Service', 'web');
  yield* os.sleep(ms(300));
  yield* api.delete('Endpoints', 'web');
  yield* declare(api, 'web');
}

test('what bears the name of a dead object is not taken for it', () => {
  expect(collect(madeAgain, { faults: [late] })).toEqual(['Service web 0', 'Endpoints web 1']);
});

test('what gains an owner after it was judged stays', () => {
  const left = collect(
    function* (api, os) {
      const gone = yield* declare(api, 'web');
      yield* os.sleep(seconds(2));
      yield* api.delete('Service', 'web');
      yield* os.sleep(ms(300));
      const kept = yield* api.create('Service', 'kept', service);
      if (kept.status !== 'ok') throw new Error(kept.status);
      yield* api.update('Endpoints', 'web', 0, { metadata: { owners: [gone, ownedBy('Service', kept.value)] } });
    },
    { faults: [late] },
  );
  expect(left).toEqual(['Service kept 0', 'Endpoints web 1']);
});

test('defect collect-by-name: the next one that bears the name is deleted', () => {
  expect(collect(madeAgain, { faults: [late], defects: ['collect-by-name'] })).toEqual(['Service web 0']);
});
