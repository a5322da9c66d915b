/** Raft's core as a member's design and defects have it, over what was read back from its disk. */
import type { Stream } from '../../../sim/index.ts';
import type { Configuration, MemberId } from '../core/configuration.ts';
import { defaultTuning, type Recovered } from '../core/options.ts';
import { Raft } from '../core/raft.ts';
import type { RaftNodeOptions } from './node-options.ts';
import { SNAPSHOT_RETRY_TIMEOUTS } from './node-snapshots.ts';

/** `configuration` is that with which the group began. Throws RaftPanic when what was recovered contradicts itself. */
export function createCore(
  { os, design, defects }: RaftNodeOptions,
  id: MemberId,
  configuration: Configuration,
  stream: Stream,
  recovered: Recovered,
): Raft {
  const { snapshot } = recovered;
  return new Raft({
    id,
    configuration,
    electionTicks: design.electionTicks,
    preVote: (design.preVote || (design.preVoteOnRestart && os.incarnation > 1)) && !defects.has('no-pre-vote'),
    checkQuorum: design.checkQuorum && !defects.has('leader-never-steps-down'),
    maxAppendBytes: design.maxAppendBytes,
    maxInflight: design.maxInflight,
    maxInflightBytes: defaultTuning.maxInflightBytes,
    maxCommittedBytes: design.maxAppendBytes,
    maxUncommittedBytes: defaultTuning.maxUncommittedBytes,
    readMode: design.readMode,
    leaseMarginPercent: design.leaseMarginPercent,
    tickUs: design.heartbeatUs,
    nowUs: () => os.monotonicUs(),
    snapshotRetryTicks: SNAPSHOT_RETRY_TIMEOUTS * design.electionTicks,
    random: (bound) => stream.below(bound),
    recovered:
      defects.has('configuration-from-start') && snapshot !== null
        ? { ...recovered, snapshot: { ...snapshot, configuration } }
        : recovered,
    defects,
  });
}
