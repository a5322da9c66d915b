import { readFileSync } from 'node:fs';
import { loadController } from 'quorate/async';
import { simulate } from 'quorate/vitest';
import { expect, test } from 'vitest';
import scenario, { scenarioOf } from './async-scenario.ts';

test('a canary never goes back, whatever happens to its keeper', { timeout: 120_000 }, async ({ signal }) => {
  await simulate(scenario, { seeds: 8, signal });
});

test('a keeper that overwrites whatever it finds is caught', { timeout: 120_000 }, async ({ signal }) => {
  const source = readFileSync(new URL('./async-canary-keeper.ts', import.meta.url), 'utf8').replace(
    'canary.metadata.resourceVersion',
    '0',
  );
  const failure: unknown = await simulate(scenarioOf(loadController({ source })), { seeds: 12, signal }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ property: 'canary/never-goes-back' });
});
