import { expect, test } from 'vitest';
import { SwarmTally, type SwarmFailure } from './swarm-result.ts';

test('a seed on which several scenarios ran is one seed and several runs', () => {
  const tally = new SwarmTally();
  for (const seed of [7, 8]) {
    for (const scenario of ['a', 'b', 'c'])
      tally.add(
        {
          scenario,
          seed,
          verdict: 'ok',
          property: null,
          message: null,
          events: 10,
          simulatedUs: 1,
          digest: '0',
          hits: [],
          exits: [],
        },
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
      exits: [],
    },
    failure,
  );
  expect(tally.failures).toEqual([failure]);
  expect([...(tally.byScenario.get('a')?.failed ?? [])]).toEqual([['p', [failure]]]);
});

test('controllers that ended by themselves are added up over the runs of their scenario, in whatever order these come', () => {
  const results = [
    { scenario: 'b', seed: 1, exits: [{ process: 'x', times: 1, reason: 'b x' }] },
    { scenario: 'a', seed: 9, exits: [{ process: 'x', times: 2, reason: 'late' }] },
    { scenario: 'a', seed: 4, exits: [] },
    {
      scenario: 'a',
      seed: 3,
      exits: [
        { process: 'y', times: 1, reason: 'a y' },
        { process: 'x', times: 5, reason: 'early' },
      ],
    },
  ].map((own) => ({
    ...own,
    verdict: 'ok' as const,
    property: null,
    message: null,
    events: 10,
    simulatedUs: 1,
    digest: '0',
    hits: [],
  }));
  for (const order of [results, results.toReversed()]) {
    const tally = new SwarmTally();
    for (const result of order) tally.add(result, null);
    expect(tally.report({ seeds: '1..9', complete: true, wallMs: 1_000, probes: [] }).exits).toEqual([
      { scenario: 'a', process: 'x', times: 7, runs: 2, seed: 3, reason: 'early' },
      { scenario: 'a', process: 'y', times: 1, runs: 1, seed: 3, reason: 'a y' },
      { scenario: 'b', process: 'x', times: 1, runs: 1, seed: 1, reason: 'b x' },
    ]);
  }
});
