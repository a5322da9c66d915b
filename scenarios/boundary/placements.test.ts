import { expect, test } from 'vitest';
import type { Design } from '../../model/design.ts';
import { createRun, type Run } from '../../sim/index.ts';
import { steady } from '../catalogue/steady.ts';
import { plan, runSpec } from '../run-spec.ts';

function runOf(placements: Design['placements'], seed: number, defects: readonly string[] = []): Run {
  const run = createRun(runSpec(steady, plan({ scenario: steady, seed, design: { placements }, defects })));
  run.advance();
  return run;
}

test.each([{ 'endpoint-intent': 'outside' }, { 'status-blobs': 'consensus' }] as const)('goals are asked for on the side where a class stands: %j', (placements) => {
  expect(runOf(placements, 1).violation).toBeNull();
});

test('a defect of endpoints is seen where they stand outside', () => {
  expect(runOf({ 'endpoint-intent': 'outside' }, 4, ['empty-selection-removes-all']).violation?.property).toBe('platform/endpoints-never-empty');
});
