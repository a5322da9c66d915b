import { expect, test } from 'vitest';
import { eventWireBytes } from './wire-size.ts';

const pair = { key: 'a', value: 'bc', createRevision: 2, modRevision: 300, version: 1, lease: 0 };

test('an event takes what protobuf takes for it', () => {
  // key 3, create 2, mod 3, version 2, value 4; within kv 2, within events 2.
  expect(eventWireBytes({ type: 'put', kv: pair, prevKv: null })).toBe(14 + 2 + 2);
  expect(eventWireBytes({ type: 'put', kv: pair, prevKv: pair })).toBe(2 * (14 + 2) + 2);
  const tombstone = { key: 'a', value: '', createRevision: 0, modRevision: 300, version: 0, lease: 0 };
  expect(eventWireBytes({ type: 'delete', kv: tombstone, prevKv: null })).toBe(2 + (3 + 3 + 2) + 2);
});

test('a length beyond 127 takes two bytes, a negative lease ten', () => {
  const kv = { ...pair, value: 'x'.repeat(128), lease: -4 };
  expect(eventWireBytes({ type: 'put', kv, prevKv: null })).toBe(10 + (1 + 2 + 128) + 11 + 3 + 3);
});
