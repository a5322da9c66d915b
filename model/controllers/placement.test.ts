import { expect, test } from 'vitest';
import type { Cluster, Node, Workload } from '../api/resources/index.ts';
import { metadata, nodeSpec, workloadSpec, workloadStatus } from '../api/testing/objects.ts';
import { placeWorkload, schedulable } from './placement.ts';

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

const place = (owner: string, open: readonly Node[], bound: readonly Workload[], closed: readonly Node[] = []): string | null =>
  placeWorkload(owner, open, { all: [...open, ...closed], workloads: bound, defects: new Set() });

test('replicas of a deployment spread over regions before they share one', () => {
  expect(place('u1', nodes, [])).toBe('e1');
  expect(place('u1', nodes, [on('e1')])).toBe('w1');
  expect(place('u1', nodes, [on('e1'), on('w1')])).toBe('e2');
});

test('of equal places the emptier one is taken', () => {
  expect(place('u2', nodes, [on('e1'), on('w1')])).toBe('e2');
});

test('no node takes more than it can hold', () => {
  expect(place('u1', [node('e1', 'east', 1), node('e2', 'east', 1)], [on('e1', 'u2')])).toBe('e2');
  expect(place('u1', [node('e1', 'east', 1)], [on('e1', 'u2')])).toBeNull();
  expect(place('u1', [], [])).toBeNull();
});

test('what stands on a node that takes no work now counts for its region, unless that node is to be emptied', () => {
  const [, ...open] = nodes;
  const silent: Node = { ...node('e1', 'east'), status: { readiness: 'unknown' } };
  expect(place('u1', open, [on('e1')], [silent])).toBe('w1');
  const drained: Node = { ...silent, spec: nodeSpec({ region: 'east', taints: [{ key: 'maintenance', effect: 'no-execute' }] }) };
  expect(place('u1', open, [on('e1')], [drained])).toBe('e2');
});

test('a node takes work when it is ready and open, and its region in service', () => {
  const cluster = (region: string, state: Cluster['spec']['state']): Cluster => ({
    kind: 'Cluster',
    metadata: metadata(region),
    spec: { region, state },
    status: { observedGeneration: 1 },
  });
  const ready = node('ready', 'east');
  const others: readonly Node[] = [
    { ...node('silent', 'east'), status: { readiness: 'unknown' } },
    { ...node('cordoned', 'east'), spec: nodeSpec({ region: 'east', unschedulable: true }) },
    { ...node('tainted', 'east'), spec: nodeSpec({ region: 'east', taints: [{ key: 'maintenance', effect: 'no-execute' }] }) },
    { ...node('deleted', 'east'), metadata: metadata('deleted', { deletionUs: 1 }) },
    node('drained', 'west'),
    node('nowhere', 'north'),
  ];
  expect(schedulable([...others, ready], [cluster('east', 'active'), cluster('west', 'draining')], new Set())).toEqual([ready]);
});
