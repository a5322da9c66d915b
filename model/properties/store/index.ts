/** What is claimed of the store, whoever uses it. */
import { seconds, type Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { minLeaseTtlUs } from '../../store/server.ts';
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
import { revisionMonotonic } from './revision-monotonic.ts';
import { watchProgress } from './watch-progress.ts';
import { watchProperties } from './watches.ts';

/**
 * All properties of the store; within a run they share one witness of the committed order. When one step breaks several, the
 * first in this order is named.
 */
export function storeProperties(design: Design): readonly Property[] {
  const ttlUs = minLeaseTtlUs(design);
  const electionUs = design.heartbeatUs * design.electionTicks;
  const oracleOf = sharedOracle(ttlUs);
  return [
    noLostWrite(oracleOf, ttlUs),
    appliedOnce(oracleOf, ttlUs),
    revisionMonotonic(oracleOf),
    membersAgree(oracleOf),
    answersAsSpecified(oracleOf, ttlUs),
    linearizableReads(oracleOf, ttlUs),
    ...watchProperties(oracleOf, ttlUs),
    leaseMinimum(oracleOf, ttlUs),
    watchProgress(),
    mutualExclusion(oracleOf, ttlUs),
    lockHeld(oracleOf, ttlUs),
    leaseEnd(oracleOf, 3 * electionUs + seconds(2)),
  ];
}
