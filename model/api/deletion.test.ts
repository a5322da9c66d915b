import { expect, test } from 'vitest';
import { checkFinalizers, deletionStep, FOREGROUND_FINALIZER, isReleased, ORPHAN_FINALIZER } from './deletion.ts';
import type { DeleteRequest, Propagation } from './methods.ts';
import type { Deployment, Metadata, Workload } from './resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata, workloadSpec, workloadStatus } from './testing/objects.ts';

const request = (propagation: Propagation | null = null, graceUs: number | null = null): DeleteRequest => ({
  kind: 'Deployment',
  name: 'web',
  uid: '',
  resourceVersion: 0,
  propagation,
  graceUs,
  fence: null,
});

const deployment = (own: Partial<Metadata> = {}): Deployment => ({
  kind: 'Deployment',
  metadata: metadata('web', own),
  spec: deploymentSpec(),
  status: deploymentStatus(),
});

const workload = (own: Partial<Metadata> = {}, node = 'n1'): Workload => ({
  kind: 'Workload',
  metadata: metadata('w', own),
  spec: workloadSpec({ node }),
  status: workloadStatus({ phase: 'Running' }),
});

test('what nothing holds goes at once', () => {
  expect(deletionStep(deployment(), request(), 7)).toEqual({ do: 'remove' });
});

test('what has finalizers is marked, once, and its generation moves on', () => {
  const step = deletionStep(deployment({ finalizers: ['p/lb'], generation: 3 }), request(), 7);
  if (step.do !== 'mark') return expect.unreachable();
  expect(step.object.metadata).toMatchObject({ deletionUs: 7, deletionGraceUs: 0, generation: 4, finalizers: ['p/lb'] });
  expect(deletionStep(step.object, request(), 9)).toEqual({ do: 'nothing' });
});

test('the foreground and orphans are finalizers, and the last policy asked for stands', () => {
  const marked = deletionStep(deployment(), request('foreground'), 7);
  if (marked.do !== 'mark') return expect.unreachable();
  expect(marked.object.metadata.finalizers).toEqual([FOREGROUND_FINALIZER]);
  expect(deletionStep(marked.object, request(), 9)).toEqual({ do: 'nothing' });
  const orphaned = deletionStep(marked.object, request('orphan'), 9);
  expect(orphaned).toMatchObject({
    do: 'mark',
    object: { metadata: { deletionUs: 7, generation: 2, finalizers: [ORPHAN_FINALIZER] } },
  });
  expect(deletionStep(marked.object, request('background'), 9)).toEqual({ do: 'remove' });
});

test('what runs on a node waits for its agent, whose word is a grace of nothing', () => {
  const step = deletionStep(workload(), request(), 7);
  if (step.do !== 'mark') return expect.unreachable();
  expect(step.object.metadata).toMatchObject({ deletionUs: 7, deletionGraceUs: 3_000_000 });
  expect(isReleased(step.object)).toBe(false);
  expect(deletionStep(step.object, request(null, 9_000_000), 9)).toEqual({ do: 'nothing' });
  expect(deletionStep(step.object, request(null, 0), 9)).toEqual({ do: 'remove' });
});

test('what no node was told of, and what has stopped, waits for nobody', () => {
  expect(deletionStep(workload({}, ''), request(null, 5_000), 7)).toEqual({ do: 'remove' });
  expect(deletionStep({ ...workload(), status: workloadStatus({ phase: 'Stopped' }) }, request(), 7)).toEqual({ do: 'remove' });
});

test('an agent that is done does not remove what finalizers hold', () => {
  const step = deletionStep(workload({ finalizers: ['p/x'], deletionUs: 5, deletionGraceUs: 3_000_000 }), request(null, 0), 9);
  expect(step).toMatchObject({ do: 'mark', object: { metadata: { deletionUs: 5, deletionGraceUs: 0, finalizers: ['p/x'] } } });
});

test('finalizers of a deleted object only become fewer', () => {
  const deleted = deployment({ finalizers: ['a/x', 'b/y'], deletionUs: 5, deletionGraceUs: 0 });
  expect(checkFinalizers(deleted, ['b/y'])).toBeNull();
  expect(checkFinalizers(deleted, ['b/y', 'c/z'])).toContain('c/z');
  expect(checkFinalizers(deployment(), ['c/z'])).toBeNull();
});
