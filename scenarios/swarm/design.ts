/** The platform that a seed of a swarm builds: topology and design values within what is safe to run. */
import type { Design } from '../../model/design.ts';
import { ms, seconds, type Stream, type Topology } from '../../sim/index.ts';

/** A platform that differs from the default in size, timing and limits. */
export function drawDesign(stream: Stream): Partial<Design> {
  return { ...drawStore(stream), ...drawPlatform(stream) };
}

function drawStore(stream: Stream): Partial<Design> {
  return {
    storeMembers: stream.pick([3, 5, 5, 5, 7]),
    storeSpares: stream.pick([0, 0, 1, 2]),
    readMode: stream.pick(['read-index', 'read-index', 'lease'] as const),
    preVote: stream.percent(80),
    heartbeatUs: ms(stream.between(60, 140)),
    electionTicks: stream.between(8, 12),
    maxAppendBytes: stream.pick([1_000, 512 * 1024, 512 * 1024]),
    maxInflight: stream.pick([16, 512]),
    snapshotEveryEntries: stream.between(40, 300),
    entriesBehindSnapshot: stream.between(5, 60),
    walSegmentBytes: stream.pick([8 * 1024, 64 * 1024]),
    snapshotChunkBytes: stream.pick([4 * 1024, 32 * 1024]),
    backendCommitUs: ms(stream.pick([20, 100, 100])),
    defragmentEveryUs: ms(stream.pick([0, 0, 2_000])),
    compactEveryUs: ms(stream.between(1_000, 6_000)),
    keepRevisions: stream.between(20, 150),
    // API servers and controllers are clients; now and then the session of one that is still running ends.
    clientSessions: stream.pick([0, 0, 0, 16]),
  };
}

function drawPlatform(stream: Stream): Partial<Design> {
  // A renewal over regions takes up to 0.65 s; in a third of the lease it must succeed, or leadership never settles.
  const leaseDurationUs = ms(stream.between(2_800, 4_500));
  return {
    apiServersPerRegion: stream.between(1, 2),
    nodesPerRegion: stream.between(1, 3),
    controllerReplicas: stream.between(2, 3),
    containerCrashUs: stream.pick([0, 0, ms(20_000), ms(60_000)]),
    leaseDurationUs,
    renewDeadlineUs: Math.floor((leaseDurationUs * 2) / 3),
    // As client-go has them: 15, 10 and 2 s.
    leaseRetryUs: Math.floor((leaseDurationUs * 2) / 15),
    resyncUs: ms(stream.between(3_000, 8_000)),
    watchTimeoutUs: ms(stream.between(4_000, 30_000)),
    ownWrites: stream.pick(['versions', 'versions', 'expectations'] as const),
    expectationsUs: stream.pick([seconds(5), seconds(5), ms(10)]),
    electorRecipe: stream.pick(['lease', 'lease', 'election'] as const),
    watchCacheEvents: stream.pick([8, 20, 100, 100]),
    watchBufferEvents: stream.pick([20, 100]),
    bookmarkUs: ms(stream.pick([300, 1_000, 2_000])),
    userPauseUs: ms(stream.pick([120, 300, 300])),
    volumes: stream.percent(50),
    joinedRegions: stream.pick([3, 3, 3, 2]),
    placements: drawPlacements(stream),
  };
}

/**
 * Some of what is observed is kept in consensus, which costs and harms nobody. Not so desired state, leadership and the like
 * outside (docs/boundary.md), images, whose registries then have nothing to promise, and status, whose stores hear of nothing.
 */
function drawPlacements(stream: Stream): Design['placements'] {
  const inside = stream.pick(['', '', '', '', '', 'metrics-and-traces', 'workload-events', 'request-logs'] as const);
  return inside === '' ? {} : { [inside]: 'consensus' };
}

/** Regions nearer to each other or a little further apart, and links that carry less. */
export function drawTopology(stream: Stream, { latency, ...others }: Topology): Topology {
  const percent = stream.pick([30, 60, 100, 100, 115]);
  const scaled = (us: number): number => Math.floor((us * percent) / 100);
  return {
    ...others,
    bandwidthMbps: stream.pick([100, 1_000, 1_000]),
    latency: latency.map((row, from) =>
      row.map((link, to) => (from === to ? link : { baseUs: scaled(link.baseUs), jitterUs: scaled(link.jitterUs) })),
    ),
  };
}
