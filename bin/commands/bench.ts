/** `quorate bench`: what Quorate can try per CPU-second. */
import type { Command } from 'commander';
import { bench } from '../bench/index.ts';
import { benchText } from '../reporters/bench-report.ts';
import { ProgressLine } from '../progress-line.ts';
import { parseCount } from './options.ts';

interface Options {
  readonly events?: string;
  readonly quick?: true;
  readonly json?: true;
}

const FULL = { events: 10_000_000, rounds: 5, share: 1 };
const QUICK = { events: 1_000_000, rounds: 1, share: 0.25 };
const EVENTS_LEAST = 10_000;

export function define(command: Command): void {
  command
    .option('--events <number>', `events of the run that measures growth and memory (${FULL.events}; quick: ${QUICK.events})`)
    .option('--quick', 'one round of short measurements instead of the median of five')
    .option('--json', 'one JSON document on stdout')
    .action(run);
}

async function run({ events, quick, json }: Options): Promise<void> {
  const size = quick ? QUICK : FULL;
  const line = new ProgressLine('bench');
  const result = await bench(
    { ...size, events: events === undefined ? size.events : parseCount('--events', events, EVENTS_LEAST) },
    (what, done, total) => line.update(done, total, 'parts', what),
  );
  line.end();
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : benchText(result)}\n`);
}
