/** What Raft promises (Raft figure 3), judged from what its members send, make durable and apply. For one group in a world. */
import type { Property } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import { availability } from './raft/availability.ts';
import { boundedRecovery } from './raft/bounded-recovery.ts';
import { commitMonotonic } from './raft/commit-monotonic.ts';
import { configurationAgreement } from './raft/configuration-agreement.ts';
import { electionSafety } from './raft/election-safety.ts';
import { sharedGroups, type GroupOf } from './raft/group.ts';
import { leaderAppendOnly } from './raft/leader-append-only.ts';
import { leaderCompleteness } from './raft/leader-completeness.ts';
import { logMatching } from './raft/log-matching.ts';
import { recoverableDisk } from './raft/recoverable-disk.ts';
import { stateMachineSafety } from './raft/state-machine-safety.ts';
import { steadyLeadership } from './raft/steady-leadership.ts';
import { termMonotonic } from './raft/term-monotonic.ts';

export {
  availability, boundedRecovery, commitMonotonic, configurationAgreement, electionSafety, leaderAppendOnly, leaderCompleteness, logMatching, recoverableDisk, stateMachineSafety, steadyLeadership,
  termMonotonic,
};

/** Whatever the design. */
export function raftProperties(groupOf: GroupOf = sharedGroups()): readonly Property[] {
  return [
    electionSafety(groupOf), leaderAppendOnly(groupOf), logMatching(groupOf), leaderCompleteness(groupOf), stateMachineSafety(groupOf),
    termMonotonic(groupOf), commitMonotonic(groupOf), recoverableDisk(groupOf), configurationAgreement(groupOf),
  ];
}

/** These, and what a design promises of its own. */
export function raftPropertiesOf(design: Design): readonly Property[] {
  const groupOf = sharedGroups();
  return [...raftProperties(groupOf), boundedRecovery(groupOf, design), availability(groupOf, design), steadyLeadership(groupOf, design)];
}
