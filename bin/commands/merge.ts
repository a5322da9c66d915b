/** `quorate merge`: adds up the journals of a swarm's shards, each run once. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../exit-status.ts';
import { REPORTER_HELP, reportersOf } from '../reporters/swarm/index.ts';
import type { SwarmEnd } from '../reporters/swarm/reporter.ts';
import { differs, JOURNAL_SUFFIX, readJournal, type JournalContent } from '../swarm/journal.ts';
import { shrinkFailuresIfAny, SHRINK_HELP, shrinkBudgetMs } from '../swarm/shrink-option.ts';
import { keepFailure } from '../swarm/known-seeds.ts';
import { SeedStore } from '../swarm/seed-store.ts';
import { askedProbes } from '../swarm/probes.ts';
import { failedByScenario, runsByScenario, swarmStatus } from '../swarm/status.ts';
import { tallyJournals } from '../swarm/tally-journals.ts';
import { checkFolder, TIMEOUT_MS } from './options.ts';
import { byCodeUnit } from '../../sim/index.ts';

interface Options {
  readonly reporter: readonly string[];
  readonly seedStore?: string;
  readonly shrink?: boolean | string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<folder>', 'folder with the journals of the shards (quorate swarm --journal)')
    .option('--reporter <name...>', REPORTER_HELP, [])
    .option('--seed-store <folder>', 'keep failing seeds there')
    .option('--shrink [time]', SHRINK_HELP)
    .option('--no-shrink', 'leave failures as they are')
    .option('--json', 'one JSON document on stdout: --reporter json')
    .addHelpText('after', "\nWith a shard's journal missing the result is undecided (status 4).")
    .action(merge);
}

async function merge(folder: string, options: Options): Promise<void> {
  const journals = journalsIn(folder);
  const [{ header }] = journals;
  const reporters = reportersOf([...options.reporter, ...(options.json ? ['json'] : [])], process.env);
  const { tally, runsOf } = tallyJournals(journals);
  const [first, last] = header.seeds;
  const perSeed = header.every ? header.scenarios.length : 1;
  const complete = runsOf.size === last - first + 1 && [...runsOf.values()].every((runs) => runs === perSeed);
  // Shards run side by side: the swarm took as long as the slowest of them.
  const wallMs = Math.max(...journals.map((journal) => journal.wallMs));
  const probes = askedProbes(header.probes, runsByScenario(tally), header.required);
  const found = tally.report({ seeds: `${first}..${last}`, complete, wallMs, probes: probes.known });
  if (options.seedStore !== undefined) keepAll(new SeedStore(options.seedStore), journals);
  const shrinkMs = await shrinkBudgetMs(options.shrink, options.reporter, process.env);
  const report = {
    ...found,
    failures: shrinkMs === null ? found.failures : await shrinkFailuresIfAny(found.failures, shrinkMs, TIMEOUT_MS),
  };
  // What is never hit in half of a swarm says nothing.
  const missing = complete ? probes.required.filter((probe) => !report.sometimes.hit.includes(probe)) : [];
  const end: SwarmEnd = {
    report,
    missing,
    table: [],
    runsOf: runsByScenario(tally),
    failedOf: failedByScenario(tally),
    missingShards: missingShards(journals),
  };
  for (const reporter of reporters) reporter.ended(end);
  process.exitCode = swarmStatus(end, false, !header.users);
}

function keepAll(store: SeedStore, journals: readonly JournalContent[]): void {
  for (const { header, runs } of journals) {
    const { quorate, build, defects } = header;
    for (const { result, failure } of runs)
      if (failure !== null) keepFailure(store, failure, result.events, defects, { quorate, build });
  }
}

/** At least one. Throws a UsageError when there is none, or when they are of different swarms. */
function journalsIn(folder: string): readonly [JournalContent, ...JournalContent[]] {
  checkFolder(folder, 'merge takes the folder that the journals lie in');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(JOURNAL_SUFFIX))
    .sort(byCodeUnit);
  const [first, ...others] = names.map((name) => ({ path: join(folder, name), content: readJournal(join(folder, name)) }));
  if (first === undefined)
    throw new UsageError(`${folder}: there is no journal of a swarm in it (quorate swarm --journal ${folder})`);
  for (const { path, content } of others) {
    const difference = differs(content.header, first.content.header);
    if (difference !== null) throw new UsageError(`${path}: is of another swarm than ${first.path}: ${difference}`);
  }
  return [first.content, ...others.map(({ content }) => content)];
}

function missingShards(journals: readonly [JournalContent, ...JournalContent[]]): readonly string[] {
  const [, count] = journals[0].header.shard;
  const there = new Set(journals.map(({ header }) => header.shard[0]));
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !there.has(index));
  return missing.map((index) => `${index}/${count}`);
}
