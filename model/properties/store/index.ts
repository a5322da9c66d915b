/** What is claimed of the store, whoever uses it. */
import { seconds, type Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { minLeaseTtlUs } from '../../store/member/member.ts';
import { answersAsSpecified } from './answers-as-specified.ts';
import { appliedOnce } from './applied-once.ts';
import { leaseEnd } from './lease-end.ts';
import { leaseMinimum } from './lease-minimum.ts';
import { linearizableReads } from './linearizable-reads.ts';
import { lockHeld } from './lock-held.ts';
import { membersAgree } from './members-agree.ts';
import { mutualExclusion } from './mutual-exclusion.ts';
import { noLostWrite } from './no-lost-write.ts';
import { sharedOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';
import { revisionMonotonic } from './revision-monotonic.ts';
import { watchProgress } from './watch-progress.ts';
import { soundMembers } from './sound-members.ts';
import { watchProperties } from './watches.ts';

/**
 * All properties of the store; within a run they share one witness of the committed order. When one step breaks several, the
 * first in this order is named.
 */
export function storeProperties(design: Design): readonly Property[] {
  const rules: StoreRules = { minLeaseTtlUs: minLeaseTtlUs(design), compat: design.storeCompat };
  const electionUs = design.heartbeatUs * design.electionTicks;
  const oracleOf = sharedOracle(rules);
  return [
    noLostWrite(oracleOf, rules),
    appliedOnce(oracleOf, rules),
    revisionMonotonic(oracleOf),
    membersAgree(oracleOf, design),
    soundMembers,
    answersAsSpecified(oracleOf, rules),
    linearizableReads(oracleOf, rules),
    ...watchProperties(oracleOf, rules),
    leaseMinimum(oracleOf, rules),
    watchProgress(),
    mutualExclusion(oracleOf, rules),
    lockHeld(oracleOf, rules),
    leaseEnd(oracleOf, 3 * electionUs + seconds(2)),
  ];
}
