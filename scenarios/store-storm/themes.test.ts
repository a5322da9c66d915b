import { describe, expect, test } from 'vitest';
import { storeStorm } from '../catalogue/store-storm.ts';
import { plan } from '../run-spec.ts';
import { drawTheme, type Theme } from './themes.ts';

const SEEDS = 200;

function themeOfSeed(seed: number): Theme | null {
  return drawTheme({ seed });
}

describe('themes of the storm', () => {
  test('some seeds are about nothing in particular, and every kind of theme comes up', () => {
    const drawn = new Set(Array.from({ length: SEEDS }, (_, seed) => themeOfSeed(seed)));
    expect(drawn.has(null)).toBe(true);
    expect(drawn.size).toBeGreaterThanOrEqual(10);
  });

  test('the seed alone decides: a design that is asked for, or a defect, changes nothing', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const usual = plan({ scenario: storeStorm, seed });
      const broken = plan({ scenario: storeStorm, seed, defects: ['ack-before-sync'] });
      expect({ ...broken, defects: [] }).toEqual(usual);
      expect(themeOfSeed(seed)).toBe(themeOfSeed(seed));
    }
  });

  test('no plan begins before the run or after the heal', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { faults, healAtUs } = plan({ scenario: storeStorm, seed });
      expect(faults.filter(({ at }) => at < 0 || at >= healAtUs)).toEqual([]);
    }
  });
});
