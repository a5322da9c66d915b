/** What Raft promises (Raft figure 3), judged from what its members send, make durable and apply. For one group in a world. */
import type { Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { availability } from './availability.ts';
import { boundedRecovery } from './bounded-recovery.ts';
import { commitMonotonic } from './commit-monotonic.ts';
import { configurationAgreement } from './configuration-agreement.ts';
import { electionSafety } from './election-safety.ts';
import { sharedGroups, type GroupOf } from './group.ts';
import { leaderAppendOnly } from './leader-append-only.ts';
import { leaderCompleteness } from './leader-completeness.ts';
import { logMatching } from './log-matching.ts';
import { recoverableDisk } from './recoverable-disk.ts';
import { stateMachineSafety } from './state-machine-safety.ts';
import { steadyLeadership } from './steady-leadership.ts';
import { termMonotonic } from './term-monotonic.ts';

export {
  availability,
  boundedRecovery,
  commitMonotonic,
  configurationAgreement,
  electionSafety,
  leaderAppendOnly,
  leaderCompleteness,
  logMatching,
  recoverableDisk,
  stateMachineSafety,
  steadyLeadership,
  termMonotonic,
};

/** Whatever the design. */
export function raftProperties(groupOf: GroupOf = sharedGroups()): readonly Property[] {
  return [
    electionSafety(groupOf),
    leaderAppendOnly(groupOf),
    logMatching(groupOf),
    leaderCompleteness(groupOf),
    stateMachineSafety(groupOf),
    termMonotonic(groupOf),
    commitMonotonic(groupOf),
    recoverableDisk(groupOf),
    configurationAgreement(groupOf),
  ];
}

/** These, and what a design promises of its own. */
export function raftPropertiesOf(design: Design): readonly Property[] {
  const groupOf = sharedGroups();
  return [
    ...raftProperties(groupOf),
    boundedRecovery(groupOf, design),
    availability(groupOf, design),
    steadyLeadership(groupOf, design),
  ];
}
