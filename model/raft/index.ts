/** What the rest of the model may use of Raft. */

export { changeConfiguration, describeChange, leaveJoint, type ConfChange, type MemberChange, type Transition } from './conf-change.ts';
export { createConfiguration, describeConfiguration, isVoter, membersOf, noMember, type Configuration, type MemberId } from './configuration.ts';
export { raftDefects, type RaftDefect } from './defects.ts';
export { noEntries, type Entry } from './entry.ts';
export { raftHostDefects, type RaftHostDefectId } from './host-defects.ts';
export type { ProgressView, RaftView } from './inspection.ts';
export type { ChangeRefusal } from './membership.ts';
export { createMessage, messageBytes, messageName, MessageType, type Message } from './message.ts';
export { defaultTuning, type RaftOptions, type Recovered } from './options.ts';
export { RaftNode, type RaftNodeOptions, type RaftNodeView } from './node.ts';
export { RaftPanic } from './panic.ts';
export { Raft } from './raft.ts';
export type { HardState, ReadState, Ready } from './ready.ts';
export type { MemberRefusal, MemberRequest } from './node-changes.ts';
export type { AddressBook, MemberAddress, Snapshot } from './snapshot.ts';
export {
  appliedBoundary, inMemory, isApplied, machineFile,
  type AppliedEntry, type Command, type MachineRecord, type MachineSnapshot, type MemoryMachine, type StateMachine,
} from './state-machine.ts';
export {
  appendKind, appendResponseKind, heartbeatKind, heartbeatResponseKind, isLeaderKind, isMessageKind, preVoteKind, preVoteResponseKind,
  proposeKind, raftKinds, readIndexKind, readIndexResponseKind, snapshotKind, timeoutNowKind, transferLeaderKind, voteKind, voteResponseKind, type ForwardedProposal,
} from './transport.ts';
export { isWalFile, snapshotFile, type WalHead, type WalRecord, type WalSnapshot } from './wal-record.ts';
