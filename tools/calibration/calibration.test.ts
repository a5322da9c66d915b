import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { fsyncLoop } from './fsync-cost.ts';
import { simulatedCosts } from './simulated-cost.ts';
import { table, verdict, type Row } from './table.ts';
import { workloads } from './workloads.ts';

const row = (measuredUs: number, simulatedUs: number, isProcessorTime = false): Row => ({
  what: 'put',
  measuredUs,
  simulatedUs,
  isProcessorTime,
  note: '',
});

test('a default is off when it is more than three times too little or too much', () => {
  expect([row(300, 100), row(100, 300)].map(verdict)).toEqual(['fits', 'fits']);
  expect([row(301, 100), row(100, 301)].map(verdict)).toEqual(['too cheap', 'too dear']);
});

test('processor time is shared by four cores', () => {
  expect(verdict(row(1_200, 100, true))).toBe('fits');
  expect(table([row(120, 33, true), row(900, 1_000)]).split('\n')).toEqual([
    '     measured  on 4 cores  simulated  the default',
    'put       120          30         33  fits',
    'put       900         900       1000  fits',
  ]);
});

test('each kind of request occupies the simulated member for a while', () => {
  const costs = simulatedCosts();
  for (const { name } of workloads) expect(costs.get(name)).toBeGreaterThan(10);
});

test('a sync takes time', () => {
  const { medianUs, meanUs, p99Us } = fsyncLoop(tmpdir());
  expect(medianUs).toBeGreaterThan(0);
  expect(p99Us).toBeGreaterThanOrEqual(medianUs);
  expect(meanUs).toBeGreaterThan(0);
});
