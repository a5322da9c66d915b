import { expect, test } from 'vitest';
import { stateClasses } from '../../model/api/state-classes.ts';
import type { Design } from '../../model/design.ts';
import { BoundaryMeter } from '../../model/properties/platform/outside/boundary-meter.ts';
import { createRun, type Run } from '../../sim/index.ts';
import { steady } from '../catalogue/steady.ts';
import { plan, runSpec } from '../run-spec.ts';

function runOf(design: Partial<Design>, seed: number, defects: readonly string[] = []): Run {
  const run = createRun(runSpec(steady, plan({ scenario: steady, seed, design, defects })));
  run.advance();
  return run;
}

// Desired state outside loses writes even in health.
const steadyAcross = stateClasses.filter(({ id }) => id !== 'desired-state');

test.each(steadyAcross)('a healthy platform reaches its goals with $id on its other side', ({ id, placement }) => {
  const placements = { [id]: placement === 'outside' ? 'consensus' : 'outside' } as const;
  expect(runOf({ placements, maxObjectBytes: 1024 * 1024 }, 1).violation).toBeNull();
});

test('a defect of endpoints is seen where they stand outside', () => {
  expect(runOf({ placements: { 'endpoint-intent': 'outside' } }, 4, ['empty-selection-removes-all']).violation?.property).toBe(
    'platform/endpoints-never-empty',
  );
});

test('signs of life stand with membership, wherever leadership is', () => {
  const run = createRun(runSpec(steady, plan({ scenario: steady, seed: 1, design: { placements: { leadership: 'outside' } } })));
  const meter = new BoundaryMeter();
  run.observe(meter);
  expect(run.advance()).toBe('ok');
  const [leadership, membership] = ['leadership', 'membership'].map((id) =>
    meter.table.find(({ stateClass }) => stateClass === id),
  );
  expect(leadership).toMatchObject({ entries: 0 });
  expect(leadership?.outsideWrites).toBeGreaterThan(50);
  expect(membership?.entries).toBeGreaterThan(50);
  expect(membership).toMatchObject({ outsideWrites: 0 });
});
