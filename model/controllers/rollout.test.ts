import { expect, test } from 'vitest';
import type { Deployment, Workload, WorkloadStatus } from '../api/resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { planRollout, workloadName } from './rollout.ts';

const deployment = (generation: number, replicas: number, image = 'b'): Deployment => ({
  kind: 'Deployment',
  metadata: metadata('web', { uid: 'u1', resourceVersion: 5, generation }),
  spec: deploymentSpec({ replicas, image }),
  status: deploymentStatus(),
});

const workload = (generation: number, ordinal: number, phase: WorkloadStatus['phase'] = 'Running', image = 'b', node = 'n1'): Workload => ({
  kind: 'Workload',
  metadata: metadata(workloadName(deployment(generation, 0), ordinal), { uid: `w${generation}${ordinal}`, resourceVersion: 9 }),
  spec: workloadSpec({ ownerGeneration: generation, image, node }),
  status: workloadStatus({ phase }),
});

/** The steps in words: what, and the end of the name. */
const plan = (asked: Deployment, workloads: readonly Workload[], lost: readonly string[] = []): readonly string[] =>
  planRollout(asked, workloads, (node) => lost.includes(node)).map((step) => {
    const name = step.do === 'create' ? step.name : step.workload.metadata.name;
    return `${step.do} ${name.slice('web-u1-'.length)}`;
  });

test('what is missing is created, under a name that depends on nothing but the intent', () => {
  expect(plan(deployment(1, 2), [])).toEqual(['create 1-0', 'create 1-1']);
  expect(plan(deployment(1, 2), [workload(1, 1)])).toEqual(['create 1-0']);
  expect(plan(deployment(1, 2), [workload(1, 0), workload(1, 1)])).toEqual([]);
});

test('a scaled deployment keeps what runs', () => {
  expect(plan(deployment(2, 3), [workload(1, 0), workload(1, 1)])).toEqual(['adopt 1-0', 'adopt 1-1', 'create 2-2']);
  expect(plan(deployment(2, 1), [workload(1, 0), workload(1, 1)])).toEqual(['delete 1-1', 'adopt 1-0']);
});

test('an old image goes only when its successor runs', () => {
  const old = workload(1, 0, 'Running', 'a');
  expect(plan(deployment(2, 1), [old])).toEqual(['create 2-0']);
  expect(plan(deployment(2, 1), [old, workload(2, 0, 'Pending')])).toEqual([]);
  expect(plan(deployment(2, 1), [old, workload(2, 0)])).toEqual(['delete 1-0']);
});

test('an old one that does not run either need not be waited for', () => {
  expect(plan(deployment(2, 1), [workload(1, 0, 'Pending', 'a'), workload(2, 0, 'Pending')])).toEqual(['delete 1-0']);
});

test('a rollback takes up what still runs', () => {
  expect(plan(deployment(3, 1, 'a'), [workload(1, 0, 'Running', 'a'), workload(2, 0, 'Pending', 'b')])).toEqual(['adopt 1-0', 'delete 2-0']);
});

test('a workload on a lost node is replaced under its own name', () => {
  expect(plan(deployment(1, 1), [workload(1, 0, 'Running', 'b', 'n9')], ['n9'])).toEqual(['delete 1-0', 'create 1-0']);
});

test('nothing is kept of a deployment that wants none', () => {
  expect(plan(deployment(2, 0), [workload(1, 0), workload(1, 1)])).toEqual(['delete 1-0', 'delete 1-1']);
});
