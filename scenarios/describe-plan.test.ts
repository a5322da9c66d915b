import { expect, test } from 'vitest';
import { defaultDesign } from '../model/design.ts';
import { ms, seconds, threeRegions } from '../sim/index.ts';
import { describePlan } from './describe-plan.ts';

const scale = { client: 'operator', operation: 'scale', arguments: {} };
const plan = {
  design: defaultDesign,
  topology: threeRegions(),
  workload: [],
  faults: [],
  healAtUs: seconds(6),
  endUs: seconds(20),
};

test('a plan is told in words: where, what differs from the default design, what operators do, and each fault', () => {
  const lines = describePlan({
    ...plan,
    design: { ...defaultDesign, fencing: false, electorRecipe: 'election' },
    workload: [
      { ...scale, at: 1 },
      { ...scale, operation: 'read', at: 2 },
      { ...scale, at: 3 },
    ],
    faults: [{ at: ms(1_500), do: 'crash', target: 'store-1', for: seconds(2) }],
  });
  expect(lines).toEqual([
    'regions: east, west, north',
    'design: electorRecipe election, fencing false',
    'operations: 3: 2 scale, 1 read',
    'faults: 1 until 6.000000 s, judged until 20.000000 s',
    '  1.500000 s  crash store-1 for 2.000000 s',
  ]);
});

test('a plan that leaves all as it is says so', () => {
  expect(describePlan(plan)).toEqual([
    'regions: east, west, north',
    'design: as it is by default',
    'operations: none',
    'faults: 0 until 6.000000 s, judged until 20.000000 s',
  ]);
});

test('of very many faults the first are told', () => {
  const faults = Array.from({ length: 23 }, (_, at) => ({ at, do: 'crash', target: 'store-1' }) as const);
  const lines = describePlan({ ...plan, faults });
  expect(lines).toHaveLength(4 + 20 + 1);
  expect(lines.at(-1)).toBe('  (3 more, in the recording)');
});

test('a fault that strikes many names the first of them', () => {
  const target = Array.from({ length: 28 }, (_, at) => `node-${at}`).join(',');
  expect(describePlan({ ...plan, faults: [{ at: 0, do: 'stall-disk', target, for: seconds(1) }] }).at(-1)).toBe(
    '  0.000000 s  stall-disk node-0,node-1,node-2 and 25 others for 1.000000 s',
  );
});
