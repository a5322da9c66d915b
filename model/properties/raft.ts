/** What Raft promises (Raft figure 3), judged from what its members send, make durable and apply. For one group in a world. */
import type { Property } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import { availability } from './raft/availability.ts';
import { boundedRecovery } from './raft/bounded-recovery.ts';
import { commitMonotonic } from './raft/commit-monotonic.ts';
import { configurationAgreement } from './raft/configuration-agreement.ts';
import { electionSafety } from './raft/election-safety.ts';
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
export const raftProperties: readonly Property[] = Object.freeze([
  electionSafety, leaderAppendOnly, logMatching, leaderCompleteness, stateMachineSafety, termMonotonic, commitMonotonic, recoverableDisk, configurationAgreement,
]);

/** These, and what a design promises of its own. */
export function raftPropertiesOf(design: Design): readonly Property[] {
  return [...raftProperties, boundedRecovery(design), availability(design), steadyLeadership(design)];
}
