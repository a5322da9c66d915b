import { expect, test } from 'vitest';
import type { Design } from '../../model/design.ts';
import { BoundaryMeter } from '../../model/properties/platform/outside/boundary-meter.ts';
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

test('signs of life stand with membership, wherever leadership is', () => {
  const run = createRun(runSpec(steady, plan({ scenario: steady, seed: 1, design: { placements: { leadership: 'outside' } } })));
  const meter = new BoundaryMeter();
  run.observe(meter);
  expect(run.advance()).toBe('ok');
  const [leadership, membership] = ['leadership', 'membership'].map((id) => meter.table.find(({ stateClass }) => stateClass === id));
  expect(leadership).toMatchObject({ entries: 0 });
  expect(leadership?.outsideWrites).toBeGreaterThan(50);
  expect(membership?.entries).toBeGreaterThan(50);
  expect(membership).toMatchObject({ outsideWrites: 0 });
});
