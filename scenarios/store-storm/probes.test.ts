import { expect, test } from 'vitest';
import { createRun } from '../../sim/index.ts';
import { storeStorm } from '../catalogue/store-storm.ts';
import { plan, runSpec } from '../run-spec.ts';

/** Seeds tried at most. */
const SEEDS = 100;

const specOf = (seed: number): ReturnType<typeof runSpec> => runSpec(storeStorm, plan({ scenario: storeStorm, seed }));

test('what must be seen in the storm is seen', () => {
  const missed = new Set<string>();
  for (let seed = 1; seed <= SEEDS && (seed === 1 || missed.size > 0); seed++) {
    const spec = specOf(seed);
    const properties = spec.properties.filter(({ kind }) => kind === 'sometimes');
    if (seed === 1) for (const { id } of properties) missed.add(id);
    const run = createRun({ ...spec, properties, endUs: storeStorm.healAtUs });
    run.advance();
    for (const id of run.hits) missed.delete(id);
  }
  expect([...missed]).toEqual([]);
});

test('nothing is different for being seen', () => {
  const digestOf = (watched: boolean): string => {
    const spec = specOf(2);
    const run = createRun({
      ...spec,
      properties: watched ? spec.properties : spec.properties.filter(({ kind }) => kind !== 'sometimes'),
    });
    run.advance(20_000);
    return run.digest;
  };
  expect(digestOf(true)).toBe(digestOf(false));
});
