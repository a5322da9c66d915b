/** The figures of the benchmark as a table. */
import { LAYERS } from '../bench/layers.ts';
import type { BenchResult } from '../bench/index.ts';
import { inColumns } from './columns.ts';

export function benchText({ node, layers, growth, memory }: BenchResult): string {
  const rows = [['layer', 'events/s', 'ratio', 'commits/s', 'simulated s/s']];
  for (const name of LAYERS) {
    const { eventsPerSecond, ratio, commitsPerSecond, simulatedSecondsPerSecond } = layers[name];
    const orDash = (value: number): string => (value === 0 ? '–' : String(value));
    rows.push([name, String(eventsPerSecond), ratio.toFixed(3), orDash(commitsPerSecond), orDash(simulatedSecondsPerSecond)]);
  }
  return [
    `Node ${node}; per CPU-second; ratio to the heap alone, measured in alternation`,
    '',
    ...inColumns(rows, ['left', 'right', 'right', 'right', 'right'], 'plain'),
    '',
    `growth: ${growth.ratio.toFixed(3)} over ${growth.events} events of ${growth.layer} (last tenth ${growth.lastTenthPerSecond}/s, first ${growth.firstTenthPerSecond}/s)`,
    `memory: ${memory.peakMegabytes} MB at most, ${memory.earlyMegabytes} MB after a fifth, ${memory.endMegabytes} MB at the end`,
  ].join('\n');
}
