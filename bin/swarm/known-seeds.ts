/** What a swarm does with a seed store: it runs again what is known to fail, and keeps what fails now. */
import type { SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { unlessLost } from '../losses.ts';
import { origin } from '../package-info.ts';
import { sameDefects, type KnownSeed, type SeedStore, type SeedStoreContent } from './seed-store.ts';
import type { SwarmSource } from './worker.ts';

/** A scenario and a seed that are run again before all others. */
export interface KnownRun {
  readonly source: SwarmSource;
  readonly seed: number;
}

/**
 * Those that this swarm could have met with itself: of its scenarios, under its defects; of every build, since a bug that was
 * fixed may come back. Each once, shortest first. Of shards each has its part of them.
 */
function knownRuns(
  { seeds }: SeedStoreContent,
  sources: readonly SwarmSource[],
  defects: readonly string[],
  [index, count]: readonly [number, number],
): readonly KnownRun[] {
  const runs = new Map<string, KnownRun>();
  for (const known of seeds) {
    const source = sources.find(({ scenario }) => scenario === known.scenario);
    if (source !== undefined && sameDefects(known.defects, defects))
      runs.set(`${known.scenario} ${known.seed}`, { source, seed: known.seed });
  }
  return [...runs.values()].filter((_, at) => at % count === index - 1);
}

/** Of what a store holds; what is damaged there costs a warning. */
export function rememberedRuns(
  store: SeedStore,
  sources: readonly SwarmSource[],
  defects: readonly string[],
  shard: readonly [number, number],
): readonly KnownRun[] {
  const content = store.read();
  warnOfDamaged(content);
  return knownRuns(content, sources, defects, shard);
}

export function keepFailure(
  store: SeedStore,
  failure: SwarmFailure,
  events: number,
  defects: readonly string[],
  made = origin(),
): void {
  const { seed, scenario, property, verdict, message, repro } = failure;
  const known: KnownSeed = {
    seed,
    scenario,
    property: property ?? verdict,
    defects: [...defects],
    ...made,
    events,
    message,
    repro,
  };
  unlessLost('a seed that failed', () => store.keep(known));
}

export function warnOfDamaged({ damaged }: SeedStoreContent): void {
  for (const path of damaged) process.stderr.write(`quorate: ${path}: holds no seed, and is passed over: delete it\n`);
}
