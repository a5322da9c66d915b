/** A design: the values that a team chooses when it builds such a control plane. Durations are integer microseconds. */
import { ms, seconds, type Micros } from '../sim/index.ts';
import type { Side, StateClassId } from './api/state-classes.ts';

export interface Design {
  /** Members of the store's Raft group, spread over the regions (5: 2+2+1). */
  readonly storeMembers: 3 | 5 | 7;
  /** Processes of the store beside its members, that idle until somebody adds them. */
  readonly storeSpares: number;
  /** One Raft tick and the leader's heartbeat interval. */
  readonly heartbeatUs: Micros;
  /** T: election timeouts are drawn from [T, 2T−1] ticks. */
  readonly electionTicks: number;
  /** A member asks whether it could win before it campaigns (etcd: on). */
  readonly preVote: boolean;
  /**
   * A member that was started again asks for it in any case: a group that is moved to it by restarts, one
   * member after the other (etcd PR 8525).
   */
  readonly preVoteOnRestart: boolean;
  /** A leader that no quorum answers for T ticks steps down, and voters that hear a leader ignore candidates (etcd: on). */
  readonly checkQuorum: boolean;
  /** An append to a follower carries entries up to this many bytes, and always at least one. */
  readonly maxAppendBytes: number;
  /** Appends in flight to one follower. */
  readonly maxInflight: number;
  /**
   * Whether a leader confirms each linearizable read by a round of heartbeats, or relies on the last one while nobody can have
   * been elected since (etcd: `read-index`). `lease` needs `checkQuorum`.
   */
  readonly readMode: 'read-index' | 'lease';
  /** How much of an election timeout a read lease leaves unused, because clocks run at different rates. */
  readonly leaseMarginPercent: number;
  /**
   * Entries applied since the last snapshot before a member takes another (etcd `--snapshot-count`: 10,000). A restart
   * applies at most twice as many again.
   */
  readonly snapshotEveryEntries: number;
  /** Entries kept in the log behind a snapshot, for followers that lag. */
  readonly entriesBehindSnapshot: number;
  /** Size at which a segment of the write-ahead log is full (etcd: 64 MB, which its default snapshot interval does not reach). */
  readonly walSegmentBytes: number;
  /** A snapshot travels in chunks of this size (dissertation figure 5.3), 32 KiB of them at a time. */
  readonly snapshotChunkBytes: number;
  /**
   * A leader whose disk completes nothing for an election timeout, or cannot be read when it should, hands over or steps down.
   */
  readonly resignOnDiskTrouble: boolean;
  /** What a member of the store has applied waits at most so long for its commit to disk (etcd: 100 ms). */
  readonly backendCommitUs: Micros;
  /** So many changes are committed at once (etcd: 10,000). */
  readonly backendBatchChanges: number;
  /** A member rewrites its backend when the file holds so much more than twice the state. */
  readonly backendSlackBytes: number;
  /** How often each member's backend is defragmented, as operators do now and then; 0 for never. */
  readonly defragmentEveryUs: Micros;
  /** Changes that a compaction deletes at once (etcd: 1,000; scaled). */
  readonly compactBatchChanges: number;
  /** Its pause before the next ones (etcd: 10 ms). */
  readonly compactPauseUs: Micros;
  /** A change of membership is refused when those that answer would be no quorum after it (etcd: on). */
  readonly strictReconfiguration: boolean;
  /**
   * How often a leader compares the state of the members (etcd: never, unless
   * `--experimental-corrupt-check-time` says so); 0 for never.
   */
  readonly corruptionCheckUs: Micros;
  /** How often the store's history is compacted; 0 for never. */
  readonly compactEveryUs: Micros;
  /** Revisions that a compaction leaves readable. */
  readonly keepRevisions: number;
  /** The version of etcd that the store is like, where versions differ. */
  readonly storeCompat: '3.4' | '3.6';
  /**
   * What the backend of any member may grow to before the store takes nothing but deletes; 0 for no bound. Only a defragmentation
   * makes one smaller. etcd: 2 GiB.
   */
  readonly storeQuotaBytes: number;
  /** A member that has so many committed entries still to apply takes no more requests for the log. etcd: 5000. */
  readonly applyLagMaxEntries: number;
  /** Largest request that the store puts into its log. etcd: 1.5 MiB. */
  readonly storeRequestMaxBytes: number;
  /** A response to a watch that allows it is cut below this size. etcd: the largest request and half a MiB. */
  readonly watchResponseMaxBytes: number;
  /** A watch that asked for it, and had nothing to see for so long, is told how far it has come. etcd: 10 minutes, scaled. */
  readonly watchProgressUs: Micros;
  /** How often it is noted in the log what is left of a lease that is longer than this; 0 for never. etcd: 5 minutes, scaled. */
  readonly leaseCheckpointUs: Micros;
  /**
   * Sessions of clients that the store keeps, by which a command that its client repeats takes effect once (dissertation §6.3). 0
   * for none, as etcd: then no client repeats a write.
   */
  readonly clientSessions: number;
  /** Deadline of one request to the store. */
  readonly storeRequestUs: Micros;
  /** Deadline of one request to an API server. */
  readonly apiRequestUs: Micros;
  readonly apiServersPerRegion: number;
  /**
   * Requests that an API server works on at once: 30 in 100 seats are for leases and nodes alone
   * (Kubernetes: 600, among seven levels).
   */
  readonly apiInFlightMax: number;
  /** Requests of each of the two levels that may wait for a seat; more are refused, to come back later. */
  readonly apiQueueMax: number;
  /**
   * What it takes an API server to write one object of a list down: some 10 µs for a kilobyte of JSON.
   * Thousands let each object stand for many.
   */
  readonly listObjectUs: Micros;
  /**
   * Changes of each kind that an API server remembers, so that a watch can go on from there
   * (Kubernetes: 100 and more, for some 5 minutes).
   */
  readonly watchCacheEvents: number;
  /**
   * Changes that may wait at an API server for a client whose watch has fallen behind, before that
   * is cut off (Kubernetes: 10 to 1,000).
   */
  readonly watchBufferEvents: number;
  /** How often an API server tells its watches how far they have come (Kubernetes: 1 minute; scaled). */
  readonly bookmarkUs: Micros;
  /** How long a read waits for a watch cache to become as fresh as it has to be (Kubernetes: 3 s; scaled). */
  readonly freshnessUs: Micros;
  readonly nodesPerRegion: number;
  /** Workloads that a node says it has room for (kubelet `--max-pods`: 110; scaled). */
  readonly nodeCapacity: number;
  /**
   * Programs on the nodes of each region that follow all workloads through the API, as proxies and
   * agents of telemetry do. They only read.
   */
  readonly daemonsPerRegion: number;
  /** Replicas of each controller, in different regions. */
  readonly controllerReplicas: number;
  /**
   * How a controller's replicas elect their leader. `lease`: by a Lease object of the API, as client-go. `election`: by a session
   * and an election in the store itself, as etcd's clients.
   */
  readonly electorRecipe: 'lease' | 'election';
  /**
   * A controller's lease may be taken over when its record has not changed for this long, by the candidate's own clock. In an
   * election: the TTL of a session's lease.
   */
  readonly leaseDurationUs: Micros;
  /** A leader that could not renew for this long stops by itself. Less than the lease's duration. */
  readonly renewDeadlineUs: Micros;
  readonly leaseRetryUs: Micros;
  /** Leader-only actions carry their token, and what they touch refuses an older one. */
  readonly fencing: boolean;
  /**
   * What keeps a controller from acting on a cache that lacks its own writes. `versions`: it waits until the cache is as new as
   * the newest of them (KEP-5647). `expectations`: until each object it has made or deleted was seen (Kubernetes before that).
   */
  readonly ownWrites: 'versions' | 'expectations';
  /** How long it waits for what it expects to see before it lists anew (Kubernetes: 5 minutes, scaled). */
  readonly expectationsUs: Micros;
  readonly nodeLeaseUs: Micros;
  /** A node whose lease has not changed for this long counts as silent (Kubernetes: renewed every 10 s, 40 s; scaled). */
  readonly nodeGraceUs: Micros;
  /** How often a gateway looks after the backends that it knows (AWS NLB: 10 s or 30 s, scaled). */
  readonly healthCheckUs: Micros;
  /** A check that is not answered by then has failed. */
  readonly healthTimeoutUs: Micros;
  /** Failed checks in a row after which a backend counts as dead, and half as many successes until it counts as alive again. */
  readonly unhealthyChecks: number;
  /**
   * At most this share of a service's backends is left out because of its health; when more look dead, all are
   * used (Envoy's panic threshold: 50 %).
   */
  readonly ejectPercentMax: number;
  /** A primary that could not confirm its office through the control plane for so long takes no writes. */
  readonly primaryDeadlineUs: Micros;
  /** By how much longer whoever replaces it waits, because clocks run at different rates. */
  readonly failoverMarginPercent: number;
  /** A primary has to look dead for so long, from most gateways, before another is promoted. */
  readonly failoverAfterUs: Micros;
  /** No service gets a new primary more often than this, however its health comes and goes. */
  readonly failoverPauseUs: Micros;
  /** A primary acknowledges no write that puts one of those that may replace it further behind than so many writes. */
  readonly replicationLagMax: number;
  /** How often an enactor clears old DNS plans away. */
  readonly dnsCleanupUs: Micros;
  /** How long users go by what a name led to when they looked it up (AWS: 5 s for the endpoints of DynamoDB; scaled). */
  readonly dnsTtlUs: Micros;
  /** Pause between two requests of a user. */
  readonly userPauseUs: Micros;
  /**
   * How often an agent looks whether its node is still known, and as ready (Kubernetes: every 10 s it compares,
   * every 5 minutes it writes; scaled).
   */
  readonly nodeStatusUs: Micros;
  /**
   * An agent that could not renew its node's lease for this long ends by itself what has an
   * identity (Kubernetes has no such thing).
   */
  readonly agentDeadlineUs: Micros;
  /** What runs on a node that was given up stays for this long (Kubernetes: `tolerationSeconds`, 300 s; scaled). */
  readonly tolerationUs: Micros;
  /**
   * The least time between two nodes of a zone that are given up (Kubernetes: `--node-eviction-rate`, 0.1 per second; scaled).
   */
  readonly evictionIntervalUs: Micros;
  /** Regions in service from the start; the others idle until an operator has them join. */
  readonly joinedRegions: number;
  /**
   * Whether there is a driver for storage: then workloads with a stable identity can have volumes at the provider
   * (Kubernetes: a CSI driver is installed).
   */
  readonly volumes: boolean;
  /** Every workload ends by itself after so long in the mean, and is started again; 0 for never. */
  readonly containerCrashUs: Micros;
  /** Largest object that may stand in consensus. */
  readonly maxObjectBytes: number;
  /** Where classes of state stand that are not where they are by default (`model/api/state-classes.ts`). */
  readonly placements: Readonly<Partial<Record<StateClassId, Side>>>;
  /**
   * How often a client may write what is of a class, where that differs from the default (Kubernetes'
   * EventRateLimit: by design of the team).
   */
  readonly writesPerSecond: Readonly<Partial<Record<StateClassId, number>>>;
  /**
   * An observation that is placed in consensus is gone so long after it was written, and not much later
   * (Kubernetes' events: an hour, scaled).
   */
  readonly observationTtlUs: Micros;
  /** How often a process tells its region's pipelines what it has to tell (OpenTelemetry's batches: every 1 to 5 s). */
  readonly telemetryFlushUs: Micros;
  /** Records of a signal that wait in a process to be told; beyond that they are dropped, and counted (OpenTelemetry: 2,048). */
  readonly telemetryBufferRecords: number;
  /** Log lines of each container between two flushes. */
  readonly logLinesPerContainer: number;
  /** How often a node reports the status of all its workloads (kubelet: every 10 s; scaled). */
  readonly statusEveryUs: Micros;
  /** What a report holds beside its workloads. */
  readonly statusBlobBytes: number;
  /** How often status stores share what was reported to them. */
  readonly statusShareUs: Micros;
  /**
   * How long a change of a regional store waits before it is sent to the other regions (global
   * tables of the clouds: about a second).
   */
  readonly regionalReplicationUs: Micros;
  /** Controllers look at everything again at this interval, whatever their watches said. */
  readonly resyncUs: Micros;
  /**
   * A watch is given up, and taken up again where it ended, after this time and up to as much
   * again (client-go: 5 minutes, scaled).
   */
  readonly watchTimeoutUs: Micros;
}

/** The long constants of the real systems, scaled down to the length of a run. */
export const defaultDesign: Design = {
  storeMembers: 5,
  storeSpares: 0,
  heartbeatUs: ms(100),
  electionTicks: 10,
  // As etcd.
  preVote: true,
  preVoteOnRestart: false,
  checkQuorum: true,
  readMode: 'read-index',
  leaseMarginPercent: 20,
  maxAppendBytes: 512 * 1024,
  maxInflight: 512,
  snapshotEveryEntries: 200,
  entriesBehindSnapshot: 50,
  walSegmentBytes: 64 * 1024,
  snapshotChunkBytes: 32 * 1024,
  resignOnDiskTrouble: true,
  backendCommitUs: ms(100),
  backendBatchChanges: 10_000,
  backendSlackBytes: 64 * 1024,
  defragmentEveryUs: 0,
  compactBatchChanges: 100,
  compactPauseUs: ms(10),
  strictReconfiguration: true,
  corruptionCheckUs: seconds(5),
  compactEveryUs: seconds(4),
  keepRevisions: 100,
  storeCompat: '3.6',
  storeQuotaBytes: 2_147_483_648,
  applyLagMaxEntries: 5_000,
  storeRequestMaxBytes: 1_572_864,
  watchResponseMaxBytes: 2_097_152,
  watchProgressUs: ms(1_000),
  leaseCheckpointUs: ms(1_500),
  clientSessions: 0,
  storeRequestUs: ms(1_500),
  apiRequestUs: ms(2_000),
  apiServersPerRegion: 2,
  apiInFlightMax: 60,
  apiQueueMax: 100,
  listObjectUs: 4,
  watchCacheEvents: 100,
  watchBufferEvents: 100,
  bookmarkUs: ms(1_000),
  freshnessUs: ms(500),
  nodesPerRegion: 2,
  nodeCapacity: 20,
  daemonsPerRegion: 0,
  controllerReplicas: 2,
  electorRecipe: 'lease',
  leaseDurationUs: ms(3_000),
  renewDeadlineUs: ms(2_000),
  leaseRetryUs: ms(400),
  fencing: true,
  ownWrites: 'versions',
  expectationsUs: seconds(5),
  nodeLeaseUs: ms(1_000),
  nodeGraceUs: ms(4_000),
  healthCheckUs: ms(1_000),
  healthTimeoutUs: ms(400),
  unhealthyChecks: 3,
  ejectPercentMax: 50,
  primaryDeadlineUs: ms(3_000),
  failoverMarginPercent: 25,
  failoverAfterUs: ms(2_500),
  failoverPauseUs: ms(6_000),
  replicationLagMax: 8,
  dnsCleanupUs: ms(2_000),
  dnsTtlUs: ms(2_000),
  userPauseUs: ms(300),
  nodeStatusUs: ms(2_000),
  agentDeadlineUs: ms(3_000),
  tolerationUs: ms(1_000),
  evictionIntervalUs: ms(1_000),
  joinedRegions: 3,
  volumes: false,
  containerCrashUs: 0,
  maxObjectBytes: 16 * 1024,
  placements: {},
  writesPerSecond: {},
  observationTtlUs: seconds(10),
  telemetryFlushUs: seconds(2),
  telemetryBufferRecords: 128,
  logLinesPerContainer: 1,
  statusEveryUs: seconds(2),
  statusBlobBytes: 2_048,
  statusShareUs: seconds(2),
  regionalReplicationUs: ms(100),
  resyncUs: seconds(5),
  watchTimeoutUs: seconds(20),
};
