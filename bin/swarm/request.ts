/** What a swarm is asked to do: the options of `quorate swarm`, each checked. */
import {
  checkDefects,
  checkStrategy,
  parseAtMost,
  parseCount,
  parseJobs,
  parseSeeds,
  parseTimeMs,
  parseTimeout,
} from '../commands/options.ts';
import { findSource } from '../execution/load-scenario.ts';
import { UsageError } from '../exit-status.ts';
import { shrinkBudgetMs } from './shrink-option.ts';
import type { SeedRange } from './run-swarm.ts';
import { SeedStore } from './seed-store.ts';
import type { SwarmSource } from './worker.ts';

/** As the command line gives them. */
export interface SwarmCommandOptions {
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

export interface SwarmRequest {
  readonly asked: readonly Asked[];
  /** No code or data of the user's has a part in it. */
  readonly isOurs: boolean;
  readonly every: boolean;
  readonly isBrief: boolean;
  readonly defects: readonly string[];
  readonly strategy: string;
  /** Of all shards together. */
  readonly allSeeds: SeedRange;
  readonly seeds: SeedRange;
  readonly shard: Shard;
  readonly jobs: number;
  readonly bail: number;
  /** 0 for no limit. */
  readonly budgetMs: number;
  readonly timeoutMs: number;
  readonly rerunPercent: number;
  readonly required: readonly string[];
  /** For each failure; null when they are left as they are. */
  readonly shrinkMs: number | null;
  readonly journal: string | null;
  readonly store: SeedStore | null;
  /** Runs again what the store knows. */
  readonly repeatsKnown: boolean;
}

/** A scenario as the user wrote it, and where it comes from. */
export type Asked = Omit<SwarmSource, 'scenario'>;
/** Index from 1, and how many there are. */
export type Shard = readonly [number, number];

export const DEFAULT_SEEDS = '1..200';
/** What `--brief` takes unless told otherwise, and how many seeds it may use up in that time. */
export const BRIEF_BUDGET = '30s';
const BRIEF_SEEDS = 1_000_000;

/** Throws a UsageError at the first option that makes no sense. */
export async function swarmRequest(scenarios: readonly string[], options: SwarmCommandOptions): Promise<SwarmRequest> {
  const isBrief = options.brief === true;
  const allSeeds: SeedRange = { ...parseSeeds(options.seeds ?? (isBrief ? freshSeeds() : DEFAULT_SEEDS)), step: 1 };
  const shard = parseShard(options.shard);
  const budget = options.budget ?? (isBrief ? BRIEF_BUDGET : undefined);
  await checkDefects(options.defect);
  const strategy = await checkStrategy(options.strategy);
  if (options.journal !== undefined && strategy === 'novelty')
    throw new UsageError(
      '--journal: what a search by novelty has learnt stands in no journal: leave it out, or take another --strategy',
    );
  if (!options.known && options.seedStore === undefined)
    throw new UsageError('--no-known: says what not to run of a --seed-store, and there is none');
  const asked = await sourcesOf(scenarios);
  return {
    asked,
    isOurs: asked.every(({ source }) => source.kind === 'catalogue'),
    every: options.every === true || isBrief,
    isBrief,
    defects: options.defect,
    strategy,
    allSeeds,
    seeds: shardOf(allSeeds, shard),
    shard,
    jobs: parseJobs(options.jobs),
    bail: parseCount('--bail', options.bail, 0),
    budgetMs: budget === undefined ? 0 : await parseTimeMs('--budget', budget, 1),
    timeoutMs: await parseTimeout(options.timeout),
    rerunPercent: parseAtMost('--rerun', options.rerun, 0, 100, ' per cent'),
    required: options.require,
    shrinkMs: await shrinkBudgetMs(options.shrink, options.reporter, process.env),
    journal: options.journal ?? null,
    store: options.seedStore === undefined ? null : new SeedStore(options.seedStore),
    repeatsKnown: options.known,
  };
}

async function sourcesOf(scenarios: readonly string[]): Promise<readonly Asked[]> {
  if (scenarios.length > 0)
    return Promise.all([...new Set(scenarios)].map(async (argument) => ({ argument, source: await findSource(argument) })));
  const { drawnScenarios } = await import('../../scenarios/catalogue/index.ts');
  return drawnScenarios.map(({ name }) => ({ argument: name, source: { kind: 'catalogue', name } }));
}

function parseShard(shard: string | undefined): Shard {
  if (shard === undefined) return [1, 1];
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(shard) ?? []).map(Number);
  if (count < 1 || index < 1 || index > count)
    throw new UsageError(`--shard ${shard}: should be i/n with i from 1 to n, such as 1/4`);
  return [index, count];
}

function shardOf(seeds: SeedRange, [index, count]: Shard): SeedRange {
  const available = seeds.last - seeds.first + 1;
  // A shard without a seed has no journal, and whoever merged would miss it for ever.
  if (count > available) throw new UsageError(`--shard ${index}/${count}: there are only ${available} seeds`);
  return { first: seeds.first + index - 1, last: seeds.last, step: count };
}

/** Seeds that nobody has tried: the time of day is as good a place to begin as any. */
function freshSeeds(): string {
  const first = Date.now();
  return `${first}..${first + BRIEF_SEEDS}`;
}
