/** For each of Raft's defects the world and the faults in which it is found, and within how many seeds. */
import { ms, type Property, type Run } from '../../../sim/index.ts';
import type { raftDefects } from '../core/defects.ts';
import type { RaftHostDefectId } from '../host/defects.ts';
import { drawPattern, type FaultPattern } from './fault-patterns.ts';
import { createRaftRun, type RaftWorldOptions } from './world.ts';

/** A world in which a defect is found. */
export interface DefectWorld {
  readonly faults: FaultPattern;
  readonly world: Omit<RaftWorldOptions, 'seed'>;
  /** Seeds 1 to this one are tried. */
  readonly seeds: number;
}

type DefectId = (typeof raftDefects)[number]['id'] | RaftHostDefectId;

/**
 * No pattern of faults was found in which chance alone makes one leader twice, with a change of its first term that nobody else
 * has, and parts the group before the second is heard of. A script of the core shows it (`core/defects.test.ts`).
 */
const scriptedOnly = ['change-before-own-commit'] as const;
type DefectIdWithWorld = Exclude<DefectId, (typeof scriptedOnly)[number]>;

export function hasWorld(id: DefectId): id is DefectIdWithWorld {
  return !(scriptedOnly as readonly string[]).includes(id);
}

export const defectWorlds: Readonly<Record<DefectIdWithWorld, DefectWorld>> = {
  // Large commands travel alone, so that a new leader's own entry comes after those of older terms, and may not come at all.
  'commit-older-term': {
    faults: 'coups',
    seeds: 80,
    world: { clients: 16, commandBytes: 530_000, pauseUs: ms(1), design: { electionTicks: 3 } },
  },
  // Short timeouts make candidates tie, and a long tail of latency brings the second request after the voter's restart.
  'vote-before-sync': {
    faults: 'crashes',
    seeds: 10,
    world: { members: 5, clients: 1, jitterUs: ms(15), design: { electionTicks: 3, preVote: false } },
  },
  'ack-before-sync': { faults: 'mixed', seeds: 1, world: {} },
  'stale-append-truncates': { faults: 'mixed', seeds: 10, world: { clients: 12, jitterUs: ms(3), pauseUs: ms(3) } },
  // A leader that compacts at once sends snapshots to followers that have just caught up.
  'snapshot-drops-suffix': {
    faults: 'mixed',
    seeds: 30,
    world: { clients: 8, jitterUs: ms(3), design: { snapshotEveryEntries: 2, entriesBehindSnapshot: 0 } },
  },
  'skip-previous-term-check': { faults: 'forks', seeds: 40, world: { members: 5, clients: 8 } },
  'read-without-quorum': { faults: 'forks', seeds: 50, world: { clients: 8 } },
  'read-before-own-commit': { faults: 'forks', seeds: 60, world: { clients: 8 } },
  'term-not-restored': { faults: 'crashes', seeds: 60, world: { clients: 8 } },
  'leader-overwrites-own-log': { faults: 'crashes', seeds: 10, world: {} },
  'commit-past-match': { faults: 'forks', seeds: 3, world: { clients: 8 } },
  'release-before-snapshot': { faults: 'crashes', seeds: 2, world: {} },
  'leads-with-failing-disk': { faults: 'disks', seeds: 25, world: { clients: 8 } },
  'failed-sync-tried-again': { faults: 'unwritten', seeds: 10, world: { clients: 8 } },
  'rejoins-under-old-id': { faults: 'disks', seeds: 10, world: {} },
  'configuration-from-start': { faults: 'crashes', seeds: 10, world: { spares: 2 } },
  'promotion-not-persisted': { faults: 'mixed', seeds: 10, world: { spares: 2 } },
  'answer-named-members-only': { faults: 'disks', seeds: 10, world: { spares: 2 } },
  'no-pre-vote': { faults: 'disks', seeds: 5, world: {} },
  'leader-never-steps-down': { faults: 'forks', seeds: 3, world: { design: { electionTicks: 3 } } },
  'hard-state-before-snapshot': { faults: 'forks', seeds: 10, world: { clients: 8 } },
  'snapshot-never-taken': { faults: 'crashes', seeds: 20, world: { clients: 16, pauseUs: ms(2) } },
  // Whoever asks gives up before the late answers come, and asks again.
  'read-joins-old-round': {
    faults: 'echoes',
    seeds: 15,
    world: { clients: 16, design: { electionTicks: 4, storeRequestUs: ms(80) } },
  },
  'lease-without-margin': {
    faults: 'echoes',
    seeds: 20,
    world: { clients: 16, design: { electionTicks: 4, readMode: 'lease' } },
  },
  'compacted-term-forgotten': {
    faults: 'forks',
    seeds: 10,
    world: { clients: 8, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } },
  },
  'overlapping-changes': {
    faults: 'splits',
    seeds: 40,
    world: { clients: 4, spares: 4, hastyOperator: true, design: { electionTicks: 5 } },
  },
  // With pre-vote no term runs ahead.
  'old-leader-not-answered': { faults: 'mixed', seeds: 15, world: { clients: 8, design: { preVote: false } } },
  'lease-outlives-transfer': {
    faults: 'deaf',
    seeds: 10,
    world: { clients: 12, spares: 1, design: { electionTicks: 20, readMode: 'lease' } },
  },
  'term-as-log-progress': { faults: 'crashes', seeds: 5, world: { clients: 8 } },
  'snapshot-term-ignored': {
    faults: 'coups',
    seeds: 8,
    world: { clients: 4, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } },
  },
  'catch-up-acked-before-sync': { faults: 'crashes', seeds: 5, world: { clients: 8 } },
  'older-pre-vote-dropped': { faults: 'migration', seeds: 5, world: { design: { preVote: false, preVoteOnRestart: true } } },
  'commit-not-monotonic': { faults: 'crashes', seeds: 5, world: {} },
  // Who has just been cut off needs a snapshot at once, which is lost.
  'lost-snapshot-awaited': {
    faults: 'disks',
    seeds: 10,
    world: { clients: 8, stateBytes: 500, design: { snapshotEveryEntries: 5, entriesBehindSnapshot: 0 } },
  },
  // With short timeouts a short absence will do.
  'heartbeats-back-off': { faults: 'disks', seeds: 5, world: { design: { electionTicks: 3 } } },
};

export function runInWorld(
  of: DefectWorld,
  seed: number,
  defects: readonly string[],
  properties: readonly Property[],
  keepEvidence = false,
): Run {
  const members = of.world.members ?? 3;
  return createRaftRun({
    ...of.world,
    seed,
    members,
    defects,
    properties,
    keepEvidence,
    faults: drawPattern(seed, members, of.faults),
  });
}
