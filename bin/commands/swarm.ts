/** `quorate swarm`: many seeds, each with a scenario, a platform and faults of its own; and the design review's table. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { interruptibly } from '../execution/interruptibly.ts';
import { origin } from '../package-info.ts';
import { ProgressLine } from '../progress-line.ts';
import { DEFAULT_FOLDER, prepareFolder, type OutputFolder } from '../recording-file.ts';
import { REPORTER_HELP, reportersOf } from '../reporters/swarm/index.ts';
import type { SwarmEnd, SwarmReporter, Told } from '../reporters/swarm/reporter.ts';
import type { SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { shrinkFailuresIfAny, SHRINK_HELP } from '../swarm/shrink-option.ts';
import type { SwarmJournal } from '../swarm/journal.ts';
import { keepFailure, rememberedRuns } from '../swarm/known-seeds.ts';
import { loadOnce, stillborn, type Loaded } from '../swarm/load-once.ts';
import { askedProbes, checkRequired, ENOUGH_RUNS, type ProbeGroup } from '../swarm/probes.ts';
import { BRIEF_BUDGET, DEFAULT_SEEDS, swarmRequest, type SwarmCommandOptions, type SwarmRequest } from '../swarm/request.ts';
import type { SeedRange, SwarmOutcome, SwarmProgress } from '../swarm/run-swarm.ts';
import { failedByScenario, runsByScenario, swarmStatus } from '../swarm/status.ts';
import { STRATEGY_HELP, TIMEOUT } from './options.ts';
import { counted } from '../reporters/counted.ts';

export function define(command: Command): void {
  command
    .argument(
      '[scenario...]',
      'names from the catalogue, or files of your own (default: all but the close-ups, which are for hunts)',
    )
    .option('--seeds <range>', `which seeds, such as 1..5000 (default: ${DEFAULT_SEEDS})`)
    .option('--every', 'run every scenario on each seed instead of drawing one')
    .option('--shard <i/n>', 'only every n-th seed, starting with the i-th, such as 1/4')
    .option('--jobs <n>', 'worker threads', String(availableParallelism()))
    .option('--budget <time>', 'start no new run after this time, such as 30s or 10m')
    .option('--bail <n>', 'stop after this many failures; 0: never', '0')
    .option('--rerun <percent>', 'percentage of runs repeated in another process, to detect nondeterminism', '5')
    .option('--defect <id...>', 'switch defects on (quorate list defects)', [])
    .option('--strategy <name>', STRATEGY_HELP)
    .option(
      '--require <probe...>',
      `fail if one of these probes is never hit; \`all\`: every probe whose scenarios had ${ENOUGH_RUNS} runs or more`,
      [],
    )
    .option('--output <folder>', 'where the recordings of failures go', DEFAULT_FOLDER)
    .option('--timeout <time>', 'how long a run may go without a step before it counts as looping', TIMEOUT)
    .option(
      '--brief',
      `print the table of faults and invariants: every scenario on fresh seeds, none of them started after ${BRIEF_BUDGET}`,
    )
    .option('--reporter <name...>', REPORTER_HELP, [])
    .option(
      '--journal <folder>',
      'record every run there as it ends: the same command resumes from it, and quorate merge adds up those of shards',
    )
    .option('--seed-store <folder>', 'keep failing seeds there, and first rerun those that are there already')
    .option('--no-known', 'do not rerun stored seeds')
    .option('--shrink [time]', SHRINK_HELP)
    .option('--no-shrink', 'leave failures as they are')
    .option('--json', 'one JSON document on stdout: --reporter json')
    .action(swarm);
}

async function swarm(scenarios: readonly string[], options: SwarmCommandOptions): Promise<void> {
  const request = await swarmRequest(scenarios, options);
  const reporters = reportersOf([...options.reporter, ...(options.json ? ['json'] : [])], process.env);
  const output = prepareFolder(options.output);
  await interruptibly(async (interrupted) => {
    const { outcome, probes } = await carriedOut(request, output, reporters, interrupted).finally(() => output.tidy());
    const end = await endOf(request, outcome, probes, interrupted);
    for (const reporter of reporters) reporter.ended(end);
    process.exitCode = swarmStatus(end, interrupted.aborted, request.isOurs);
  });
}

/** What became of it, and the probes that its scenarios have. */
interface CarriedOut {
  readonly outcome: SwarmOutcome;
  readonly probes: readonly ProbeGroup[];
}

async function carriedOut(
  request: SwarmRequest,
  output: OutputFolder,
  reporters: readonly SwarmReporter[],
  interrupted: AbortSignal,
): Promise<CarriedOut> {
  const { asked, seeds, shard, store, required, timeoutMs, defects } = request;
  const line = new ProgressLine('swarm');
  try {
    const loaded = await loadOnce(asked, { do: 'load', seed: seeds.first, recordingFolder: output.path }, interrupted, timeoutMs);
    if ('verdict' in loaded) return { outcome: stillborn(loaded), probes: [] };
    await checkRequired(required, loaded.probes);
    const { runSwarm } = await import('../swarm/run-swarm.ts');
    const { sources } = loaded;
    const known = store === null || !request.repeatsKnown ? [] : rememberedRuns(store, sources, defects, shard);
    const journal = await openJournal(request, loaded);
    const ran = await listener(request, reporters);
    const outcome = await runSwarm(
      { ...request, sources, known, first: request.allSeeds.first, output, journal, ran },
      interrupted,
      progressOn(line, request),
    );
    return { outcome, probes: loaded.probes };
  } finally {
    line.end();
  }
}

/** What hears of every run as it ends. */
async function listener(
  { strategy, store, defects }: SwarmRequest,
  reporters: readonly SwarmReporter[],
): Promise<(result: Told, failure: SwarmFailure | null) => void> {
  const { strategyOf } = await import('../../scenarios/search/strategies.ts');
  // What a seed alone does not give again is kept by its recording.
  const keepsSeeds = store !== null && strategyOf(strategy).isDrawnFromSeed;
  return (result, failure) => {
    if (failure !== null && keepsSeeds) keepFailure(store, failure, result.events, defects);
    for (const reporter of reporters) reporter.ran(result, failure);
  };
}

async function openJournal(
  { journal, allSeeds, shard, asked, isOurs, every, defects, strategy, required }: SwarmRequest,
  { probes }: Loaded,
): Promise<SwarmJournal | null> {
  if (journal === null) return null;
  const { SwarmJournal } = await import('../swarm/journal.ts');
  return new SwarmJournal(journal, {
    journal: 1,
    ...origin(),
    seeds: [allSeeds.first, allSeeds.last],
    shard: [...shard],
    scenarios: asked.map(({ argument }) => argument),
    users: !isOurs,
    every,
    defects: [...defects],
    strategy,
    probes: probes.map((group) => ({ scenarios: [...group.scenarios], probes: [...group.probes] })),
    required: [...required],
  });
}

function progressOn(line: ProgressLine, { isBrief, budgetMs }: SwarmRequest): SwarmProgress {
  return ({ runs, failures, events }, done, total, wallMs) => {
    const rate = `${counted(runs, 'run')}, ${Math.round(events / wallMs)}k events/s, ${failures.length} failed`;
    // A budget ends it long before the seeds run out: then time is what there is to see.
    if (isBrief && budgetMs > 0) line.update(Math.min(Math.round(wallMs / 1_000), budgetMs / 1_000), budgetMs / 1_000, 's', rate);
    else line.update(done, total, 'seeds', rate);
  };
}

/** The sum of it, with failures shrunk where that was asked for. */
async function endOf(
  request: SwarmRequest,
  { tally, complete, wallMs }: SwarmOutcome,
  probes: readonly ProbeGroup[],
  interrupted: AbortSignal,
): Promise<SwarmEnd> {
  const { seeds, shrinkMs, timeoutMs } = request;
  const runsOf = runsByScenario(tally);
  const { known, required } = askedProbes(probes, runsOf, request.required);
  const found = tally.report({ seeds: rangeText(seeds), complete, wallMs, probes: known });
  const failures =
    shrinkMs === null || interrupted.aborted ? found.failures : await shrinkFailuresIfAny(found.failures, shrinkMs, timeoutMs);
  const report = { ...found, failures };
  const missing = required.filter((probe) => !report.sometimes.hit.includes(probe));
  return {
    report,
    missing,
    table: request.isBrief ? await table(request, tally) : [],
    runsOf,
    failedOf: failedByScenario(tally),
    missingShards: [],
  };
}

async function table({ asked }: SwarmRequest, { byScenario }: SwarmOutcome['tally']): Promise<readonly string[]> {
  const { matrixLines } = await import('../reporters/matrix-report.ts');
  const { matrixRow } = await import('../../scenarios/review/matrix.ts');
  const { catalogue } = await import('../../scenarios/catalogue/index.ts');
  const named = new Set(asked.map(({ source }) => ('name' in source ? source.name : '')));
  const rows = catalogue
    .filter(({ name }) => named.has(name))
    .map((scenario) => {
      const { runs = 0, failed } = byScenario.get(scenario.name) ?? {};
      return matrixRow(scenario, runs, new Map([...(failed ?? [])].map(([property, failures]) => [property, failures.length])));
    });
  return matrixLines(rows);
}

function rangeText({ first, last, step }: SeedRange): string {
  return `${first}..${last}${step === 1 ? '' : ` by ${step}`}`;
}
