import { expect, test } from 'vitest';
import type { Node, Workload } from '../api/resources/index.ts';
import { metadata, nodeSpec, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { placeWorkload } from './placement.ts';

const node = (name: string, region: string, capacity = 10): Node => ({
  kind: 'Node',
  metadata: metadata(name),
  spec: nodeSpec({ region, capacity }),
  status: { readiness: 'ready' },
});

const on = (name: string, owner = 'u1'): Workload => ({
  kind: 'Workload',
  metadata: metadata(`w-${name}`, { uid: name }),
  spec: workloadSpec({ owner, ownerName: owner, node: name }),
  status: workloadStatus({ phase: 'Running', ready: true }),
});

const nodes = [node('e1', 'east'), node('e2', 'east'), node('w1', 'west')];

test('replicas of a deployment spread over regions before they share one', () => {
  expect(placeWorkload('u1', nodes, [])).toBe('e1');
  expect(placeWorkload('u1', nodes, [on('e1')])).toBe('w1');
  expect(placeWorkload('u1', nodes, [on('e1'), on('w1')])).toBe('e2');
});

test('of equal places the emptier one is taken', () => {
  expect(placeWorkload('u2', nodes, [on('e1'), on('w1')])).toBe('e2');
});

test('no node takes more than it can hold', () => {
  expect(placeWorkload('u1', [node('e1', 'east', 1), node('e2', 'east', 1)], [on('e1', 'u2')])).toBe('e2');
  expect(placeWorkload('u1', [node('e1', 'east', 1)], [on('e1', 'u2')])).toBeNull();
  expect(placeWorkload('u1', [], [])).toBeNull();
});
