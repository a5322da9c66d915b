import { expect, test } from 'vitest';
import { benchText } from '../reporters/bench-report.ts';
import { bench, median } from './index.ts';
import { LAYERS } from './layers.ts';

test('each layer is measured against the heap, and one long run for growth and memory', async () => {
  const said: string[] = [];
  const result = await bench({ events: 20_000, rounds: 1, share: 0.01 }, (what) => said.push(what));
  expect(said.slice(0, -1)).toEqual([...LAYERS]);
  expect(Object.keys(result.layers)).toEqual([...LAYERS]);
  for (const name of LAYERS) expect(result.layers[name].eventsPerSecond).toBeGreaterThan(1_000);
  for (const name of ['raft', 'store', 'platform'] as const) {
    expect(result.layers[name].commitsPerSecond).toBeGreaterThan(0);
    expect(result.layers[name].simulatedSecondsPerSecond).toBeGreaterThan(0);
  }
  expect(result.node).toBe(process.versions.node);
  expect(result.growth.events).toBe(20_000);
  expect(result.memory.peakMegabytes).toBeGreaterThan(10);
  expect(result.memory.endMegabytes).toBeLessThanOrEqual(result.memory.peakMegabytes);
  for (const name of LAYERS) expect(benchText(result)).toMatch(new RegExp(`^${name} +\\d+ +\\d\\.\\d{3} `, 'm'));
});

test('the median of an even number of figures lies between the two in the middle', () => {
  expect([median([3]), median([9, 1, 5]), median([4, 1, 3, 100])]).toEqual([3, 5, 3.5]);
});
