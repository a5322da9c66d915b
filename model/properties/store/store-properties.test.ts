import { describe, expect, test } from 'vitest';
import { holdAgainstFullCheck } from '../../../sim/testing/full-check.ts';
import { sameDigestWithoutObservers } from '../../../sim/testing/observers-off.ts';
import { drawStoreFaults, finish, outcome, storeWorld } from '../../store/testing/world.ts';

const drawn = (seed: number): ReturnType<typeof drawStoreFaults> => drawStoreFaults({ seed, members: 3 });

describe('the healthy store keeps every property under drawn faults', () => {
  test('three members, 100 seeds', () => {
    for (let seed = 0; seed < 100; seed++)
      expect(`${seed}: ${outcome(finish(storeWorld({ seed, faults: drawn(seed) })))}`).toBe(`${seed}: ok`);
  });

  test('five members, 40 seeds', () => {
    for (let seed = 1_000; seed < 1_040; seed++) {
      const run = finish(storeWorld({ seed, members: 5, clients: 6, faults: drawStoreFaults({ seed, members: 5, clients: 6 }) }));
      expect(`${seed}: ${outcome(run)}`).toBe(`${seed}: ok`);
    }
  });
});

describe('the judgement step by step is the judgement from scratch', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`seed ${seed}`, () => {
      expect(holdAgainstFullCheck(storeWorld({ seed, faults: drawn(seed) }), 1_500).verdict).toBe('ok');
    });
  }
});

test('properties leave no trace in the run that they judge', () => {
  expect(sameDigestWithoutObservers(storeWorld({ seed: 5, faults: drawn(5) })).verdict).toBe('ok');
});
