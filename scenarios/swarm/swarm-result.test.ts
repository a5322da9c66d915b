import { expect, test } from 'vitest';
import { SwarmTally, type SwarmFailure } from './swarm-result.ts';

test('a seed on which several scenarios ran is one seed and several runs', () => {
  const tally = new SwarmTally();
  for (const seed of [7, 8]) {
    for (const scenario of ['a', 'b', 'c'])
      tally.add(
        { scenario, seed, verdict: 'ok', property: null, message: null, events: 10, simulatedUs: 1, digest: '0', hits: [] },
        null,
      );
  }
  expect(tally.report({ seeds: '7..8', complete: true, wallMs: 1_000, probes: [] })).toMatchObject({
    runs: 6,
    seedsPerSecond: 2,
    runsPerSecond: 6,
  });
});

test('what was known to fail, and fails again among the runs, is one failure, and one of its scenario', () => {
  const tally = new SwarmTally();
  const failure: SwarmFailure = {
    scenario: 'a',
    seed: 1,
    verdict: 'violation',
    property: 'p',
    message: null,
    waiting: [],
    drawn: [],
    recording: null,
    repro: '',
    small: null,
  };
  tally.addKnown(failure);
  tally.add(
    {
      scenario: 'a',
      seed: 1,
      verdict: 'violation',
      property: 'p',
      message: null,
      events: 10,
      simulatedUs: 1,
      digest: '0',
      hits: [],
    },
    failure,
  );
  expect(tally.failures).toEqual([failure]);
  expect([...(tally.byScenario.get('a')?.failed ?? [])]).toEqual([['p', [failure]]]);
});
