import { expect, test } from 'vitest';
import { STANDING_MAX } from './deployment.ts';
import { checkMetadata, checkName, checkSpec, checkStatus } from './index.ts';

test('a spec comes out with its own fields only, in one order', () => {
  const checked = checkSpec('Deployment', { image: 'a', extra: true, replicas: 2 });
  expect(checked.ok && JSON.stringify(checked.value)).toBe(
    '{"replicas":2,"image":"a","maxSurge":1,"maxUnavailable":0,"paused":false,"identity":"none"}',
  );
});

test('a problem names the field', () => {
  expect(checkSpec('Deployment', { replicas: -1, image: 'a' })).toMatchObject({
    ok: false,
    problem: expect.stringContaining('spec.replicas') as string,
  });
  expect(checkSpec('Workload', { owner: 'u', ownerName: 'web', ownerGeneration: 0, image: 'a', node: 'n' })).toMatchObject({
    problem: expect.stringContaining('spec.ownerGeneration') as string,
  });
  expect(checkStatus('Workload', { phase: 'Sleeping' })).toMatchObject({
    problem: expect.stringContaining('status.phase') as string,
  });
  expect(checkSpec('Node', null)).toMatchObject({ problem: 'spec: is missing' });
});

test('what may be left out is filled in', () => {
  expect(checkSpec('Workload', { owner: 'u', ownerName: 'web', ownerGeneration: 1, image: 'a' })).toMatchObject({
    value: { node: '', identity: '', ordinal: 0 },
  });
  expect(checkSpec('Node', { region: 'east', capacity: 4 })).toMatchObject({ value: { unschedulable: false, taints: [] } });
  expect(checkSpec('Cluster', { region: 'east' })).toMatchObject({ value: { state: 'active' } });
});

test('a roll-out that can never go on is refused: neither one more nor one less is allowed', () => {
  expect(checkSpec('Deployment', { replicas: 1, image: 'a', maxSurge: 0 })).toMatchObject({
    problem: 'spec.maxUnavailable: may not be 0 when maxSurge is 0',
  });
  expect(checkSpec('Deployment', { replicas: 1, image: 'a', maxSurge: 0, maxUnavailable: 1 }).ok).toBe(true);
});

test('no more replicas are taken than the endpoints of a service hold, with the surge', () => {
  expect(checkSpec('Deployment', { replicas: STANDING_MAX - 1, image: 'a' }).ok).toBe(true);
  expect(checkSpec('Deployment', { replicas: STANDING_MAX, image: 'a', identity: 'stable' }).ok).toBe(true);
  expect(checkSpec('Deployment', { replicas: 250, image: 'a', maxSurge: 2 })).toMatchObject({
    problem: 'spec.replicas: 250 and a surge of 2 are more than the 100 that the Endpoints of a service hold',
  });
});

test('storage is for replicas with a name that lasts, and is left out where there is none', () => {
  const ledger = { replicas: 1, image: 'a', identity: 'stable', storage: { sizeGb: 10, reclaim: 'retain' } };
  expect(checkSpec('Deployment', ledger)).toMatchObject({ ok: true, value: { storage: { sizeGb: 10, reclaim: 'retain' } } });
  expect(checkSpec('Deployment', { ...ledger, identity: 'none' })).toMatchObject({
    problem: 'spec.storage: is for replicas with a stable identity only',
  });
  expect(checkSpec('Deployment', { ...ledger, storage: { sizeGb: 0, reclaim: 'retain' } })).toMatchObject({
    problem: expect.stringContaining('spec.storage.sizeGb') as string,
  });
  expect(checkSpec('Volume', { owner: 'u', sizeGb: 1, reclaim: 'perhaps' })).toMatchObject({
    problem: expect.stringContaining('spec.reclaim') as string,
  });
  expect(checkStatus('Volume', { resource: 'vol-1', attachment: { workload: 'w', node: '', epoch: 1 } })).toMatchObject({
    problem: expect.stringContaining('status.attachment.node') as string,
  });
});

test('text that is not one byte a character is refused', () => {
  expect(checkSpec('Deployment', { replicas: 1, image: 'schön' }).ok).toBe(false);
});

test('nobody may claim a fencing token', () => {
  expect(checkStatus('Lease', { token: 7 })).toMatchObject({
    ok: false,
    problem: expect.stringContaining('API server alone') as string,
  });
});

test('names are words that a key can hold', () => {
  expect(checkName('web-1.east')).toBeNull();
  for (const name of ['', 'Web', '-web', 'a/b', 'x'.repeat(254), 7]) expect(checkName(name)).toContain('name:');
});

test('labels are as Kubernetes has them: a qualified key, a value that may be empty', () => {
  expect(checkMetadata({ labels: { 'example.org/tier': 'front', bare: '' } }).ok).toBe(true);
  for (const labels of [{ schön: 'a' }, { ['a'.repeat(64)]: 'a' }, { a: 'not this' }, { 'a/b/c': 'x' }]) {
    expect(checkMetadata({ labels })).toMatchObject({ ok: false, problem: expect.stringContaining('metadata.labels') as string });
  }
});

test('an object is not to keep and to lose at once what belongs to it; and a node has one taint of a key', () => {
  expect(checkMetadata({ finalizers: ['orphan', 'foregroundDeletion'] })).toMatchObject({
    problem: expect.stringContaining('metadata.finalizers') as string,
  });
  const taint = { key: 'drain', effect: 'no-execute' };
  expect(checkSpec('Node', { region: 'east', capacity: 1, taints: [taint, taint] })).toMatchObject({
    problem: 'spec.taints: should have one of a key at most',
  });
});
