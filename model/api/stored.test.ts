import { expect, test } from 'vitest';
import { Readings } from '../../sim/process/readings.ts';
import { decode, encode } from './stored.ts';
import type { Resource } from './resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata } from './testing/objects.ts';

const object = (replicas: number): Resource => ({
  kind: 'Deployment',
  metadata: metadata('web', { uid: 'u1', resourceVersion: 0 }),
  spec: deploymentSpec({ replicas }),
  status: deploymentStatus(),
});
const stored = (replicas: number, modRevision: number) => ({
  key: '/registry/Deployment/web',
  value: encode(object(replicas)),
  createRevision: 2,
  modRevision,
  version: 1,
  lease: 0,
});

test('a version is decoded once, whichever member it comes from', () => {
  const os = new Readings(null);
  const first = decode(os, stored(1, 5));
  expect(first).toEqual({ ...object(1), metadata: { ...object(1).metadata, resourceVersion: 5 } });
  expect(decode(os, stored(1, 5))).toBe(first);
});

test('a newer version, an older one and another one of the same number are themselves', () => {
  const os = new Readings(null);
  decode(os, stored(1, 5));
  expect(decode(os, stored(2, 6))).toMatchObject({ metadata: { resourceVersion: 6 }, spec: { replicas: 2 } });
  expect(decode(os, stored(1, 5))).toMatchObject({ metadata: { resourceVersion: 5 }, spec: { replicas: 1 } });
  expect(decode(os, stored(3, 6))).toMatchObject({ metadata: { resourceVersion: 6 }, spec: { replicas: 3 } });
  expect(decode(os, stored(3, 7))).toMatchObject({ metadata: { resourceVersion: 7 }, spec: { replicas: 3 } });
});
