import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Os } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Cache } from '../../api/client/cache.ts';
import type { Primary, Workload } from '../../api/resources/index.ts';
import { metadata, workloadSpec, workloadStatus } from '../../api/testing/objects.ts';
import { noDefects } from '../../defect.ts';
import { defaultDesign } from '../../design.ts';
import { FILE_PREFIX, fileOf } from './database.ts';
import { Serving } from './serving.ts';

/** What the node has heard of the control plane. */
interface Known {
  workloads: readonly Workload[];
  primaries: readonly Primary[];
}

const workload = (uid: string): Workload => ({
  kind: 'Workload',
  metadata: metadata(uid, { uid }),
  spec: workloadSpec({ node: 'node-east-1' }),
  status: workloadStatus({ phase: 'Running', ready: true }),
});

const office: Primary = {
  kind: 'Primary',
  metadata: metadata('db'),
  spec: { service: 's', workload: 'p', node: 'node-east-1', region: 'east', epoch: 1, line: 1, inSync: ['p'] },
  status: {},
};

/** The API confirms the office for as long as it is asked. */
const api = {
  // oxlint-disable-next-line eslint/require-yield -- what a client does may take no time
  *get() {
    return { status: 'ok', value: office };
  },
} as unknown as ApiClient;

/** Files of data that a node has in the end, whose first life does `work`. */
function filesAfter(work: (serving: Serving, known: Known, os: Os) => Co<void>): readonly string[] {
  let left: readonly string[] = ['nothing was looked at'];
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const known: Known = { workloads: [workload('p')], primaries: [office] };
          const serving = new Serving({
            os,
            api,
            design: defaultDesign,
            defects: noDefects,
            serves: (uid) => known.workloads.some(({ metadata: { uid: here } }) => here === uid),
            workloads: { list: () => known.workloads } as unknown as Cache<'Workload'>,
            primaries: { list: () => known.primaries } as unknown as Cache<'Primary'>,
          });
          const body = function* (): Co<void> {
            yield* work(serving, known, os);
            yield* os.sleep(ms(500));
            os.disk.list(FILE_PREFIX, (files) => (left = files));
          };
          return { start: () => void os.spawn('work', body()) };
        },
      }),
    faults: [],
    properties: [],
    healAtUs: seconds(1),
    endUs: seconds(2),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  return left;
}

/** Stands on the disk already when its workload takes up the office. */
const own = fileOf('s', 'p');

function* takeUp(serving: Serving, os: Os): Co<void> {
  os.disk.append(own, { epoch: 1, id: 'a' }, 64);
  serving.reconsider();
  yield* os.sleep(ms(300));
  expect(serving.inspect().databases).toHaveLength(1);
}

test('the data of a workload that is gone for good is dropped, and so is that of a service', () => {
  const after = (change: Partial<Known>): readonly string[] =>
    filesAfter(function* (serving, known, os) {
      yield* takeUp(serving, os);
      Object.assign(known, change);
      serving.reconsider();
      serving.collect();
      expect(serving.inspect().databases).toHaveLength('workloads' in change || 'primaries' in change ? 0 : 1);
    });
  expect(after({})).toEqual([own]);
  expect(after({ workloads: [] })).toEqual([]);
  expect(after({ primaries: [] })).toEqual([]);
});

test('what an earlier life has left of those that are gone is dropped, and what is still wanted stays', () => {
  const files = filesAfter(function* (serving, _known, os) {
    for (const file of [own, fileOf('s', 'gone'), fileOf('gone', 'p')]) os.disk.append(file, { epoch: 1, id: 'a' }, 64);
    yield* os.sleep(ms(100));
    serving.sweep();
  });
  expect(files).toEqual([own]);
});
