/**
 * `npm run count-cost`: what an event executes and what it finds cold, by function. Counted, so that it is
 * the same on a machine that is busy.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LAYERS, type LayerName } from '../../bin/bench/layers.ts';
import { ExitStatus } from '../../bin/exit-status.ts';
import { findProgram } from '../../bin/testing/find-program.ts';
import { costsOf, namesFrom } from './costs.ts';
import { table } from './table.ts';

const HELP = `npm run count-cost -- [options]

Runs a workload of the benchmark under callgrind (Debian: apt-get install valgrind) and prints, for an event, the instructions that each function executes
and what it looks for in vain in a cache of 1 MB. The engine's compilers and full collections are left out of the table. Takes some minutes.

  --layer NAME    ${LAYERS.join(', ')} (default: platform)
  --warm-up N     events before anything is counted (default: 700000)
  --events N      events that are counted (default: 40000)
  --top N         rows (default: 40)`;

const CACHES = ['--I1=32768,8,64', '--D1=32768,8,64', '--LL=1048576,16,64'];

const { values: options } = parseArgs({
  options: {
    layer: { type: 'string', default: 'platform' },
    'warm-up': { type: 'string', default: '700000' },
    events: { type: 'string', default: '40000' },
    top: { type: 'string', default: '40' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

process.exitCode = options.help
  ? help()
  : await main().catch((error: unknown) => {
      process.stderr.write(`count-cost: ${error instanceof Error ? error.message : String(error)}\n`);
      return ExitStatus.internal;
    });

function help(): number {
  process.stdout.write(`${HELP}\n`);
  return ExitStatus.clean;
}

async function main(): Promise<number> {
  const problem = whatIsWrong();
  if (problem !== null) {
    process.stderr.write(`count-cost: ${problem}\n`);
    return ExitStatus.usage;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'quorate-cost-'));
  try {
    const { events, map } = await count(scratch);
    const costs = costsOf(readFileSync(join(scratch, 'profile'), 'utf8'), namesFrom(readFileSync(map, 'utf8')));
    process.stdout.write(table(costs, events, Number(options.top)));
    return ExitStatus.clean;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function whatIsWrong(): string | null {
  for (const program of ['valgrind', 'callgrind_control'])
    if (findProgram([program]) === undefined) return `${program} is missing: apt-get install valgrind`;
  if (!LAYERS.includes(options.layer as LayerName)) return `--layer ${options.layer}: one of ${LAYERS.join(', ')}`;
  for (const name of ['warm-up', 'events', 'top'] as const)
    if (!/^[1-9]\d*$/.test(options[name])) return `--${name} ${options[name]}: a whole number above 0`;
  return null;
}

/**
 * Leaves callgrind's file `profile` in the folder, and the engine's map of names; says where that
 * is, and how many events were counted.
 */
async function count(scratch: string): Promise<{ readonly events: number; readonly map: string }> {
  const workload = fileURLToPath(new URL('workload.ts', import.meta.url));
  const child = spawn(
    'valgrind',
    [
      '--tool=callgrind',
      '--instr-atstart=no',
      '--cache-sim=yes',
      '--dump-instr=yes',
      '--smc-check=all-non-file',
      ...CACHES,
      `--callgrind-out-file=${join(scratch, 'profile')}`,
      execPath,
      '--single-threaded',
      '--expose-gc',
      '--perf-basic-prof',
      `--perf-basic-prof-path=${scratch}`,
      workload,
      options.layer,
      options['warm-up'],
      options.events,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (text) => (complaint = `${complaint}${String(text)}`.slice(-2_000)));
  let events = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'warm') {
      process.stderr.write(`${options['warm-up']} events done; now they are counted\n`);
      execFileSync('callgrind_control', ['-i', 'on', String(child.pid)], { stdio: 'ignore' });
      child.stdin.end('\n');
    } else if (line.startsWith('done ')) {
      events = Number(line.slice('done '.length));
    }
  }
  await exited;
  if (events === 0) throw new Error(`valgrind has ended before the workload did:\n${complaint}`);
  return { events, map: join(scratch, `perf-${child.pid}.map`) };
}
