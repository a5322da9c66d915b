import { simulate, SimulationError } from 'quorate/vitest';
import { expect, test } from 'vitest';
import scenario, { scenarioWith } from './scenario.ts';

test('canaries follow their deployments, whatever happens to the leader', { timeout: 120_000 }, async ({ signal }) => {
  await simulate(scenario, { seeds: 20, signal });
});

test('a controller that forgets its token is found', { timeout: 60_000 }, async () => {
  const failure: unknown = await simulate(scenarioWith({ unfenced: true }), { seeds: 40 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SimulationError);
  expect(failure).toMatchObject({ property: 'canary/writes-under-its-token' });
  expect((failure as SimulationError).message).toMatch(/QUORATE_SEED=\d+ npx vitest run canary-keeper\.test\.ts/);
});
