/** What Raft promises (Raft figure 3), judged from what its members send, make durable and apply. For one group in a world. */
import type { Property } from '../../sim/index.ts';
import { commitMonotonic } from './raft/commit-monotonic.ts';
import { electionSafety } from './raft/election-safety.ts';
import { leaderAppendOnly } from './raft/leader-append-only.ts';
import { leaderCompleteness } from './raft/leader-completeness.ts';
import { logMatching } from './raft/log-matching.ts';
import { stateMachineSafety } from './raft/state-machine-safety.ts';
import { termMonotonic } from './raft/term-monotonic.ts';

export { commitMonotonic, electionSafety, leaderAppendOnly, leaderCompleteness, logMatching, stateMachineSafety, termMonotonic };

export const raftProperties: readonly Property[] = Object.freeze([
  electionSafety, leaderAppendOnly, logMatching, leaderCompleteness, stateMachineSafety, termMonotonic, commitMonotonic,
]);
