/** `quorate swarm`: many seeds, each with a scenario, a platform and faults of its own; and the brief's table. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { execute } from '../execution/execute.ts';
import { findSource } from '../execution/load-scenario.ts';
import { UsageError } from '../exit-status.ts';
import { ProgressLine } from '../progress-line.ts';
import { DEFAULT_FOLDER, prepareFolder } from '../recording-file.ts';
import { REPORTER_HELP, reportersOf } from '../reporters/swarm/index.ts';
import type { SwarmEnd, Told } from '../reporters/swarm/reporter.ts';
import { askedProbes, checkRequired, ENOUGH_RUNS, groupProbes, type ProbeGroup } from '../swarm/probes.ts';
import { runsByScenario, swarmStatus } from '../swarm/status.ts';
import type { JournalHeader, SwarmJournal } from '../swarm/journal.ts';
import { handOver, SHRINK_BUDGET, shrinkBudgetMs } from '../swarm/hand-over-option.ts';
import { keepFailure, rememberedRuns } from '../swarm/known-seeds.ts';
import { SeedStore } from '../swarm/seed-store.ts';
import { origin } from '../package-info.ts';
import type { SeedRange, SwarmOutcome } from '../swarm/run-swarm.ts';
import type { SwarmSource } from '../swarm/worker.ts';
import { NO_DIGEST, type Job, type Source } from '../execution/job.ts';
import { reproduceRun } from '../reproduce.ts';
import { SwarmTally, type SwarmFailure } from '../../scenarios/swarm-result.ts';
import { checkDefects, checkStrategy, parseCount, parseSeeds, parseTime, STRATEGY_HELP, TIMEOUT } from './options.ts';

interface Options {
  readonly seeds?: string;
  readonly every?: true;
  readonly shard?: string;
  readonly jobs: string;
  readonly budget?: string;
  readonly bail: string;
  readonly rerun: string;
  readonly defect: readonly string[];
  readonly require: readonly string[];
  readonly output: string;
  readonly timeout: string;
  readonly brief?: true;
  readonly reporter: readonly string[];
  readonly journal?: string;
  readonly seedStore?: string;
  readonly known: boolean;
  readonly shrink?: boolean | string;
  readonly strategy?: string;
  readonly json?: true;
}

const DEFAULT_SEEDS = '1..200';
/** What `--brief` takes unless told otherwise, and how many seeds it may use up in that time. */
const BRIEF_BUDGET = '30s';
const BRIEF_SEEDS = 1_000_000;
/** Each takes tens of megabytes. */
const JOBS_MOST = 64;

export function define(command: Command): void {
  command
    .argument('[scenario...]', 'names of the catalogue, or files of your own; all of the catalogue when absent')
    .option('--seeds <range>', `which seeds, such as 1..5000 (default: ${DEFAULT_SEEDS})`)
    .option('--every', 'run every scenario on each seed, instead of a drawn one')
    .option('--shard <i/n>', 'only every n-th seed, from the i-th on, such as 1/4')
    .option('--jobs <n>', 'worker threads', String(availableParallelism()))
    .option('--budget <time>', 'start nothing new after this time, such as 30s or 10m')
    .option('--bail <n>', 'stop after so many failures; 0 for never', '0')
    .option('--rerun <percent>', 'share of the seeds that is repeated in another process, to catch nondeterminism', '5')
    .option('--defect <id...>', 'switch defects on (quorate list defects)', [])
    .option('--strategy <name>', STRATEGY_HELP)
    .option('--require <probe...>', `fail when these probes are never seen, or with \`all\` any that ${ENOUGH_RUNS} runs could have shown`, [])
    .option('--output <folder>', 'where the recordings of failures go', DEFAULT_FOLDER)
    .option('--timeout <time>', 'how long a run may go without a step before it counts as looping', TIMEOUT)
    .option('--brief', `every scenario on fresh seeds for ${BRIEF_BUDGET}, and the table of faults and invariants`)
    .option('--reporter <name...>', REPORTER_HELP, [])
    .option('--journal <folder>', 'note every run there as it ends: the same command goes on from it, and quorate merge adds up those of shards')
    .option('--seed-store <folder>', 'keep failing seeds there, and run those first that another swarm has kept')
    .option('--no-known', 'run none of them again')
    .option('--shrink [time]', `hand failures over small, explained and as a page; so long for each (default with github and junit: ${SHRINK_BUDGET})`)
    .option('--no-shrink', 'leave failures as they are')
    .option('--json', 'one JSON document on stdout: --reporter json')
    .action(swarm);
}

async function swarm(scenarios: readonly string[], options: Options): Promise<void> {
  const brief = options.brief === true;
  const allSeeds: SeedRange = { ...parseSeeds(options.seeds ?? (brief ? freshSeeds() : DEFAULT_SEEDS)), step: 1 };
  const shard = parseShard(options.shard);
  const seeds = shardOf(allSeeds, shard);
  const budget = options.budget ?? (brief ? BRIEF_BUDGET : undefined);
  const budgetMs = budget === undefined ? 0 : (await parseTime('--budget', budget, 1)) / 1_000;
  const bail = parseCount('--bail', options.bail, 0);
  const jobs = parseCount('--jobs', options.jobs, 1);
  if (jobs > JOBS_MOST) throw new UsageError(`--jobs ${options.jobs}: at most ${JOBS_MOST}, and one for each core is best`);
  const timeoutMs = (await parseTime('--timeout', options.timeout, 100_000)) / 1_000;
  const rerunPercent = parseCount('--rerun', options.rerun, 0);
  if (rerunPercent > 100) throw new UsageError(`--rerun ${options.rerun}: at most 100 per cent`);
  await checkDefects(options.defect);
  const strategy = await checkStrategy(options.strategy);
  const asked = await sourcesOf(scenarios);
  const sources = asked.map(({ source }) => source);
  const isOurs = sources.every(({ kind }) => kind === 'catalogue');
  const reporters = reportersOf([...options.reporter, ...(options.json ? ['json'] : [])], process.env);
  const shrinkMs = await shrinkBudgetMs(options.shrink, options.reporter, process.env);
  const store = options.seedStore === undefined ? null : new SeedStore(options.seedStore);
  const every = options.every === true || brief;
  if (options.journal !== undefined && strategy === 'novelty') throw new UsageError('--journal: what a search by novelty has learnt stands in no journal: leave it out, or take another --strategy');
  const output = prepareFolder(options.output);

  const { strategyOf } = await import('../../scenarios/search/strategies.ts');
  const isDrawn = strategyOf(strategy).isDrawnFromSeed;
  const ran = (result: Told, failure: SwarmFailure | null): void => {
    // What a seed alone does not give again is kept by its recording.
    if (failure !== null && store !== null && isDrawn) keepFailure(store, failure, result.events, options.defect);
    for (const reporter of reporters) reporter.ran(result, failure);
  };

  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const line = new ProgressLine('swarm');
  const { runSwarm } = await import('../swarm/run-swarm.ts');
  let outcome: SwarmOutcome;
  let probes: readonly ProbeGroup[] = [];
  try {
    const load = { do: 'load', seed: seeds.first, recordingFolder: output.path } as const;
    const loaded = await loadOnce(asked, load, interrupt.signal, timeoutMs);
    if ('verdict' in loaded) outcome = stillborn(loaded);
    else {
      probes = loaded.probes;
      await checkRequired(options.require, probes);
      const journal = await openJournal(options.journal, {
        journal: 1,
        ...origin(),
        seeds: [allSeeds.first, allSeeds.last],
        shard: [...shard],
        scenarios: asked.map(({ argument }) => argument),
        users: !isOurs,
        every,
        defects: [...options.defect],
        strategy,
        probes: loaded.probes.map((group) => ({ scenarios: [...group.scenarios], probes: [...group.probes] })),
        required: [...options.require],
      });
      const known = store === null || !options.known ? [] : rememberedRuns(store, loaded.sources, options.defect, shard);
      outcome = await runSwarm(
        { sources: loaded.sources, known, seeds, every, defects: options.defect, strategy, first: allSeeds.first, jobs, bail, budgetMs, timeoutMs, output, rerunPercent, journal, ran },
        interrupt.signal,
        ({ runs, failures, events }, done, total, wallMs) => {
          const rate = `${runs} runs, ${Math.round(events / wallMs)}k events/s, ${failures.length} failed`;
          // A budget ends it long before the seeds run out: then time is what there is to see.
          if (brief && budgetMs > 0) line.update(Math.min(Math.round(wallMs / 1_000), budgetMs / 1_000), budgetMs / 1_000, 's', rate);
          else line.update(done, total, 'seeds', rate);
        },
      );
    }
  } finally {
    line.end();
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    output.tidy();
  }

  const { tally, complete, wallMs } = outcome;
  const { known, required } = askedProbes(probes, runsByScenario(tally), options.require);
  const found = tally.report({ seeds: rangeText(seeds), complete, wallMs, probes: known });
  const report = { ...found, failures: shrinkMs === null || interrupt.signal.aborted ? found.failures : await handOver(found.failures, shrinkMs, timeoutMs) };
  const missing = required.filter((probe) => !report.sometimes.hit.includes(probe));
  const end: SwarmEnd = { report, missing, table: brief ? await table(sources, outcome) : [], runsOf: runsByScenario(tally) };
  for (const reporter of reporters) reporter.ended(end);
  process.exitCode = swarmStatus(end, interrupt.signal.aborted, isOurs);
}

async function openJournal(folder: string | undefined, header: JournalHeader): Promise<SwarmJournal | null> {
  if (folder === undefined) return null;
  const { SwarmJournal } = await import('../swarm/journal.ts');
  return new SwarmJournal(folder, header);
}

async function table(sources: readonly Source[], { tally }: SwarmOutcome): Promise<readonly string[]> {
  const { briefTable } = await import('../swarm/brief-table.ts');
  const { catalogue } = await import('../../scenarios/catalogue/index.ts');
  const named = new Set(sources.map((source) => ('name' in source ? source.name : '')));
  return briefTable(catalogue.filter(({ name }) => named.has(name)), tally);
}

type Asked = Omit<SwarmSource, 'scenario'>;

async function sourcesOf(scenarios: readonly string[]): Promise<readonly Asked[]> {
  if (scenarios.length > 0) return Promise.all(scenarios.map(async (argument) => ({ argument, source: await findSource(argument) })));
  const { catalogue } = await import('../../scenarios/catalogue/index.ts');
  return catalogue.map(({ name }) => ({ argument: name, source: { kind: 'catalogue', name } }));
}

/** Loads each file of the user's once, so that a wrong one is told before a thousand runs fail of it. */
async function loadOnce(asked: readonly Asked[], job: Omit<LoadJob, 'source'>, cancelled: AbortSignal, stuckMs: number): Promise<Loaded | SwarmFailure> {
  const sources: SwarmSource[] = [];
  const probes = new Map<string, readonly string[]>();
  for (const { argument, source } of asked) {
    const outcome = await execute({ ...job, source }, { progress: () => undefined, cancelled }, stuckMs);
    if (outcome.did === 'load') {
      sources.push({ argument, source, scenario: outcome.scenario });
      probes.set(outcome.scenario, outcome.probes);
    }
    if (outcome.did !== 'run' || outcome.run.interrupted) continue;
    const { scenario, seed, crash } = outcome.run;
    const repro = reproduceRun({ scenario: argument, seed, defects: [], swarm: true });
    return { scenario, seed, verdict: 'crashed', property: null, message: crash?.message ?? null, waiting: [], drawn: [], recording: null, repro, small: null };
  }
  return { sources, probes: groupProbes(probes) };
}

interface Loaded {
  readonly sources: readonly SwarmSource[];
  readonly probes: readonly ProbeGroup[];
}

type LoadJob = Extract<Job, { readonly do: 'load' }>;

/** A swarm that never began, because a file of the user's crashes when it is loaded. */
function stillborn(failure: SwarmFailure): SwarmOutcome {
  const tally = new SwarmTally();
  tally.add({ ...failure, events: 0, simulatedUs: 0, digest: NO_DIGEST, hits: [] }, failure);
  return { tally, complete: false, wallMs: 0 };
}

/** Index from 1, and how many there are. */
function parseShard(shard: string | undefined): readonly [number, number] {
  if (shard === undefined) return [1, 1];
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(shard) ?? []).map(Number);
  if (count < 1 || index < 1 || index > count) throw new UsageError(`--shard ${shard}: should be i/n with i from 1 to n, such as 1/4`);
  return [index, count];
}

function shardOf(seeds: SeedRange, [index, count]: readonly [number, number]): SeedRange {
  const first = seeds.first + index - 1;
  if (first > seeds.last) throw new UsageError(`--shard ${index}/${count}: there are only ${seeds.last - seeds.first + 1} seeds`);
  return { first, last: seeds.last, step: count };
}

/** Seeds that nobody has tried: the time of day is as good a place to begin as any. */
function freshSeeds(): string {
  const first = Date.now();
  return `${first}..${first + BRIEF_SEEDS}`;
}

function rangeText({ first, last, step }: SeedRange): string {
  return `${first}..${last}${step === 1 ? '' : ` by ${step}`}`;
}
