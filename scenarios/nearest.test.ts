import { describe, expect, test } from 'vitest';
import { nearestName, unknownName } from './nearest.ts';

const names = ['pause', 'partition', 'slow', 'slow-disk', 'crash'];

describe('the nearest name', () => {
  test.each([
    ['puase', 'pause'],
    ['pauze', 'pause'],
    ['Partition', 'partition'],
    ['slowdisk', 'slow-disk'],
    ['sloow', 'slow'],
    ['crsh', 'crash'],
  ])('of %s is %s', (written, meant) => {
    expect(nearestName(written, names)).toBe(meant);
  });

  test('is none when nothing is near', () => {
    expect(nearestName('zzzzzzzz', names)).toBeNull();
    expect(nearestName('', names)).toBeNull();
    expect(nearestName('pause', [])).toBeNull();
  });

  test('is part of the sentence about an unknown one', () => {
    expect(unknownName('fault', 'puase', names)).toBe('no fault is called "puase"; did you mean "pause"?');
    expect(unknownName('fault', 'zzzzzzzz', names)).toBe('no fault is called "zzzzzzzz"');
  });
});
