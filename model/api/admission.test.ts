import { expect, test } from 'vitest';
import { admitClass, admitSize, stateClasses } from './admission.ts';

test('every class that is placed outside is refused with the name of its place', () => {
  const outside = stateClasses.filter(({ placement }) => placement === 'outside');
  expect(outside.map(({ id }) => id)).toEqual([
    'request-logs',
    'metrics-and-traces',
    'workload-events',
    'images-and-manifests',
    'status-blobs',
    'controller-cache',
  ]);
  for (const { kinds, place } of outside) {
    for (const kind of kinds) {
      const refusal = admitClass(kind, { data: 'x' });
      expect(refusal?.code).toBe('misplaced');
      expect(refusal?.message).toContain(place);
    }
  }
});

test('decisions are admitted', () => {
  for (const kind of ['Deployment', 'Workload', 'Node', 'Lease']) expect(admitClass(kind, {})).toBeNull();
});

test('no kind stands in two classes', () => {
  const kinds = stateClasses.flatMap((stateClass) => stateClass.kinds);
  expect(new Set(kinds).size).toBe(kinds.length);
});

test('image bytes where a reference should be are sent to the registry', () => {
  expect(admitClass('Deployment', { image: 'registry/app@sha256:00ff' })).toBeNull();
  const refusal = admitClass('Deployment', { image: 'x'.repeat(600) });
  expect(refusal).toMatchObject({ code: 'misplaced' });
  expect(refusal?.message).toContain('artifact registry');
});

test('an unknown kind is invalid, not misplaced', () => {
  expect(admitClass('Sandwich', {})?.code).toBe('invalid');
});

test('the size that may stand in consensus is a limit, not beyond it', () => {
  expect(admitSize(1_000, 1_000)).toBeNull();
  expect(admitSize(1_001, 1_000)).toMatchObject({ code: 'too-large' });
});
