import { expect, test } from 'vitest';
import { defaultDesign, type Design } from '../design.ts';
import { Admission } from './admission.ts';
import { classOfKind, classOfObject, fieldClasses, initialStatus, nodeLeaseName, resourceKinds } from './resources/index.ts';
import { placementOf, stateClasses } from './state-classes.ts';
import { TokenBucket } from './token-bucket.ts';

const admission = (design: Partial<Design> = {}): Admission => new Admission({ ...defaultDesign, ...design });

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
  for (const { id, kinds, place } of outside) {
    for (const kind of kinds) {
      const refusal = admission().byClass(kind, 'spec', { data: 'x' });
      expect(refusal?.code).toBe('misplaced');
      expect(refusal?.message).toContain(place);
      expect(admission({ placements: { [id]: 'consensus' } }).byClass(kind, 'spec', { data: 'x' })).toBeNull();
    }
  }
});

test("resources are admitted on either side: where they stand is not the client's business", () => {
  for (const kind of resourceKinds) {
    expect(admission({ volumes: true }).byClass(kind, 'spec', {})).toBeNull();
    expect(admission({ volumes: true, placements: { [classOfKind(kind)]: 'outside' } }).byClass(kind, 'spec', {})).toBeNull();
  }
});

test('volumes are refused where nobody would provide them, and so is who asks for some', () => {
  expect(admission().byClass('Volume', 'spec', {})).toMatchObject({ code: 'invalid' });
  expect(admission().byClass('Deployment', 'spec', { storage: { sizeGb: 1 } })?.message).toContain('"volumes" is off');
  expect(admission({ volumes: true }).byClass('Deployment', 'spec', { storage: { sizeGb: 1 } })).toBeNull();
});

test('every kind and every field of it has a class', () => {
  const known = new Set(stateClasses.map(({ id }) => id));
  for (const kind of resourceKinds) {
    expect(placementOf(classOfKind(kind), defaultDesign)).toBe('consensus');
    expect(Object.keys(fieldClasses(kind, 'status'))).toEqual(Object.keys(initialStatus(kind)));
    for (const part of ['spec', 'status'] as const)
      for (const of of Object.values(fieldClasses(kind, part))) expect(known).toContain(of);
  }
});

test('no kind stands in two classes', () => {
  const kinds = [...resourceKinds, ...stateClasses.flatMap((stateClass) => stateClass.kinds)];
  expect(new Set(kinds).size).toBe(kinds.length);
});

test('image bytes where a reference should be are sent to the registry', () => {
  expect(admission().byClass('Deployment', 'spec', { image: 'registry/app@sha256:00ff' })).toBeNull();
  const refusal = admission().byClass('Deployment', 'spec', { image: 'x'.repeat(600) });
  expect(refusal).toMatchObject({ code: 'misplaced' });
  expect(refusal?.message).toContain('spec.image');
  expect(refusal?.message).toContain('artifact registry');
});

test('what holds references is looked through to its depth, in the spec and in the status', () => {
  const path = (part: 'spec' | 'status', content: unknown): string | undefined =>
    admission().byClass('Deployment', part, content)?.message.split(' ')[0];
  expect(path('spec', { image: { layers: 'x'.repeat(6_000) } })).toBe('spec.image.layers');
  expect(path('status', { history: ['registry/app@sha256:00ff', 'x'.repeat(600)] })).toBe('status.history[1]');
  expect(path('status', { history: ['registry/app@sha256:00ff'], phase: 'x'.repeat(600) })).toBeUndefined();
  expect(path('status', { image: 'x'.repeat(600), storage: null })).toBeUndefined();
  // Whatever else is wrong with it is for others to say.
  for (const malformed of [null, 'spec', 7]) expect(path('spec', malformed)).toBeUndefined();
});

test('where the design places images in consensus none is sent to the registry', () => {
  const inside = admission({ placements: { 'images-and-manifests': 'consensus' } });
  expect(inside.byClass('Deployment', 'spec', { image: 'x'.repeat(600) })).toBeNull();
});

test('an unknown kind is invalid, not misplaced', () => {
  expect(admission().byClass('Sandwich', 'spec', {})?.code).toBe('invalid');
});

test('the size that may stand in consensus is a limit, not beyond it', () => {
  const limited = admission({ maxObjectBytes: 1_000 });
  expect(limited.bySize('Deployment', 1_000)).toBeNull();
  expect(limited.bySize('Deployment', 1_001)).toMatchObject({
    code: 'too-large',
    message: expect.stringContaining('artifact registry') as string,
  });
  expect(limited.bySize('StatusBlob', 1_001)).toMatchObject({
    code: 'too-large',
    message: expect.stringContaining('status store') as string,
  });
});

test('a client that writes too often is refused by class, and no other client is', () => {
  const limited = admission({ writesPerSecond: { 'workload-events': 10 } });
  const event = { kind: 'WorkloadEvent', name: 'started' };
  const codes = Array.from({ length: 40 }, () => limited.byRate(event, 'node-1', 0)?.code ?? 'ok');
  expect(codes.filter((code) => code === 'ok')).toHaveLength(30);
  expect(limited.byRate(event, 'node-1', 0)?.message).toContain('event store of the region');
  expect(limited.byRate(event, 'node-1', 0)?.retryAfterUs).toBeGreaterThan(0);
  expect(limited.byRate(event, 'node-2', 0)).toBeNull();
  expect(limited.byRate({ kind: 'Deployment', name: 'web' }, 'node-1', 0)).toBeNull();
  expect(limited.byRate(event, 'node-1', 100_000)).toBeNull();
});

test.each(stateClasses)(
  'whoever writes $id too often is told where that goes',
  ({ id, kinds, place, placement, observations }) => {
    const written = [...kinds, ...resourceKinds.filter((kind) => classOfKind(kind) === id)].map((kind) => ({ kind, name: 'a' }));
    expect(written).not.toEqual([]);
    expect(observations === undefined).toBe(placement === 'outside');
    for (const object of written) {
      const limited = admission({ writesPerSecond: { [id]: 1 } });
      const refusal = Array.from({ length: 10 }, () => limited.byRate(object, 'c', 0)).find((each) => each !== null);
      expect(refusal?.message).toMatch(
        new RegExp(`^c writes more than 1 times a second of ${id}, again in \\d+ µs: .* goes to ${observations ?? place}$`),
      );
    }
  },
);

test('a lease is of the class of what it stands for', () => {
  expect([classOfObject('Lease', 'deployer'), classOfObject('Lease', nodeLeaseName('node-east-1'))]).toEqual([
    'leadership',
    'membership',
  ]);
  const limited = admission({ writesPerSecond: { membership: 1 } });
  const refuses = (name: string): boolean =>
    Array.from({ length: 10 }, () => limited.byRate({ kind: 'Lease', name }, 'node-1', 0)).some((refusal) => refusal !== null);
  expect([refuses('deployer'), refuses(nodeLeaseName('node-1'))]).toEqual([false, true]);
});

test('a bucket fills at its pace, up to its burst', () => {
  const bucket = new TokenBucket(10, 2, 0);
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 100_000]);
  expect([bucket.take(100_000), bucket.take(150_000)]).toEqual([0, 50_000]);
  expect([bucket.take(9_000_000), bucket.take(9_000_000), bucket.take(9_000_000)]).toEqual([0, 0, 100_000]);
});
