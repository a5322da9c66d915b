/** A member as plain data, for people: the terminal UI and traces. */

import { isVoter, type Configuration, type MemberId } from './configuration.ts';
import { Role, roleNames, type Member, type RoleName } from './member.ts';
import { progressStateNames } from './progress.ts';

export interface ProgressView {
  readonly member: MemberId;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly match: number;
  readonly next: number;
  readonly inflight: number;
  /** See `Progress.answers`. */
  readonly answers: boolean;
  readonly learner: boolean;
}

export interface RaftView {
  readonly id: MemberId;
  readonly role: RoleName;
  readonly term: number;
  readonly vote: MemberId;
  readonly leader: MemberId;
  /** Who a leader hands over to; 0: nobody. */
  readonly transferee: MemberId;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly durableIndex: number;
  readonly snapshotIndex: number;
  readonly configuration: Configuration;
  readonly electionElapsed: number;
  readonly electionTimeout: number;
  readonly pendingReads: number;
  /** Of the other members; empty unless this member leads. */
  readonly progress: readonly ProgressView[];
}

export function inspectMember(member: Member): RaftView {
  const { log } = member;
  return {
    id: member.id,
    role: roleNames[member.role],
    term: member.term,
    vote: member.vote,
    leader: member.leader,
    transferee: member.transferee,
    commit: log.committed,
    applied: log.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    durableIndex: log.durability.durable,
    snapshotIndex: log.snapshot?.index ?? 0,
    configuration: member.configuration,
    electionElapsed: member.electionElapsed,
    electionTimeout: member.role === Role.leader ? member.electionTicks : member.randomizedTimeout,
    pendingReads: member.reads.length + member.postponedReads.length,
    progress: member.role === Role.leader ? viewProgress(member) : [],
  };
}

function viewProgress(member: Member): readonly ProgressView[] {
  const views: ProgressView[] = [];
  for (const id of member.peers) {
    const view = viewProgressOf(member, id);
    if (view !== null) views.push(view);
  }
  return views;
}

/** What a leader knows of another member; null if it does not lead or follows no such member. */
export function viewProgressOf(member: Member, id: MemberId): ProgressView | null {
  const progress = member.role === Role.leader ? member.progress[id] : undefined;
  if (progress === undefined) return null;
  return {
    member: id,
    state: progressStateNames[progress.state],
    match: member.match[id]!,
    next: progress.next,
    inflight: progress.inflightLength,
    answers: progress.answers(member.match[id]!, member.electionTicks),
    learner: !isVoter(member.configuration, id),
  };
}
