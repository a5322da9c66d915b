/** What must have been seen of consensus. */
import type { Property } from '../../../../sim/index.ts';
import { probesOf, sharedCommits, type CommitsOf, type Probe } from '../../shared/probe.ts';
import {
  electionDuringSnapshot,
  oldLeaderGoesOn,
  preVoteRefused,
  readRoundOvertaken,
  splitVote,
  transferUnderLoad,
} from './elections.ts';
import { diskFull, tailReplaced, tornTailCut } from './log.ts';
import {
  changedMembership,
  chunkedSnapshotInstalled,
  jointEntered,
  leaderChangedInJoint,
  leaderRemoved,
  learnerPromoted,
  rejoinedUnderNewId,
  removedMemberTold,
} from './membership.ts';

const table: readonly Probe[] = [
  ['election-during-snapshot', 'a member asks for votes while a snapshot is on its way to another', electionDuringSnapshot],
  ['split-vote', 'two members ask for votes in one term', splitVote],
  ['pre-vote-refused', 'a member that would stand for election is refused before it disturbs anybody', preVoteRefused],
  ['old-leader-goes-on', 'a leader still sends heartbeats after a leader of a later term has', oldLeaderGoesOn],
  ['transfer-under-load', 'a leader hands over while clients wait for answers', transferUnderLoad],
  [
    'read-round-overtaken',
    'a follower waits for its leader to allow a read, and another member becomes leader',
    readRoundOvertaken,
  ],
  ['tail-replaced', 'entries that were durable at a member are replaced by those of a later leader', tailReplaced],
  ['torn-tail-cut', 'a power loss tears the end of a log, and the next incarnation cuts it off', tornTailCut],
  ['disk-full', 'a member meets a full disk', diskFull],
  ['membership-changed', 'a change of membership is applied', changedMembership],
  ['joint-entered', 'the group enters a joint configuration', jointEntered],
  ['leader-change-in-joint', 'the leader changes while a joint configuration is in force', leaderChangedInJoint],
  ['learner-promoted', 'a learner becomes a voter', learnerPromoted],
  ['leader-removed', 'the leader is removed from the group', leaderRemoved],
  ['removed-member-told', 'a removed member is told so when it speaks', removedMemberTold],
  ['rejoined-under-new-id', 'a member whose disk was lost begins a log under another id', rejoinedUnderNewId],
  ['chunked-snapshot-installed', 'a member receives a whole snapshot in chunks', chunkedSnapshotInstalled],
];

export function raftProbes(commitsOf: CommitsOf = sharedCommits()): readonly Property[] {
  return probesOf('raft', commitsOf, table);
}
