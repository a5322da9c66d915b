import { expect, test } from 'vitest';
import { createRun } from '../../sim/index.ts';
import { storeStorm } from '../catalogue/store-storm.ts';
import { plan, runSpec } from '../run-spec.ts';

test('where members come and go, one whose term ran ahead can be brought back', () => {
  const designs = Array.from({ length: 60 }, (_, seed) => plan({ scenario: storeStorm, seed }).design);
  expect(designs.filter(({ storeSpares, checkQuorum, preVote }) => storeSpares > 0 && !checkQuorum && !preVote)).toEqual([]);
  expect(designs.some(({ storeSpares, checkQuorum }) => storeSpares > 0 && !checkQuorum)).toBe(true);
});

test('a member is cut off while all others are replaced, and catches up after it', () => {
  const run = createRun(runSpec(storeStorm, plan({ scenario: storeStorm, seed: 1403 })));
  run.advance();
  expect(run.verdict).toBe('ok');
});
