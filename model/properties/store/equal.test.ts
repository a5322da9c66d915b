import { expect, test } from 'vitest';
import type { KeyValue } from '../../store/machine/requests.ts';
import { equal, isSamePair } from './equal.ts';

test('two pairs are the same when every field is', () => {
  const pair: KeyValue = { key: 'a', value: 'x', createRevision: 2, modRevision: 3, version: 2, lease: 0 };
  expect(isSamePair(pair, { ...pair })).toBe(true);
  for (const field of Object.keys(pair)) {
    const other: KeyValue = { ...pair, [field]: typeof pair[field as keyof KeyValue] === 'string' ? 'other' : 9 };
    expect([field, isSamePair(pair, other), equal(pair, other)]).toEqual([field, false, false]);
  }
});
