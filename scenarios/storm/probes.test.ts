import { expect, test } from 'vitest';
import { createRun } from '../../sim/index.ts';
import { storeStorm } from '../catalogue/store-storm.ts';
import { plan, runSpec } from '../run-spec.ts';
import { stormProbes } from './probes.ts';

/** Seeds tried at most. */
const SEEDS = 60;

test('what must be seen in the storm is seen', { timeout: 120_000 }, () => {
  const missed = new Set(stormProbes.map(({ id }) => id));
  for (let seed = 1; seed <= SEEDS && missed.size > 0; seed++) {
    const run = createRun({ ...runSpec(storeStorm, plan({ scenario: storeStorm, seed })), properties: stormProbes, endUs: storeStorm.healAtUs });
    run.advance();
    for (const id of run.hits) missed.delete(id);
  }
  expect([...missed]).toEqual([]);
});
