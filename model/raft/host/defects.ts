/** Known mistakes in what surrounds Raft's core at a member, each to be switched on by its id. */
import type { RaftDefect } from '../core/defects.ts';

export const raftHostDefects = Object.freeze([
  {
    id: 'release-before-snapshot',
    title: 'segments of the log are removed as soon as a snapshot is begun, before it is durable',
    source: 'R23 · etcd #10219 (PR 11888): the old log was released before the snapshot was synced',
    property: 'raft/recoverable-disk',
  },
  {
    id: 'hard-state-before-snapshot',
    title: 'what follows a received snapshot is logged before the snapshot is durable',
    source: 'R23 · etcd #10219 (PR 11888): "tocommit is out of range", the member cannot start',
    property: 'raft/recoverable-disk',
  },
  {
    id: 'snapshot-never-taken',
    title: 'a member never takes a snapshot of its own, so that its log grows and a restart replays all of it',
    source: 'dissertation §5 (logs grow without bound); etcd --snapshot-count',
    property: 'raft/bounded-recovery',
  },
  {
    id: 'leads-with-failing-disk',
    title: 'a leader whose disk stands still, or has lost the snapshot that somebody needs, goes on leading',
    source: 'R31 · hashicorp/raft #522',
    property: 'raft/availability',
  },
  {
    id: 'failed-sync-tried-again',
    title:
      'a sync of the log that failed is tried again, and when that succeeds all counts as durable, though the first has lost it',
    source:
      'PostgreSQL, "fsyncgate" (2018); Rebello et al., "Can Applications Recover from fsync Failures?" (ATC 2020); etcd ends instead',
    property: 'raft/leader-completeness',
  },
  {
    id: 'rejoins-under-old-id',
    title: 'a member whose disk was lost takes up its old id, having forgotten its vote and what it acknowledged',
    source: 'dissertation §3.8, §11.2; etcd: remove the member and add it under another id',
    property: 'raft/leader-completeness',
  },
  {
    id: 'configuration-from-start',
    title: 'after a restart a member counts by the configuration with which the group began, not by that of its snapshot',
    source: 'R26 · camunda #57386: changes of membership are forgotten at a restart',
    property: 'raft/configuration-agreement',
  },
  {
    id: 'promotion-not-persisted',
    title: 'the promotion of a learner is not stored, for its record exists already',
    source: 'R27 · etcd PR 19563 (e3cd57aa2)',
    property: 'raft/configuration-agreement',
  },
  {
    id: 'answer-named-members-only',
    title: 'a member answers only those whom its own log has named, and so never a leader that joined while it was away',
    source: 'R29 · etcd #3699',
    property: 'raft/availability',
  },
  {
    id: 'no-pre-vote',
    title: 'a member that was cut off begins a new term without asking, and unseats a healthy leader when it is back',
    source: 'R07 · dissertation §9.6',
    property: 'raft/steady-leadership',
  },
  {
    id: 'leader-never-steps-down',
    title: 'a leader that nobody answers goes on leading, and delays its clients for ever',
    source: 'R10 · dissertation §6.2; jgroups-raft #79',
    property: 'raft/steady-leadership',
  },
] as const satisfies readonly RaftDefect[]);

export type RaftHostDefectId = (typeof raftHostDefects)[number]['id'];
