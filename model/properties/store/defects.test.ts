import { describe, expect, test } from 'vitest';
import { byCodeUnit, ms, seconds, type Fault, type RunSpec } from '../../../sim/index.ts';
import { holdAgainstFullCheck } from '../../../sim/testing/full-check.ts';
import { storeDefects } from '../../store/defects.ts';
import { flappingLeadersWorld } from '../../store/testing/flapping-leaders.ts';
import {
  crashMembers,
  cutOffLeaders,
  cutOffMembers,
  cutOffThenCrash,
  drawStoreFaults,
  finish,
  outcome,
  pauseClients,
  stallLeaders,
  storeWorld,
  type StoreWorldOptions,
} from '../../store/testing/world.ts';

interface Hunt {
  /** Within so many seeds, from 0 on. */
  readonly seeds: number;
  readonly faults?: (seed: number) => readonly Fault[];
  readonly options?: Partial<StoreWorldOptions>;
  readonly world?: (seed: number, defects: readonly string[]) => RunSpec;
}

const sessions: Partial<StoreWorldOptions> = { shares: { session: 30 } };
const watches: Partial<StoreWorldOptions> = { shares: { watch: 10 } };
/** Watches that outlive many a snapshot, and nothing compacted that would end them. */
const longWatches: Partial<StoreWorldOptions> = {
  shares: { watch: 40, compact: 0 },
  clients: 6,
  perSecond: 150,
  design: { compactEveryUs: 0, snapshotEveryEntries: 20, entriesBehindSnapshot: 2 },
};
/** Few sessions, so that some end while their clients go on. */
const repeating: Partial<StoreWorldOptions> = { design: { clientSessions: 4 } };
/** Connections outlive leases, as they do in production: else nothing of an old holder's would arrive after its time. */
const locks: Partial<StoreWorldOptions> = { shares: { lock: 12 }, topology: { keepaliveUs: seconds(8) } };

const manySnapshots: Partial<StoreWorldOptions> = {
  shares: { compact: 0, session: 0, watch: 0, list: 0 },
  clients: 6,
  perSecond: 150,
  keys: 4,
  design: { snapshotEveryEntries: 10, entriesBehindSnapshot: 2, defragmentEveryUs: ms(600) },
};
/** Hardly anything happens but that the only key is deleted, and the delete compacted, which takes its time. */
const deletesCompacted: Partial<StoreWorldOptions> = {
  shares: { compact: 30, delete: 40, watch: 0, list: 0, session: 0, get: 40 },
  perSecond: 15,
  keys: 1,
  design: { storeCompat: '3.4', compactEveryUs: 0, compactBatchChanges: 4, compactPauseUs: ms(400) },
};

/** Where each defect is looked for, and how far at most. */
const hunts: Readonly<Record<string, Hunt>> = {
  'restored-watchers-forgotten': { seeds: 30, faults: (seed) => cutOffMembers(seed, 3), options: watches },
  'restored-watchers-sent-again': { seeds: 10, faults: (seed) => cutOffMembers(seed, 3), options: longWatches },
  'compacted-watch-skips-ahead': {
    seeds: 5,
    faults: (seed) => cutOffMembers(seed, 3),
    options: { shares: { watch: 40, compact: 10 } },
  },
  'tombstone-at-compaction-dropped': { seeds: 80 },
  'progress-ahead-of-events': { seeds: 80, faults: (seed) => cutOffMembers(seed, 3), options: watches },
  'progress-waits-for-event': { seeds: 10 },
  'missing-value-differs': { seeds: 5 },
  'txn-half-applied': { seeds: 5 },
  'follower-skips-txn-reads': { seeds: 5 },
  'snapshot-forgets-leases': { seeds: 5 },
  'lease-expires-early': { seeds: 60, faults: cutOffLeaders, options: sessions },
  'revoke-without-leadership': { seeds: 20, faults: cutOffLeaders, options: sessions },
  'keepalive-before-apply': { seeds: 3, faults: stallLeaders, options: sessions },
  'proposes-again-on-silence': { seeds: 80 },
  'serve-local-reads': { seeds: 5 },
  'member-acks-before-commit': { seeds: 3 },
  'promotion-starts-no-clock': { seeds: 5, faults: cutOffLeaders, options: sessions },
  'session-without-lookup': { seeds: 40, options: repeating },
  'snapshot-forgets-sessions': { seeds: 10, options: repeating },
  'client-stays-with-who-refuses': { seeds: 10, options: { spares: 1 } },
  'lock-without-second-look': { seeds: 20, faults: (seed) => pauseClients(seed), options: locks },
  'lock-without-guard': { seeds: 20, faults: (seed) => pauseClients(seed), options: locks },
  'resource-ignores-token': { seeds: 20, faults: (seed) => pauseClients(seed), options: locks },
  'checkpoints-lost-on-promotion': { seeds: 3, world: flappingLeadersWorld },
  'watch-splits-revisions': { seeds: 5, options: watches },
  'index-committed-apart': { seeds: 10, faults: (seed) => crashMembers(seed, 3) },
  'defragment-without-index': {
    seeds: 5,
    faults: (seed) => crashMembers(seed, 3),
    options: { design: { defragmentEveryUs: ms(200) } },
  },
  'defragment-swaps-stale-backend': { seeds: 30, faults: (seed) => cutOffThenCrash(seed, 3), options: manySnapshots },
  'index-saved-with-keys-only': { seeds: 10, faults: (seed) => crashMembers(seed, 3), options: sessions },
  'negative-leases-not-recovered': { seeds: 5, faults: (seed) => crashMembers(seed, 3), options: sessions },
  'revision-not-restored': { seeds: 20, faults: (seed) => crashMembers(seed, 3), options: deletesCompacted },
  'deletes-read-after-commit': { seeds: 5 },
  'failed-hash-counts-as-equal': { seeds: 5, options: { design: { corruptionCheckUs: ms(1_000) } } },
};

function worldOf(
  { faults = (of) => drawStoreFaults({ seed: of, members: 3 }), options = {}, world }: Hunt,
  seed: number,
  defects: readonly string[],
): RunSpec {
  return world?.(seed, defects) ?? storeWorld({ seed, faults: faults(seed), ...options, defects });
}

describe('each defect breaks the property that it is catalogued with, within so many seeds, and the healthy store does not', () => {
  test('every defect of the catalogue is hunted', () => {
    expect(Object.keys(hunts).sort(byCodeUnit)).toEqual(storeDefects.map(({ id }) => id).sort(byCodeUnit));
  });

  for (const { id, property } of storeDefects) {
    test(`${id}: ${property}`, () => {
      const hunt = hunts[id]!;
      const found = Array.from({ length: hunt.seeds }, (_, seed) => seed).find((seed) => {
        expect(`${seed}: ${outcome(finish(worldOf(hunt, seed, [])))}`).toBe(`${seed}: ok`);
        return finish(worldOf(hunt, seed, [id])).violation?.property === property;
      });
      if (found === undefined) throw new Error(`not caught by ${property} within ${hunt.seeds} seeds`);
      // What is seen step by step is seen from scratch as well.
      holdAgainstFullCheck(worldOf(hunt, found, [id]), 4_000);
    });
  }
});
