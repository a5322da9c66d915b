/** Known mistakes in implementations of Raft, each to be switched on by its id so that it can be hunted. */

export interface RaftDefect {
  readonly id: string;
  readonly title: string;
  /** Where it happened or is warned of. "Rnn" is its label in a catalogue of real bugs (docs/design-review.md). */
  readonly source: string;
  /** Name of the property it breaks. */
  readonly property: string;
}

export const raftDefects = Object.freeze([
  {
    id: 'commit-older-term',
    title: 'a leader commits entries of older terms by counting replicas',
    source: 'R01 · Raft figure 8; etcd raft maybeCommit',
    property: 'raft/leader-completeness',
  },
  {
    id: 'vote-before-sync',
    title: 'a vote is answered before it is durable',
    source: 'R04 · dissertation §3.8; etcd raft send()',
    property: 'raft/election-safety',
  },
  {
    id: 'ack-before-sync',
    title: 'an append is acknowledged before it is durable',
    source: 'R05 · etcd raft send(); etcd --unsafe-no-fsync',
    property: 'raft/leader-completeness',
  },
  {
    id: 'stale-append-truncates',
    title: 'a delayed, shorter append truncates the log though nothing conflicts',
    source: 'R19 · etcd raft findConflict',
    property: 'raft/leader-completeness',
  },
  {
    id: 'snapshot-drops-suffix',
    title: 'installing a snapshot drops the entries that follow it',
    source: 'R21 · dissertation §5.1; etcd raft restore',
    property: 'raft/leader-completeness',
  },
  {
    id: 'skip-previous-term-check',
    title: 'an append is accepted if the previous index exists, whatever its term',
    source: 'Z01 · ZooKeeper-1154, synchronisation by the last index alone; Raft §5.3, AppendEntries rule 2',
    property: 'raft/log-matching',
  },
  {
    id: 'read-without-quorum',
    title: 'a leader answers reads without confirming that it still leads',
    source: 'R11 · aphyr.com/posts/316 (etcd and Consul, 2014)',
    property: 'store/linearizable-reads',
  },
  {
    id: 'read-before-own-commit',
    title: 'a new leader answers reads before it has committed an entry of its own term',
    source: 'R12 · etcd #7331',
    property: 'store/linearizable-reads',
  },
  {
    id: 'term-not-restored',
    title: 'after a restart the term is taken from the log, and the vote is forgotten',
    source: 'Raft figure 2, persistent state',
    property: 'raft/term-monotonic',
  },
  {
    id: 'leader-overwrites-own-log',
    title: 'a new leader clears away the entries it does not know to be committed',
    source: 'Raft §5.3, leader append-only',
    property: 'raft/leader-append-only',
  },
  {
    id: 'commit-not-monotonic',
    title: "a follower takes over the leader's commit index even if it is lower than its own",
    source: 'Raft §5.3, AppendEntries rule 5',
    property: 'raft/commit-monotonic',
  },
  {
    id: 'commit-past-match',
    title: 'a heartbeat carries the whole commit index, and a follower commits as much of its log, whether that matches or not',
    source: 'Raft §5.3, AppendEntries rule 5, "index of last new entry"; etcd raft bcastHeartbeat: min(match, committed)',
    property: 'raft/state-machine-safety',
  },
  {
    id: 'read-joins-old-round',
    title: 'a read joins the round of heartbeats that is under way, which may have been answered before the read was asked for',
    source: 'R13 · etcd #20418: one context for several rounds',
    property: 'store/linearizable-reads',
  },
  {
    id: 'lease-without-margin',
    title: 'a read lease lasts a whole election timeout from when the heartbeat was answered, whatever the clocks do',
    source: 'R15 · dissertation §6.4.1; etcd raft ReadOnlyLeaseBased',
    property: 'store/linearizable-reads',
  },
  {
    id: 'compacted-term-forgotten',
    title: 'the term of the last compacted entry is forgotten, so that an empty log seems older than any other',
    source: 'R22 · etcd raft storage Compact, raft 76f1249',
    property: 'raft/leader-completeness',
  },
  {
    id: 'overlapping-changes',
    title: 'a change of membership is begun before the last one is applied',
    source: 'R03 · dissertation §4.1; etcd raft pendingConfIndex',
    property: 'raft/leader-completeness',
  },
  {
    id: 'old-leader-not-answered',
    title: 'a member whose term ran ahead does not answer the leader, and nobody hears its candidacy',
    source: 'R09 · etcd raft Step',
    property: 'raft/availability',
  },
  {
    id: 'lease-outlives-transfer',
    title: 'a leader that hands over goes on answering reads by its lease',
    source: 'R16 · dissertation §6.4.1',
    property: 'store/linearizable-reads',
  },
  {
    id: 'term-as-log-progress',
    title:
      "a candidate's term counts as progress of its log, so that whoever has tried most often wins with a log that lacks entries",
    source: 'Z02 · ZooKeeper-2832',
    property: 'raft/leader-completeness',
  },
  {
    id: 'snapshot-term-ignored',
    title:
      "at a restart terms are read from the log's entries alone: where a snapshot is all there is, the member seems to have nothing",
    source: 'Z03 · ZooKeeper-582',
    property: 'raft/leader-completeness',
  },
  {
    id: 'catch-up-acked-before-sync',
    title: 'the append by which a follower joins a new leader is acknowledged before it is durable, all later ones after',
    source: 'Z04 · ZooKeeper-4646',
    property: 'raft/leader-completeness',
  },
  {
    id: 'change-before-own-commit',
    title: 'a new leader changes the membership at once, whatever change of its predecessor is under way in its log',
    source: "R02 · Ongaro's erratum to single-server changes (raft-dev, 2015); etcd raft becomeLeader: pendingConfIndex",
    property: 'raft/leader-completeness',
  },
  {
    id: 'older-pre-vote-dropped',
    title: 'a pre-vote of an older term is dropped instead of refused, so that its sender never hears of the newer term',
    source: 'R08 · etcd PR 8525, migration to pre-vote',
    property: 'raft/availability',
  },
  {
    id: 'heartbeats-back-off',
    title: 'heartbeats to a member that does not answer become ever rarer, so that it hears of no leader when it is back',
    source: 'C04 · Consul #1674: hashicorp/raft, replication.go, where heartbeats to a peer back off as appends do',
    property: 'raft/steady-leadership',
  },
  {
    id: 'lost-snapshot-awaited',
    title: 'a leader waits for ever for the answer to a snapshot that was lost, and sends its receiver nothing else',
    source: 'dgraph #2698 (PR 2707): "a permanent limbo"; etcd raft, Node.ReportSnapshot',
    property: 'store/members-catch-up',
  },
] as const satisfies readonly RaftDefect[]);

/** The switches as the core reads them: one boolean per defect, fixed at construction. */
export interface DefectSwitches {
  readonly commitOlderTerm: boolean;
  readonly voteBeforeSync: boolean;
  readonly ackBeforeSync: boolean;
  readonly staleAppendTruncates: boolean;
  readonly snapshotDropsSuffix: boolean;
  readonly skipPreviousTermCheck: boolean;
  readonly readWithoutQuorum: boolean;
  readonly readBeforeOwnCommit: boolean;
  readonly termNotRestored: boolean;
  readonly leaderOverwritesOwnLog: boolean;
  readonly commitNotMonotonic: boolean;
  readonly commitPastMatch: boolean;
  readonly readJoinsOldRound: boolean;
  readonly leaseWithoutMargin: boolean;
  readonly compactedTermForgotten: boolean;
  readonly overlappingChanges: boolean;
  readonly oldLeaderNotAnswered: boolean;
  readonly leaseOutlivesTransfer: boolean;
  readonly termAsLogProgress: boolean;
  readonly snapshotTermIgnored: boolean;
  readonly catchUpAckedBeforeSync: boolean;
  readonly changeBeforeOwnCommit: boolean;
  readonly olderPreVoteDropped: boolean;
  readonly heartbeatsBackOff: boolean;
  readonly lostSnapshotAwaited: boolean;
}

/** Ids of other layers may be among them: the platform has one set for all. */
export function readDefects(ids: ReadonlySet<string>): DefectSwitches {
  const on = (id: (typeof raftDefects)[number]['id']): boolean => ids.has(id);
  return {
    commitOlderTerm: on('commit-older-term'),
    voteBeforeSync: on('vote-before-sync'),
    ackBeforeSync: on('ack-before-sync'),
    staleAppendTruncates: on('stale-append-truncates'),
    snapshotDropsSuffix: on('snapshot-drops-suffix'),
    skipPreviousTermCheck: on('skip-previous-term-check'),
    readWithoutQuorum: on('read-without-quorum'),
    readBeforeOwnCommit: on('read-before-own-commit'),
    termNotRestored: on('term-not-restored'),
    leaderOverwritesOwnLog: on('leader-overwrites-own-log'),
    commitNotMonotonic: on('commit-not-monotonic'),
    commitPastMatch: on('commit-past-match'),
    readJoinsOldRound: on('read-joins-old-round'),
    leaseWithoutMargin: on('lease-without-margin'),
    compactedTermForgotten: on('compacted-term-forgotten'),
    overlappingChanges: on('overlapping-changes'),
    oldLeaderNotAnswered: on('old-leader-not-answered'),
    leaseOutlivesTransfer: on('lease-outlives-transfer'),
    termAsLogProgress: on('term-as-log-progress'),
    snapshotTermIgnored: on('snapshot-term-ignored'),
    catchUpAckedBeforeSync: on('catch-up-acked-before-sync'),
    changeBeforeOwnCommit: on('change-before-own-commit'),
    olderPreVoteDropped: on('older-pre-vote-dropped'),
    heartbeatsBackOff: on('heartbeats-back-off'),
    lostSnapshotAwaited: on('lost-snapshot-awaited'),
  };
}
