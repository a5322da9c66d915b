/** Known mistakes in what surrounds Raft's core at a member, each to be switched on by its id. */
import type { RaftDefect } from './defects.ts';

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
] as const satisfies readonly RaftDefect[]);

export type RaftHostDefectId = (typeof raftHostDefects)[number]['id'];
