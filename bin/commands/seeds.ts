/** `quorate seeds`: what a seed store holds, and what of it is to be forgotten. */
import type { Command } from 'commander';
import { ExitStatus } from '../exit-status.ts';
import { origin } from '../package-info.ts';
import { warnOfDamaged } from '../swarm/known-seeds.ts';
import { SeedStore, type KnownSeed } from '../swarm/seed-store.ts';
import { checkFolder } from './options.ts';

interface Options {
  readonly prune?: true;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<folder>', 'a seed store (quorate swarm --seed-store)')
    .option('--prune', 'delete the seeds that other builds failed at')
    .option('--json', 'one JSON document on stdout')
    .action(seeds);
}

function seeds(folder: string, options: Options): void {
  checkFolder(folder, 'a seed store is a folder');
  const store = new SeedStore(folder, folder);
  const content = store.read();
  warnOfDamaged(content);
  const { build } = origin();
  const forgotten = options.prune === true ? content.seeds.filter((known) => known.build !== build) : [];
  for (const known of forgotten) store.forget(known);
  const kept = content.seeds.filter((known) => !forgotten.includes(known));
  const report = { build, seeds: kept, forgotten: forgotten.length, damaged: content.damaged };
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : inWords(kept, forgotten.length, build)}\n`);
  process.exitCode = ExitStatus.clean;
}

function inWords(kept: readonly KnownSeed[], forgotten: number, build: string): string {
  const lines = kept.map(
    (known) =>
      `${known.scenario}, seed ${known.seed}: ${known.property}${known.build === build ? '' : ` (build ${known.build})`}\n  ${known.repro}`,
  );
  lines.push(
    `${kept.length === 1 ? '1 seed' : `${kept.length} seeds`}, the shortest first${forgotten === 0 ? '' : `; ${forgotten} forgotten`}`,
  );
  return lines.join('\n');
}
