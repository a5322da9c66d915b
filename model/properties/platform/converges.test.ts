import { expect, test } from 'vitest';
import { createRun, ms, threeRegions } from '../../../sim/index.ts';
import {
  nodeLeaseName,
  type DeploymentSpec,
  type DeploymentStatus,
  type Lease,
  type Node,
  type Resource,
} from '../../api/resources/index.ts';
import { deploymentStatus, metadata, nodeSpec } from '../../api/testing/objects.ts';
import { converges } from './converges.ts';
import { sharedJournals } from './journal.ts';
import { applies, deployment, writes } from './testing/crossings.ts';

const done: DeploymentStatus = deploymentStatus({ observedGeneration: 2, provisioned: { generation: 2, resource: 'lb-1' } });

/** What is still waited for when a deployment of generation 2 without replicas has its load balancer, and this status. */
function waitsFor(status: DeploymentStatus, spec: Partial<DeploymentSpec> = {}): string | null {
  const asked = deployment(0, 2);
  return waitsWith({ ...asked, spec: { ...asked.spec, ...spec }, status });
}

/** The same when these objects stand there. */
function waitsWith(...objects: readonly Resource[]): string | null {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => {
      const balancers = objects.some(({ kind }) => kind === 'Deployment')
        ? [{ resource: 'lb-1', owner: 'u1', generation: 2 }]
        : [];
      world.process({ name: 'cloud', region: 'east', boot: () => ({ start: () => undefined, inspect: () => ({ balancers }) }) });
      world.process({
        name: 'script',
        region: 'east',
        boot: (os) => ({ start: () => objects.forEach((object, at) => applies(at + 1, writes(object))(os)) }),
      });
    },
    faults: [],
    properties: [converges(sharedJournals())],
    healAtUs: ms(10),
    endUs: ms(500),
  });
  run.advance();
  if (run.failure !== null) throw run.failure.error;
  return run.violation?.message ?? null;
}

const node: Node = {
  kind: 'Node',
  metadata: metadata('n1'),
  spec: nodeSpec(),
  status: { readiness: 'ready' },
};

const lease = (name: string): Lease => ({
  kind: 'Lease',
  metadata: metadata(name),
  spec: { holder: 'n1', durationUs: 1, renewals: 1 },
  status: { token: 1 },
});

test('a deployment that has what it asks for, and says so, waits for nothing', () => {
  expect(waitsFor(done)).toBeNull();
});

test.each([
  [
    'the generation that is carried out',
    { ...done, observedGeneration: 1 },
    'web says that generation 1 is carried out, and it is 2 now',
  ],
  ['the replicas that run', { ...done, readyReplicas: 1 }, 'web says that 1 of 0 replicas run'],
  ['the completion record', { ...done, provisioned: null }, 'web has no completion record of generation 2'],
  [
    'a completion record of this generation',
    { ...done, provisioned: { generation: 1, resource: 'lb-1' } },
    'web has no completion record of generation 2',
  ],
])('a status that lags is waited for: %s', (_what, status, message) => {
  expect(waitsFor(status)).toBe(message);
});

test('a paused roll-out keeps its replicas, of whatever was rolled out; one that was paused before it began has none', () => {
  const paused = { replicas: 2, paused: true };
  expect(waitsFor(done, paused)).toBeNull();
  expect(waitsFor({ ...done, history: ['a', 'b'] }, paused)).toBe('web runs 0 of 2 replicas of generation 2');
});

test('the lease of a node that is gone is to go; those of nodes, and of roles, stay', () => {
  expect(waitsWith(node, lease(nodeLeaseName('n1')), lease('rollout'))).toBeNull();
  expect(waitsWith(node, lease(nodeLeaseName('n1')), lease(nodeLeaseName('n2')))).toBe(
    'Lease node.n2 is still there, and its node is not',
  );
});
