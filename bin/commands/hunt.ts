/** `quorate hunt`: switches defects on, one after the other, and measures how long it takes until a run fails. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Trial } from '../../scenarios/hunt/hunt-report.ts';
import { interruptibly } from '../execution/interruptibly.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import type { Healthy, HuntHeader, HuntJournal } from '../hunt/journal.ts';
import type { Stretch } from '../hunt/worker.ts';
import { origin } from '../package-info.ts';
import { ProgressLine } from '../progress-line.ts';
import { DEFAULT_FOLDER, prepareFolder } from '../recording-file.ts';
import { huntJson, huntText, type HuntEnd } from '../reporters/hunt-report.ts';
import { checkDefects, checkStrategy, parseAtMost, parseJobs, parseSeeds, parseTimeMs, STRATEGY_HELP } from './options.ts';

interface Options {
  readonly seeds: string;
  readonly trials: string;
  readonly cap: string;
  readonly budget?: string;
  readonly jobs: string;
  readonly strategy?: string;
  readonly healthy: string;
  readonly resume?: string;
  readonly output: string;
  readonly json?: true;
}

/** What was tuned was tuned on seeds below a million. */
const DEFAULT_SEEDS = '1000001..1020000';
/** All that a hunt may come to is laid out before the first trial. */
const TRIALS_MOST = 1_000;
const HEALTHY_MOST = 1_000_000;

export function define(command: Command): void {
  command
    .argument('[defect...]', 'ids of defects (quorate list defects); all of them when absent')
    .option('--seeds <range>', 'seeds, divided among the trials', DEFAULT_SEEDS)
    .option('--trials <n>', `trials of each defect, each with seeds of its own; at most ${TRIALS_MOST}`, '5')
    .option('--cap <time>', 'CPU time after which a trial counts as not found', '120s')
    .option('--budget <time>', 'start no new run after this time, such as 30s or 10m')
    .option('--jobs <n>', 'worker processes', String(availableParallelism()))
    .option('--strategy <name>', STRATEGY_HELP)
    .option(
      '--healthy <n>',
      `run the healthy platform on at least this many seeds (always on those that the trials used); at most ${HEALTHY_MOST}`,
      '0',
    )
    .option('--resume <file>', 'record every trial there as it ends: the same command resumes from it')
    .option('--output <folder>', 'where recordings of failures of the healthy platform go', DEFAULT_FOLDER)
    .option('--json', 'one JSON document on stdout')
    .action(hunt);
}

async function hunt(ids: readonly string[], options: Options): Promise<void> {
  const seeds = parseSeeds(options.seeds);
  const trials = parseAtMost('--trials', options.trials, 1, TRIALS_MOST);
  const capMs = await parseTimeMs('--cap', options.cap, 100_000);
  const budgetMs = options.budget === undefined ? 0 : await parseTimeMs('--budget', options.budget, 1);
  const jobs = parseJobs(options.jobs);
  const healthyLeast = Math.ceil(parseAtMost('--healthy', options.healthy, 0, HEALTHY_MOST) / trials);
  await checkDefects(ids, null);
  const strategy = await checkStrategy(options.strategy);
  const stretches = divide(seeds, trials, options.seeds);
  const { CANARY } = await import('../../scenarios/hunt/hunting-grounds.ts');
  const { defects } = await import('../../scenarios/defects.ts');
  const wanted = ids.length === 0 ? defects.map(({ id }) => id) : [...new Set(ids)];
  const journal = await openJournal(options.resume, {
    hunt: 1,
    ...origin(),
    seeds: [seeds.first, seeds.last],
    trials,
    capSeconds: capMs / 1_000,
    strategy,
  });
  const output = prepareFolder(options.output);

  const line = new ProgressLine('hunt');
  const { runHunt } = await import('../hunt/run-hunt.ts');
  const all = wanted.includes(CANARY) ? wanted : [CANARY, ...wanted];
  const request = { defects: all, stretches, strategy, capMs, jobs, budgetMs, healthyLeast, output, journal };
  const { outcome, isInterrupted } = await interruptibly(async (interrupted) => {
    const found = await runHunt(request, interrupted, (done, total, healthy) =>
      line.update(done.length, total, 'trials', soFar(done, healthy)),
    );
    return { outcome: found, isInterrupted: interrupted.aborted };
  }).finally(() => {
    line.end();
    output.tidy();
  });
  const end: HuntEnd = {
    origin: origin(),
    outcome,
    defects: defects.filter(({ id }) => wanted.includes(id)),
    canary: CANARY,
    strategy,
    seeds: options.seeds,
    capSeconds: capMs / 1_000,
  };
  process.stdout.write(`${options.json ? JSON.stringify(huntJson(end), null, 2) : huntText(end)}\n`);
  process.exitCode = statusOf(end, isInterrupted);
}

async function openJournal(file: string | undefined, header: HuntHeader): Promise<HuntJournal | null> {
  if (file === undefined) return null;
  const { HuntJournal } = await import('../hunt/journal.ts');
  return new HuntJournal(file, header);
}

/** Each trial has seeds of its own. */
function divide({ first, last }: Stretch, trials: number, asked: string): readonly Stretch[] {
  const each = Math.floor((last - first + 1) / trials);
  if (each < 1) throw new UsageError(`--seeds ${asked}: fewer seeds than trials (${trials})`);
  return Array.from({ length: trials }, (_, trial) => ({ first: first + trial * each, last: first + (trial + 1) * each - 1 }));
}

function soFar(trials: readonly Trial[], healthy: readonly Healthy[]): string {
  const failures = healthy.reduce((sum, stretch) => sum + stretch.failures.length, 0);
  const newest = trials.at(-1);
  const last =
    newest === undefined ? '' : `, ${newest.defect} ${newest.find === null ? 'not found' : `in ${newest.seeds} seeds`}`;
  return `${trials.filter(({ find }) => find !== null).length} found${failures === 0 ? '' : `, THE HEALTHY PLATFORM FAILED ${failures} TIMES`}${last}`;
}

/** A hunt that misses its canary says nothing about the others. */
function statusOf({ outcome: { trials, healthy }, canary }: HuntEnd, interrupted: boolean): ExitStatus {
  const failed = healthy.flatMap(({ failures }) => failures.map(({ verdict }) => verdict));
  if (failed.includes('crashed') || trials.some(({ defect, find }) => defect === canary && find === null))
    return ExitStatus.internal;
  if (failed.includes('violation')) return ExitStatus.violation;
  if (failed.includes('stalled')) return ExitStatus.stalled;
  return interrupted ? ExitStatus.interrupted : ExitStatus.clean;
}
