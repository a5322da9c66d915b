import { describe, expect, test } from 'vitest';
import { ms, seconds, type Boot, type Co, type Fault, type Micros, type Run } from '../../../sim/index.ts';
import type { Fence, Resource, Workload } from '../../api/resources/index.ts';
import { apiNames, controlPlane, runThrough, script } from '../../api/testing/world.ts';
import type { Design } from '../../design.ts';
import {
  controller,
  Malformed,
  reconciledBy,
  type ControllerInspection,
  type ControllerLogic,
  type ControllerTools,
  type Reconciled,
} from './controller.ts';

const SECRET = 'no reference at all';

/** Keeps as many Workloads as a Deployment asks for, under names that it draws: what its cache lacks it makes again. */
class Replicator implements ControllerLogic {
  readonly role = 'replicator';
  readonly kinds = ['Deployment', 'Workload'] as const;
  private readonly tools: ControllerTools;
  private readonly most: { count: number };

  constructor(tools: ControllerTools, most: { count: number }) {
    this.tools = tools;
    this.most = most;
  }

  concerns(object: Resource): readonly string[] {
    return [object.kind === 'Workload' ? (object as Workload).spec.ownerName : object.metadata.name];
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const { client, os } = this.tools;
    const deployment = this.tools.cache('Deployment').get(name);
    if (deployment === undefined) return 'done';
    const { metadata, spec } = deployment;
    if (spec.image === SECRET) throw new Malformed(`${name}: there is no image ${SECRET}`);
    const own = this.tools
      .cache('Workload')
      .list()
      .filter((workload) => workload.spec.ownerName === name);
    for (let missing = spec.replicas - own.length; missing > 0; missing--) {
      const workload = {
        owner: metadata.uid,
        ownerName: name,
        ownerGeneration: metadata.generation,
        image: spec.image,
        node: 'n1',
      };
      const result = reconciledBy(
        yield* client.create('Workload', `${name}-${os.random('names').below(1_000_000_000)}`, workload, fence),
      );
      if (result !== 'done') return result;
    }
    for (const { metadata: extra } of own.slice(spec.replicas)) {
      const result = reconciledBy(yield* client.delete('Workload', extra.name, { uid: extra.uid, fence }));
      if (result !== 'done') return result;
    }
    this.most.count = Math.max(this.most.count, own.length);
    return 'done';
  }
}

interface Options {
  readonly seed?: number;
  readonly design?: Partial<Design>;
  readonly defects?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly images?: readonly string[];
  readonly endUs?: Micros;
}

interface Outcome {
  readonly run: Run;
  /** Workloads at the end, and the most that its cache ever had. */
  readonly workloads: readonly string[];
  readonly most: number;
}

/** A deployment of three replicas for each image, and one replica of the controller. */
function replicate({ images = ['a'], ...options }: Options): Outcome {
  const most = { count: 0 };
  const workloads: string[] = [];
  const { endUs = seconds(16), defects = [] } = options;
  const run = controlPlane({
    ...options,
    endUs,
    processes: (design) => {
      const boot: Boot = controller(
        { design, defects: new Set(defects), apiEndpoints: apiNames },
        (tools) => new Replicator(tools, most),
      );
      return {
        'replicator-east': boot,
        'client-west': script(function* (api) {
          for (const [at, image] of images.entries()) yield* api.create('Deployment', `web-${at}`, { replicas: 3, image });
        }, seconds(6)),
        'reader-west': script(
          function* (api) {
            const listed = yield* api.list('Workload');
            if (listed.status === 'ok')
              for (const { metadata } of listed.value.items) workloads.push(metadata.name.slice(0, 'web-0'.length));
          },
          endUs - seconds(1),
        ),
      };
    },
  });
  return { run: runThrough(run), workloads, most: most.count };
}

/** What the API server tells the controller of changes comes later than the next look at every object. */
const lateAnswers: Fault = {
  at: seconds(5),
  do: 'delay',
  from: 'api-east-1',
  to: 'replicator-east',
  kind: 'api/watch',
  byUs: ms(600),
  for: seconds(8),
};
/** So that somebody looks again before the watch has told. */
const resyncUs = ms(100);

describe.each(['versions', 'expectations'] as const)('guarded by %s', (ownWrites) => {
  // Whether anybody looks while the cache is behind is a matter of chance.
  const seeds = [1, 2, 3, 4, 5, 6];

  test('a controller whose watch is late makes nothing twice', () => {
    for (const seed of seeds) {
      const { workloads, most } = replicate({ seed, faults: [lateAnswers], design: { resyncUs, ownWrites } });
      expect([seed, workloads.length, most]).toEqual([seed, 3, 3]);
    }
  });

  test('defect no-read-your-writes: what the cache does not show yet is made again', () => {
    const most = seeds.map(
      (seed) =>
        replicate({ seed, faults: [lateAnswers], design: { resyncUs, ownWrites }, defects: ['no-read-your-writes'] }).most,
    );
    expect(Math.max(...most)).toBeGreaterThan(3);
  });
});

test('an object that makes no sense costs its own key alone, which comes back less and less often', () => {
  const { workloads, run } = replicate({ images: [SECRET, 'a'] });
  expect(workloads).toEqual(['web-1', 'web-1', 'web-1']);
  const { malformed } = run.inspect('replicator-east').program as ControllerInspection;
  expect(malformed).toBeGreaterThan(8);
  expect(malformed).toBeLessThan(25);
});

test('defect malformed-object-crashes: one object, and the controller does nothing any more', () => {
  const { workloads, run } = replicate({ images: [SECRET, 'a'], defects: ['malformed-object-crashes'] });
  expect(workloads).toEqual([]);
  expect(run.processes.find(({ name }) => name === 'replicator-east')?.incarnation).toBeGreaterThan(2);
});
