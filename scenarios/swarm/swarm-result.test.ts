import { expect, test } from 'vitest';
import { SwarmTally } from './swarm-result.ts';

test('a seed on which several scenarios ran is one seed and several runs', () => {
  const tally = new SwarmTally();
  for (const seed of [7, 8]) {
    for (const scenario of ['a', 'b', 'c']) tally.add({ scenario, seed, verdict: 'ok', property: null, message: null, events: 10, simulatedUs: 1, digest: '0', hits: [] }, null);
  }
  expect(tally.report({ seeds: '7..8', complete: true, wallMs: 1_000, probes: [] })).toMatchObject({ runs: 6, seedsPerSecond: 2, runsPerSecond: 6 });
});
