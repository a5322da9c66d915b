/**
 * Themes of the storm: what some seeds are about. Design, operations and faults that are each drawn independently seldom meet in
 * one seed; a theme combines what has coincided where stores failed in practice. The seed alone decides which one it has.
 */
import type { Design } from '../../model/design.ts';
import type { MemberIntent } from '../../model/store/client/member-operator.ts';
import type { StoreWorkload } from '../../model/store/client/workload.ts';
import { ms, seconds, Streams, type Micros, type Stream } from '../../sim/index.ts';
import type { Draw } from '../define-scenario.ts';
import type { PatternName } from './fault-patterns.ts';

/** What a theme leaves open is drawn as in any other seed. */
export interface Theme {
  readonly name: string;
  readonly design?: (stream: Stream) => Partial<Design>;
  /** Each window has one of these patterns. */
  readonly patterns: readonly PatternName[];
  /** A window's unit is one of these numbers of election timeouts. */
  readonly units?: readonly number[];
  /** How many windows there are until the heal. */
  readonly windows?: number;
  /** Mean of the latency's tail. */
  readonly jitterUs?: Micros;
  readonly keepaliveUs?: Micros;
  readonly clients?: readonly [fewest: number, most: number];
  readonly perSecond?: number;
  readonly keys?: number;
  readonly shares?: NonNullable<StoreWorkload['shares']>;
  /** Mean pause between two operations of the operator, in election timeouts. */
  readonly changesTimeouts?: number;
  /** What the operator may do. */
  readonly changes?: readonly MemberIntent['operation'][];
  /**
   * Leases so long that they outlive the faults, whose holders fall silent at once, and leaders that hand over as the faults end.
   */
  readonly silentLeases?: boolean;
}

const FAST = { heartbeatUs: ms(10) } as const;
/** What can be told late, and is believed for a while. */
const ECHOING = {
  storeMembers: 3,
  electionTicks: 4,
  maxAppendBytes: 1_000,
  maxInflight: 16,
  checkQuorum: true,
  preVote: true,
} as const;
/** So many clients that some are at every member, each with something to ask. */
const MUCH_READ = {
  jitterUs: 300,
  clients: [20, 24],
  perSecond: 250,
  keys: 2,
  shares: { get: 300, put: 100, list: 0, watch: 0 },
} as const;

const themes: readonly (readonly [share: number, theme: Theme | null])[] = [
  [18, null],
  // Groups that are moved to pre-vote by restarts, while a member whose term runs ahead waits for its turn (etcd PR 8525).
  [
    4,
    {
      name: 'migrations',
      design: (stream) => ({
        ...FAST,
        storeMembers: 3,
        storeSpares: 0,
        electionTicks: stream.pick([5, 8]),
        preVote: false,
        preVoteOnRestart: true,
        checkQuorum: stream.percent(70),
        readMode: 'read-index',
      }),
      patterns: ['migrations'],
      units: [1],
      windows: 1,
      jitterUs: 300,
      clients: [3, 3],
      perSecond: 40,
    },
  ],
  // Members whose disks are replaced while nobody leads for long: each new leader wants to give them another id at once.
  [
    4,
    {
      name: 'replaced-disks',
      design: (stream) => ({ ...FAST, storeMembers: 5, storeSpares: 0, electionTicks: stream.pick([5, 8]), checkQuorum: true }),
      patterns: ['replacedDisks'],
      units: [1],
      windows: 1,
      jitterUs: 300,
      clients: [3, 3],
      perSecond: 40,
    },
  ],
  // Leaders that follow each other, and are read from by everybody before their slow disks have let them commit anything.
  [
    5,
    {
      name: 'successions',
      design: (stream) => ({
        ...FAST,
        storeMembers: 3,
        storeSpares: 0,
        electionTicks: stream.pick([5, 8]),
        maxAppendBytes: 1_000,
        maxInflight: 16,
        readMode: 'read-index',
      }),
      patterns: ['successions'],
      units: [1],
      windows: 1,
      ...MUCH_READ,
      keys: 1,
    },
  ],
  // Reads that are asked for while the answers to earlier rounds are late; whoever asks gives
  // up before they come, and asks again.
  [
    8,
    {
      name: 'echoes',
      design: () => ({ ...FAST, ...ECHOING, readMode: 'read-index', storeRequestUs: ms(80) }),
      patterns: ['echoes'],
      units: [2],
      ...MUCH_READ,
      keys: 1,
      clients: [34, 40],
      shares: { ...MUCH_READ.shares, put: 200 },
    },
  ],
  // Read leases that nobody renews any more.
  [
    5,
    {
      name: 'stale-read-leases',
      design: () => ({ ...FAST, ...ECHOING, readMode: 'lease', storeRequestUs: ms(400) }),
      patterns: ['echoes'],
      units: [2],
      ...MUCH_READ,
    },
  ],
  // Leaders with a read lease that hand over, and hear late of what came of it.
  [
    6,
    {
      name: 'deaf-leaders',
      design: () => ({
        ...FAST,
        storeMembers: 3,
        electionTicks: 20,
        maxAppendBytes: 1_000,
        maxInflight: 16,
        checkQuorum: true,
        readMode: 'lease',
        storeRequestUs: ms(400),
      }),
      patterns: ['deafness'],
      units: [1],
      jitterUs: 300,
      clients: [8, 12],
      perSecond: 200,
      keys: 2,
      changesTimeouts: 1,
      changes: ['move-leader'],
      shares: { get: 120, put: 60, list: 0, watch: 0 },
    },
  ],
  // Raft figure 8: entries go out one by one, and nobody leads for long.
  [
    6,
    {
      name: 'coups',
      design: (stream) => ({ ...FAST, electionTicks: 3, maxAppendBytes: 1, maxInflight: stream.pick([1, 1, 4]) }),
      patterns: ['coups'],
      units: [1],
      jitterUs: 300,
      clients: [8, 14],
      perSecond: 300,
      shares: { put: 100, get: 10, list: 0, watch: 0 },
    },
  ],
  // Elections all the time, and voters that lose power before what they have promised is durable.
  [
    5,
    {
      name: 'duels',
      design: (stream) => ({
        ...FAST,
        storeMembers: stream.pick([3, 5]),
        electionTicks: stream.pick([3, 5]),
        preVote: stream.percent(20),
      }),
      patterns: ['duels'],
      units: [1],
      clients: [3, 3],
      perSecond: 40,
    },
  ],
  // Votes that cross each other on a network with a long tail.
  [
    2,
    {
      name: 'crossed-votes',
      design: (stream) => ({ storeMembers: 5, heartbeatUs: ms(14), electionTicks: 3, preVote: stream.percent(30) }),
      patterns: ['powerLosses'],
      units: [2, 3],
      jitterUs: ms(7),
      clients: [3, 3],
      perSecond: 40,
    },
  ],
  // Leaders that send snapshots to followers which have just caught up.
  [
    4,
    {
      name: 'overtaken-snapshots',
      design: () => ({
        ...FAST,
        electionTicks: 8,
        snapshotEveryEntries: 5,
        entriesBehindSnapshot: 0,
        snapshotChunkBytes: 32 * 1024,
        maxAppendBytes: 1_000,
        maxInflight: 16,
      }),
      patterns: ['mixed', 'mixed', 'coups'],
      jitterUs: ms(3),
      clients: [8, 12],
      perSecond: 300,
      keys: 2,
    },
  ],
  // Snapshots that nobody can read any more when somebody needs one.
  [
    8,
    {
      name: 'lost-snapshots',
      design: (stream) => ({
        ...FAST,
        storeMembers: 3,
        electionTicks: stream.pick([5, 8]),
        snapshotEveryEntries: stream.pick([250, 350]),
        entriesBehindSnapshot: 0,
        storeSpares: 0,
      }),
      patterns: ['lostSnapshots'],
      units: [1, 2],
      windows: 1,
      jitterUs: 300,
      clients: [3, 3],
      perSecond: 100,
      changesTimeouts: 200,
      shares: { put: 60, get: 10, list: 0, session: 0, lock: 0, watch: 0 },
    },
  ],
  // Snapshots that come in while the backend is being rewritten on a slow disk.
  [
    8,
    {
      name: 'relapses',
      design: () => ({
        ...FAST,
        storeMembers: 3,
        electionTicks: 5,
        snapshotEveryEntries: 10,
        entriesBehindSnapshot: 15,
        defragmentEveryUs: ms(100),
        backendCommitUs: ms(10),
        maxAppendBytes: 1_000,
        maxInflight: 16,
      }),
      patterns: ['relapses'],
      units: [3],
      windows: 1,
      jitterUs: 300,
      clients: [6, 8],
      perSecond: 150,
      keys: 4,
      shares: { compact: 0, session: 0, watch: 0, list: 0, get: 5 },
    },
  ],
  // Members that come while another one is away, and lead when it is back.
  [
    5,
    {
      name: 'absences',
      design: (stream) => ({ ...FAST, storeMembers: 3, storeSpares: 2, electionTicks: stream.pick([5, 8]) }),
      patterns: ['absences'],
      windows: 1,
      jitterUs: 300,
      clients: [3, 4],
      perSecond: 60,
      changesTimeouts: 6,
    },
  ],
  // Several members that are to come at once, while the old ones lose touch with their leader.
  [
    7,
    {
      name: 'spoiled-changes',
      design: () => ({
        ...FAST,
        storeMembers: 3,
        storeSpares: 4,
        electionTicks: 10,
        storeRequestUs: ms(400),
        snapshotEveryEntries: 100,
        maxAppendBytes: 1_000,
        maxInflight: 16,
      }),
      patterns: ['spoiledChanges'],
      units: [1],
      windows: 1,
      jitterUs: 300,
      clients: [4, 5],
      perSecond: 80,
      changesTimeouts: 8,
      changes: ['members-join', 'members-join', 'member-remove'],
    },
  ],
  // Next to nothing but the deletion of keys, and compactions that power losses interrupt.
  [
    7,
    {
      name: 'interrupted-compactions',
      design: () => ({
        ...FAST,
        electionTicks: 8,
        storeCompat: '3.4',
        compactEveryUs: 0,
        compactBatchChanges: 4,
        compactPauseUs: ms(400),
        corruptionCheckUs: 0,
      }),
      patterns: ['powerLosses'],
      units: [4, 8],
      jitterUs: 300,
      clients: [3, 4],
      perSecond: 20,
      keys: 1,
      shares: { compact: 40, delete: 40, session: 0, list: 0, get: 30, watch: 0, 'await-progress': 0, lock: 0 },
    },
  ],
  // Locks whose holders sleep longer than their leases live, while their connections live on.
  [
    8,
    {
      name: 'sleepers',
      design: () => ({ ...FAST, electionTicks: 8, storeRequestUs: ms(800) }),
      patterns: ['sleepers'],
      windows: 1,
      jitterUs: 300,
      keepaliveUs: seconds(8),
      clients: [5, 6],
      perSecond: 60,
      shares: { lock: 60, watch: 0 },
      keys: 6,
    },
  ],
  // Leaders that change after a dead client's lease has run for a while (etcd #9888).
  [
    5,
    {
      name: 'silent-leases',
      // What is left is noted in whole seconds, and nothing once less than one has passed: the interval is longer.
      design: () => ({ ...FAST, electionTicks: 8, leaseCheckpointUs: ms(1_100), storeCompat: '3.6', storeSpares: 0 }),
      patterns: ['calm'],
      jitterUs: 300,
      clients: [3, 4],
      perSecond: 30,
      changesTimeouts: 1_000,
      silentLeases: true,
    },
  ],
];

/** Null: the seed is about nothing in particular. The same at every call. */
export function drawTheme({ seed }: Pick<Draw, 'seed'>): Theme | null {
  let left = new Streams(seed).stream('plan/theme').below(themes.reduce((sum, [share]) => sum + share, 0));
  for (const [share, theme] of themes) {
    if (left < share) return theme;
    left -= share;
  }
  return null;
}

/** Throws a RangeError when there is none of that name. */
export function themeCalled(name: string): Theme {
  const theme = themes.find(([, each]) => each?.name === name)?.[1];
  if (theme === undefined || theme === null) throw new RangeError(`no theme is called ${name}`);
  return theme;
}
