/** For each of Raft's defects the world and the faults in which it is found, and within how many seeds. */
import { ms, type Property, type Run } from '../../../sim/index.ts';
import type { raftDefects } from '../core/defects.ts';
import type { RaftHostDefectId } from '../host/defects.ts';
import { createRaftRun, drawFaults, type RaftWorldOptions, type Weather } from './world.ts';

/** A world in which a defect is found. */
export interface DefectWorld {
  readonly weather: Weather;
  readonly world: Omit<RaftWorldOptions, 'seed'>;
  /** Seeds 1 to this one are tried. */
  readonly seeds: number;
}

type DefectId = (typeof raftDefects)[number]['id'] | RaftHostDefectId;

/**
 * No weather was found in which chance alone makes one leader twice, with a change of its first term that nobody else has, and parts the group
 * before the second is heard of. A script of the core shows it (`core/defects.test.ts`).
 */
const scriptedOnly = ['change-before-own-commit'] as const;
type DefectIdWithWorld = Exclude<DefectId, (typeof scriptedOnly)[number]>;

export function hasWorld(id: DefectId): id is DefectIdWithWorld {
  return !(scriptedOnly as readonly string[]).includes(id);
}

export const defectWorlds: Readonly<Record<DefectIdWithWorld, DefectWorld>> = {
  // Large commands travel alone, so that a new leader's own entry comes after those of older terms, and may not come at all.
  'commit-older-term': {
    weather: 'coups', seeds: 80,
    world: { clients: 16, commandBytes: 530_000, pauseUs: ms(1), design: { electionTicks: 3 } },
  },
  // Short timeouts make candidates tie, and a long tail of latency brings the second request after the voter's restart.
  'vote-before-sync': { weather: 'crashes', seeds: 10, world: { members: 5, clients: 1, jitterUs: ms(15), design: { electionTicks: 3, preVote: false } } },
  'ack-before-sync': { weather: 'mixed', seeds: 1, world: {} },
  'stale-append-truncates': { weather: 'mixed', seeds: 10, world: { clients: 12, jitterUs: ms(3), pauseUs: ms(3) } },
  // A leader that compacts at once sends snapshots to followers that have just caught up.
  'snapshot-drops-suffix': {
    weather: 'mixed', seeds: 30,
    world: { clients: 8, jitterUs: ms(3), design: { snapshotEveryEntries: 2, entriesBehindSnapshot: 0 } },
  },
  'skip-previous-term-check': { weather: 'forks', seeds: 40, world: { members: 5, clients: 8 } },
  'read-without-quorum': { weather: 'forks', seeds: 50, world: { clients: 8 } },
  'read-before-own-commit': { weather: 'forks', seeds: 60, world: { clients: 8 } },
  'term-not-restored': { weather: 'crashes', seeds: 60, world: { clients: 8 } },
  'leader-overwrites-own-log': { weather: 'crashes', seeds: 10, world: {} },
  'commit-past-match': { weather: 'forks', seeds: 3, world: { clients: 8 } },
  'release-before-snapshot': { weather: 'crashes', seeds: 2, world: {} },
  'leads-with-failing-disk': { weather: 'disks', seeds: 25, world: { clients: 8 } },
  'failed-sync-tried-again': { weather: 'unwritten', seeds: 10, world: { clients: 8 } },
  'rejoins-under-old-id': { weather: 'disks', seeds: 10, world: {} },
  'configuration-from-start': { weather: 'crashes', seeds: 10, world: { spares: 2 } },
  'promotion-not-persisted': { weather: 'mixed', seeds: 10, world: { spares: 2 } },
  'answer-named-members-only': { weather: 'disks', seeds: 10, world: { spares: 2 } },
  'no-pre-vote': { weather: 'disks', seeds: 5, world: {} },
  'leader-never-steps-down': { weather: 'forks', seeds: 3, world: { design: { electionTicks: 3 } } },
  'hard-state-before-snapshot': { weather: 'forks', seeds: 10, world: { clients: 8 } },
  'snapshot-never-taken': { weather: 'crashes', seeds: 20, world: { clients: 16, pauseUs: ms(2) } },
  // Whoever asks gives up before the late answers come, and asks again.
  'read-joins-old-round': { weather: 'echoes', seeds: 15, world: { clients: 16, design: { electionTicks: 4, storeRequestUs: ms(80) } } },
  'lease-without-margin': { weather: 'echoes', seeds: 20, world: { clients: 16, design: { electionTicks: 4, readMode: 'lease' } } },
  'compacted-term-forgotten': { weather: 'forks', seeds: 10, world: { clients: 8, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } } },
  'overlapping-changes': {
    weather: 'splits', seeds: 40,
    world: { clients: 4, spares: 4, hastyOperator: true, design: { electionTicks: 5 } },
  },
  // With pre-vote no term runs ahead.
  'old-leader-not-answered': { weather: 'mixed', seeds: 15, world: { clients: 8, design: { preVote: false } } },
  'lease-outlives-transfer': { weather: 'deaf', seeds: 10, world: { clients: 12, spares: 1, design: { electionTicks: 20, readMode: 'lease' } } },
  'term-as-log-progress': { weather: 'crashes', seeds: 5, world: { clients: 8 } },
  'snapshot-term-ignored': { weather: 'coups', seeds: 8, world: { clients: 4, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } } },
  'catch-up-acked-before-sync': { weather: 'crashes', seeds: 5, world: { clients: 8 } },
  'older-pre-vote-dropped': { weather: 'migration', seeds: 5, world: { design: { preVote: false, preVoteOnRestart: true } } },
  'commit-not-monotonic': { weather: 'crashes', seeds: 5, world: {} },
  // Who has just been cut off needs a snapshot at once, which is lost.
  'lost-snapshot-awaited': { weather: 'disks', seeds: 10, world: { clients: 8, stateBytes: 500, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } } },
  // With short timeouts a short absence will do.
  'heartbeats-back-off': { weather: 'disks', seeds: 5, world: { design: { electionTicks: 3 } } },
};

export function runInWorld(of: DefectWorld, seed: number, defects: readonly string[], properties: readonly Property[], keepEvidence = false): Run {
  const members = of.world.members ?? 3;
  return createRaftRun({ ...of.world, seed, members, defects, properties, keepEvidence, faults: drawFaults(seed, members, of.weather) });
}
