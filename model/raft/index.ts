/** What the rest of the model may use of Raft. */

export { changeConfiguration, describeChange, leaveJoint, type ConfChange, type MemberChange, type Transition } from './core/conf-change.ts';
export { createConfiguration, describeConfiguration, isVoter, membersOf, noMember, type Configuration, type MemberId } from './core/configuration.ts';
export { raftDefects, type RaftDefect } from './core/defects.ts';
export { noEntries, type Entry } from './core/entry.ts';
export { raftHostDefects, type RaftHostDefectId } from './host/defects.ts';
export type { ProgressView, RaftView } from './core/inspection.ts';
export { leaderAmong } from './host/leader-among.ts';
export type { ChangeRefusal } from './core/membership.ts';
export { createMessage, messageBytes, messageName, MessageType, type Message } from './core/message.ts';
export { defaultTuning, type RaftOptions, type Recovered } from './core/options.ts';
export { RaftNode } from './host/node.ts';
export type { RaftNodeOptions, RaftNodeView } from './host/node-options.ts';
export { RaftPanic } from './core/panic.ts';
export { Raft } from './core/raft.ts';
export type { HardState, ReadState, Ready } from './core/ready.ts';
export type { MemberRefusal, MemberRequest } from './host/node-changes.ts';
export type { AddressBook, MemberAddress, Snapshot } from './core/snapshot.ts';
export {
  appliedBoundary, inMemory, isApplied, machineFile,
  type AppliedEntry, type Command, type MachineRecord, type MachineSnapshot, type MemoryMachine, type StateMachine,
} from './host/state-machine.ts';
export {
  appendKind, appendResponseKind, heartbeatKind, heartbeatResponseKind, isLeaderKind, isMessageKind, preVoteKind, preVoteResponseKind,
  proposeKind, raftKinds, readIndexKind, readIndexResponseKind, snapshotKind, timeoutNowKind, transferLeaderKind, voteKind, voteResponseKind, type ForwardedProposal,
} from './host/transport.ts';
export { isWalFile, snapshotFile, type WalHead, type WalRecord, type WalSnapshot } from './host/wal-record.ts';
