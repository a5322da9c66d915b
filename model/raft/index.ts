/**
 * Raft as whoever judges, measures or breaks it sees it: what is sent, logged and applied. The store, which runs on
 * it, imports the parts that it needs.
 */
export { changeConfiguration, type ConfChange } from './core/conf-change.ts';
export { describeConfiguration, isVoter, membersOf, noMember, type Configuration, type MemberId } from './core/configuration.ts';
export { raftDefects } from './core/defects.ts';
export type { Entry } from './core/entry.ts';
export { MessageType, type Message } from './core/message.ts';
export type { HardState } from './core/ready.ts';
export type { Snapshot } from './core/snapshot.ts';
export { raftHostDefects } from './host/defects.ts';
export { leaderAmong } from './host/leader-among.ts';
export { RaftNode } from './host/node.ts';
export type { RaftNodeView } from './host/node-options.ts';
export {
  appliedBoundary,
  inMemory,
  isApplied,
  machineFile,
  type AppliedEntry,
  type MachineRecord,
} from './host/state-machine.ts';
export {
  appendKind,
  appendResponseKind,
  heartbeatKind,
  heartbeatResponseKind,
  isLeaderKind,
  isMessageKind,
  preVoteResponseKind,
  readIndexKind,
  readIndexResponseKind,
  snapshotKind,
  timeoutNowKind,
  voteKind,
  voteResponseKind,
} from './host/transport.ts';
export { isWalFile, snapshotFile, type WalHead, type WalRecord, type WalSnapshot } from './host/wal-record.ts';
