import { describe, expect, test } from 'vitest';
import type { Defect } from '../../model/defect.ts';
import { huntRows, median, withoutFalseFinds, type Find, type Trial } from './hunt-report.ts';

const defect = { id: 'no-fencing', source: 'design', property: 'platform/single-active' } as Defect;
const find = (seed: number): Find => ({
  scenario: 'steady',
  seed,
  verdict: 'violation',
  property: 'platform/single-active',
  recording: null,
  repro: '',
});
const trial = (number: number, seeds: number, found: Find | null, cpuSeconds = seeds): Trial => ({
  defect: defect.id,
  trial: number,
  seeds,
  cpuSeconds,
  find: found,
});

describe('a row', () => {
  test('counts what was found, and the median of seeds and time', () => {
    const [row] = huntRows([defect], [trial(1, 3, find(3)), trial(2, 9, find(29)), trial(3, 5, find(45))]);
    expect(row).toMatchObject({ found: 3, trials: 3, seedsToFind: { median: 5 }, cpuSeconds: { median: 5 } });
  });

  test('has no median of seeds when most trials came to nothing, and their time counts', () => {
    const [row] = huntRows([defect], [trial(1, 3, find(3)), trial(2, 40, null, 120), trial(3, 50, null, 120)]);
    expect(row).toMatchObject({ found: 1, trials: 3, seedsToFind: { median: null }, cpuSeconds: { median: 120 } });
  });

  test('is not there before a trial is over', () => expect(huntRows([defect], [])).toEqual([]));
});

test('what the healthy platform fails at as well was not found', () => {
  const trials = [trial(1, 3, find(3)), trial(2, 4, find(24))];
  const proven = withoutFalseFinds(trials, [
    { scenario: 'steady', seed: 3 },
    { scenario: 'store-storm', seed: 24 },
  ]);
  expect(proven.map((each) => each.find?.seed ?? null)).toEqual([null, 24]);
});

test('of an even number of values the greater one of the middle is the median', () => expect(median([4, 1, 3, 2])).toBe(3));
