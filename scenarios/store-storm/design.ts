/** What store a seed of the storm builds: its size, its pace, its limits, and the network it stands in. */
import type { Design } from '../../model/design.ts';
import { ms, threeRegions, type Micros, type Topology } from '../../sim/index.ts';
import type { Draw } from '../define-scenario.ts';
import type { Theme } from './themes.ts';

/**
 * Values of a design within what is safe. Most seeds run ten times as fast as production, where more happens in a second; limits
 * are low in many, so that logs are compacted, appends are split and snapshots are taken all the time.
 *
 * Members come and go only where there is check-quorum (which etcd always has) or pre-vote. Without both a
 * member that was cut off while everybody whom it knew was replaced is lost for ever: its term ran ahead, so it
 * hears no leader, and no leader hears it.
 */
export function stormDesign(draw: Draw, theme: Theme | null): Partial<Design> {
  const drawn = { ...usualDesign(draw), ...theme?.design?.(draw.stream('theme/design')) };
  return { ...drawn, checkQuorum: drawn.checkQuorum || (drawn.storeSpares !== 0 && !drawn.preVote) };
}

function usualDesign(draw: Draw): Partial<Design> {
  const stream = draw.stream('design');
  const drawn = {
    storeMembers: stream.pick([3, 3, 3, 5, 5] as const),
    storeSpares: draw.stream('design/spares').pick([0, 0, 1, 2]),
    ...stream.pick(windows),
    preVote: stream.percent(60),
    ...stream.pick(leaderships),
    snapshotEveryEntries: stream.pick([5, 20, 40, 100]),
    entriesBehindSnapshot: stream.pick([0, 2, 10, 30]),
    walSegmentBytes: stream.pick([1_024, 8 * 1024, 64 * 1024]),
    snapshotChunkBytes: stream.pick([256, 1_024, 32 * 1024]),
    backendCommitUs: ms(stream.pick([10, 30, 100])),
    backendBatchChanges: stream.pick([5, 50, 10_000]),
    defragmentEveryUs: ms(stream.pick([0, 0, 200, 600])),
    compactBatchChanges: stream.pick([4, 100]),
    compactPauseUs: ms(stream.pick([10, 100, 400])),
    corruptionCheckUs: ms(stream.pick([0, 0, 500])),
    leaseCheckpointUs: ms(stream.pick([200, 1_500])),
    // What it lacks compared to the other is known: see the store's profiles.
    storeCompat: stream.percent(15) ? ('3.4' as const) : ('3.6' as const),
    compactEveryUs: ms(stream.pick([0, 0, 250, 1_000, 2_000])),
    keepRevisions: stream.pick([2, 10, 40]),
    watchResponseMaxBytes: stream.pick([64, 256, 2 * 1024 * 1024]),
    watchProgressUs: ms(stream.pick([100, 400, 1_000])),
    // So few that some end while their clients go on.
    clientSessions: draw.stream('design/client-sessions').pick([0, 0, 0, 6, 40]),
  };
  if (stream.percent(20)) {
    return {
      ...drawn,
      snapshotChunkBytes: 32 * 1024,
      heartbeatUs: ms(stream.between(60, 100)),
      electionTicks: stream.between(7, 10),
      storeRequestUs: ms(1_500),
    };
  }
  const pace = { heartbeatUs: ms(stream.between(8, 14)), electionTicks: stream.pick([3, 3, 5, 8, 10]) };
  // A deadline bears a few messages of the network's long tail, which follows the election timeout.
  const storeRequestUs = Math.max(ms(stream.pick([200, 400, 800])), 4 * electionTimeoutUs(pace));
  return { ...drawn, ...pace, storeRequestUs };
}

/** How a leader feeds its followers: entry by entry, with little under way, or as etcd does. */
const windows: readonly Pick<Design, 'maxAppendBytes' | 'maxInflight'>[] = [
  { maxAppendBytes: 1, maxInflight: 1 },
  { maxAppendBytes: 1, maxInflight: 4 },
  { maxAppendBytes: 1_000, maxInflight: 16 },
  { maxAppendBytes: 512 * 1024, maxInflight: 512 },
];

/** How a leader knows that it still leads, and what it answers reads by. */
const leaderships: readonly Pick<Design, 'checkQuorum' | 'readMode'>[] = [
  { checkQuorum: false, readMode: 'read-index' },
  { checkQuorum: false, readMode: 'read-index' },
  { checkQuorum: true, readMode: 'read-index' },
  { checkQuorum: true, readMode: 'read-index' },
  { checkQuorum: true, readMode: 'lease' },
];

/** Slower than this a store may stand in several regions, where a message takes up to 40 ms. */
const REGIONAL_HEARTBEAT_US = ms(50);

const SYNC_US = ms(1);

/** One room, or three regions where the design's heartbeats leave time for it. */
export function stormTopology(draw: Draw, theme: Theme | null): Topology {
  if (!isFast(draw.design)) return threeRegions();
  const stream = draw.stream('topology');
  const jitterUs = stream.pick([300, 300, ms(1), ms(3), Math.floor(electionTimeoutUs(draw.design) / 6)]);
  // Where connections outlive leases, as in production, something of an old holder's may arrive after its time.
  const keepaliveUs = ms(stream.pick([500, 500, 8_000]));
  return {
    regions: ['room'],
    // A long tail makes messages overtake each other.
    latency: [[{ baseUs: 400, jitterUs: theme?.jitterUs ?? jitterUs }]],
    bandwidthMbps: 1_000,
    queueUs: ms(100),
    keepaliveUs: theme?.keepaliveUs ?? keepaliveUs,
    retransmitUs: ms(20),
  };
}

/** How many entries a leader can bring to a follower, about, if an append takes a single one. */
export function entriesPerSecond({ maxInflight }: Design, { latency }: Topology): number {
  const slowestUs = Math.max(...latency.flat().map(({ baseUs, jitterUs }) => baseUs + jitterUs));
  return Math.floor((1_000_000 * maxInflight) / (2 * slowestUs + SYNC_US));
}

/** Everything about ten times as fast as in production. */
export function isFast({ heartbeatUs }: Design): boolean {
  return heartbeatUs < REGIONAL_HEARTBEAT_US;
}

/** What a store's own time is measured in. */
export function electionTimeoutUs({ heartbeatUs, electionTicks }: Pick<Design, 'heartbeatUs' | 'electionTicks'>): Micros {
  return heartbeatUs * electionTicks;
}
