import { describe, expect, test } from 'vitest';
import type { Deployment, DeploymentSpec, Workload } from '../api/resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { planRollout } from './rollout.ts';

const deployment = (spec: Partial<DeploymentSpec>): Deployment => ({
  kind: 'Deployment',
  metadata: metadata('web', { uid: 'u1', generation: 2 }),
  spec: deploymentSpec({ image: 'b', ...spec }),
  status: deploymentStatus(),
});

interface Own {
  readonly image?: string;
  readonly ready?: boolean;
  readonly node?: string;
  readonly ordinal?: number;
  readonly deleted?: boolean;
}

const workload = (
  name: string,
  { image = 'b', ready = true, node = 'n1', ordinal = 0, deleted = false }: Own = {},
): Workload => ({
  kind: 'Workload',
  metadata: metadata(name, { deletionUs: deleted ? 1 : null }),
  spec: workloadSpec({ image, node, ordinal }),
  status: workloadStatus({ phase: 'Running', ready }),
});

/** The steps in words. */
function plan(spec: Partial<DeploymentSpec>, workloads: readonly Workload[], leaving: readonly string[] = []): readonly string[] {
  const asked = deployment(spec);
  const steps = planRollout({
    deployment: asked,
    image: asked.spec.image,
    workloads,
    isLeaving: (each) => leaving.includes(each.spec.node),
  });
  return steps.map((step) =>
    step.do === 'create'
      ? `create ${step.ordinal}${asked.spec.paused ? ` of ${step.image}` : ''}`
      : `delete ${step.workload.metadata.name}`,
  );
}

/** So many of an image. */
const some = (count: number, image: string): readonly Workload[] =>
  Array.from({ length: count }, (_, at) => workload(`${image}${at}`, { image, node: `n${at}` }));

const old = (name: string, own: Own = {}): Workload => workload(name, { image: 'a', ...own });

test('what is missing is made, what is too much goes', () => {
  expect(plan({ replicas: 2 }, [])).toEqual(['create 0', 'create 0']);
  expect(plan({ replicas: 2 }, [workload('x')])).toEqual(['create 0']);
  expect(plan({ replicas: 1 }, [workload('x'), workload('y')])).toEqual(['delete x']);
  expect(plan({ replicas: 0 }, [workload('x'), old('y')])).toEqual(['delete y', 'delete x']);
});

test('of what is too much, what serves nobody goes first', () => {
  expect(plan({ replicas: 1 }, [workload('x'), workload('y', { ready: false }), workload('z', { node: '' })])).toEqual([
    'delete z',
    'delete y',
  ]);
});

test('a surge bounds how many stand side by side', () => {
  expect(plan({ replicas: 3, maxSurge: 1 }, [old('x'), old('y'), old('z')])).toEqual(['create 0']);
  expect(plan({ replicas: 3, maxSurge: 2 }, [old('x'), old('y'), old('z')])).toEqual(['create 0', 'create 0']);
  expect(plan({ replicas: 3, maxSurge: 1 }, [old('x'), old('y'), old('z'), workload('n', { ready: false })])).toEqual([]);
});

test('an old one that serves goes when a new one does', () => {
  expect(plan({ replicas: 2, maxSurge: 1 }, [old('x'), old('y'), workload('n')])).toEqual(['delete x']);
});

test('what may be missing is taken away before there is anything new', () => {
  expect(plan({ replicas: 3, maxSurge: 0, maxUnavailable: 1 }, [old('x'), old('y'), old('z')])).toEqual(['delete x']);
  // One is missing already.
  expect(plan({ replicas: 3, maxSurge: 0, maxUnavailable: 1 }, [old('x'), old('y'), workload('n', { ready: false })])).toEqual(
    [],
  );
});

test('an old version that does not serve is not waited for, whatever may be missing', () => {
  expect(
    plan({ replicas: 2 }, [old('x', { ready: false }), old('y', { ready: false }), workload('n', { ready: false })]),
  ).toEqual(['delete x', 'delete y']);
});

test('what is being deleted counts for nothing', () => {
  expect(plan({ replicas: 1 }, [workload('x', { deleted: true })])).toEqual(['create 0']);
});

test('what is on a node that is to be emptied is replaced like what is outdated', () => {
  expect(plan({ replicas: 2 }, [workload('x', { node: 'n9' }), workload('y')], ['n9'])).toEqual(['create 0']);
  expect(plan({ replicas: 2 }, [workload('x', { node: 'n9' }), workload('y'), workload('n')], ['n9'])).toEqual(['delete x']);
});

const paused = { paused: true, maxSurge: 1 } as const;

test('a paused roll-out stays where it is, with its surge', () => {
  expect(plan({ ...paused, replicas: 6 }, [...some(6, 'a'), ...some(1, 'b')])).toEqual([]);
  expect(plan({ ...paused, replicas: 3 }, [...some(3, 'a'), workload('b0', { ready: false })])).toEqual([]);
  expect(plan({ ...paused, replicas: 6 }, some(6, 'a'))).toEqual([]);
});

test('what is missing of a paused roll-out is made of the images that run, in proportion', () => {
  expect(plan({ ...paused, replicas: 6 }, [...some(5, 'a'), ...some(1, 'b')])).toEqual(['create 0 of a']);
  expect(plan({ ...paused, replicas: 6 }, some(5, 'a'))).toEqual(['create 0 of a']);
  expect(plan({ ...paused, replicas: 9 }, [...some(3, 'a'), ...some(2, 'b')])).toEqual([
    ...Array.from({ length: 3 }, () => 'create 0 of a'),
    ...Array.from({ length: 2 }, () => 'create 0 of b'),
  ]);
  // What nothing runs yet or any more is not a part of it.
  expect(plan({ ...paused, replicas: 1 }, [])).toEqual(['create 0 of b']);
});

test('a paused roll-out is scaled down in proportion', () => {
  expect(plan({ ...paused, replicas: 3 }, [...some(6, 'a'), ...some(2, 'b')])).toEqual([
    'delete a0',
    'delete a1',
    'delete a2',
    'delete b0',
  ]);
  expect(plan({ ...paused, replicas: 0 }, [...some(1, 'a'), ...some(1, 'b')])).toEqual(['delete a0', 'delete b0']);
});

test('a node is emptied also while the roll-out is paused: what was there is made again of its image', () => {
  const others = [workload('a1', { image: 'a' }), workload('b0')];
  expect(plan({ ...paused, replicas: 2 }, [old('a0', { node: 'n9' }), ...others], ['n9'])).toEqual(['delete a0']);
  expect(plan({ ...paused, replicas: 3 }, [old('a0'), ...others], ['n9'])).toEqual(['create 0 of a']);
});

const stable = { identity: 'stable' } as const;

test('identities are made in order, each when those before it serve', () => {
  expect(plan({ ...stable, replicas: 3 }, [])).toEqual(['create 0']);
  expect(plan({ ...stable, replicas: 3 }, [workload('web-0', { ready: false })])).toEqual([]);
  expect(plan({ ...stable, replicas: 3 }, [workload('web-0')])).toEqual(['create 1']);
});

test('an identity is not made again while the object that has its name is there', () => {
  expect(plan({ ...stable, replicas: 2 }, [workload('web-0', { deleted: true }), workload('web-1', { ordinal: 1 })])).toEqual([]);
});

test('identities are replaced from the last one on, one at a time', () => {
  const both = [old('web-0'), old('web-1', { ordinal: 1 })];
  expect(plan({ ...stable, replicas: 2 }, both)).toEqual(['delete web-1']);
  expect(plan({ ...stable, replicas: 2 }, [old('web-0'), old('web-1', { ordinal: 1, deleted: true })])).toEqual([]);
  expect(plan({ ...stable, replicas: 2, maxUnavailable: 2 }, both)).toEqual(['delete web-1', 'delete web-0']);
});

test('a broken version of an identity is replaced at once (k8s#67250)', () => {
  expect(plan({ ...stable, replicas: 2 }, [old('web-0'), old('web-1', { ordinal: 1, ready: false })])).toEqual(['delete web-1']);
});

test('identities of a paused roll-out keep their images; one that is missing has that of the one before it', () => {
  const half = [old('web-0'), workload('web-1', { ordinal: 1 })];
  expect(plan({ ...stable, ...paused, replicas: 2 }, half)).toEqual([]);
  expect(plan({ ...stable, ...paused, replicas: 3 }, half)).toEqual(['create 2 of b']);
  expect(plan({ ...stable, ...paused, replicas: 2 }, [old('web-0')])).toEqual(['create 1 of a']);
  expect(plan({ ...stable, ...paused, replicas: 2 }, [old('web-1', { ordinal: 1 })])).toEqual(['create 0 of a']);
  expect(plan({ ...stable, ...paused, replicas: 1 }, [])).toEqual(['create 0 of b']);
});

describe('identities that are too many', () => {
  const [zero, one, two] = [workload('web-0'), workload('web-1', { ordinal: 1 }), workload('web-2', { ordinal: 2 })];

  test('go from the last one on, each when the one after it is gone', () => {
    expect(plan({ ...stable, replicas: 1 }, [zero, one, two])).toEqual(['delete web-2']);
    expect(plan({ ...stable, replicas: 1 }, [zero, one, workload('web-2', { ordinal: 2, deleted: true })])).toEqual([]);
    expect(plan({ ...stable, replicas: 1 }, [zero, one])).toEqual(['delete web-1']);
    expect(plan({ ...stable, replicas: 0 }, [zero])).toEqual(['delete web-0']);
  });

  test('wait until those that stay serve, and for nobody else', () => {
    expect(plan({ ...stable, replicas: 2 }, [workload('web-0', { ready: false }), one, two])).toEqual([]);
    expect(plan({ ...stable, replicas: 2 }, [one, two])).toEqual(['create 0']);
    expect(plan({ ...stable, replicas: 1 }, [zero, workload('web-1', { ordinal: 1, ready: false }), two])).toEqual([
      'delete web-2',
    ]);
    expect(plan({ ...stable, replicas: 1 }, [zero, workload('web-1', { ordinal: 1, ready: false })])).toEqual(['delete web-1']);
  });
});
