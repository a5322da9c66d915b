/**
 * The properties of the whole platform: the six invariants of the design review (docs/design-review.md), the goals after the
 * heal, and what must have been seen.
 */
import type { Property } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { isInConsensus } from '../../api/state-classes.ts';
import { sharedApiCalls } from './api/calls.ts';
import { apiProperties } from './api/index.ts';
import { sharedActionLogs } from './actions.ts';
import { actionsCarryTokens } from './actions-carry-tokens.ts';
import { controllerProperties } from './controllers/index.ts';
import { converges } from './converges.ts';
import { sharedJournals } from './journal.ts';
import { noLostWrite } from './no-lost-write.ts';
import { noPhantomWrite } from './no-phantom-write.ts';
import { noStaleSideEffects } from './no-stale-side-effects.ts';
import { orderedObservation } from './ordered-observation.ts';
import { outsideProperties } from './outside/index.ts';
import { noLostWriteOutside } from './outside/no-lost-write.ts';
import { sharedStories } from './placed-objects.ts';
import { platformProbes } from './probes/index.ts';
import { quorumLoss } from './quorum-loss.ts';
import { recovers } from './recovers.ts';
import { safeReplay } from './safe-replay.ts';
import { serviceProperties } from './services/index.ts';
import { singleActive } from './single-active.ts';
import { stableLeadership } from './stable-leadership.ts';
import { workloadProperties } from './workloads/index.ts';

export { ExposureMeter, type Exposure } from './exposure.ts';
export { BoundaryMeter, type ClassAccount } from './outside/boundary-meter.ts';

/** One list may serve any number of runs; the properties of one list share the work of following the store's commits. */
export function platformProperties(design: Design = defaultDesign): readonly Property[] {
  const journalOf = sharedJournals();
  const callsOf = sharedApiCalls();
  const actionsOf = sharedActionLogs(journalOf);
  // What is claimed of objects is claimed wherever they stand; what is claimed of commits, only
  // of classes that stand in consensus.
  const storyOf = sharedStories(journalOf, design);
  // Of two that see the same event the first one speaks.
  return [
    ...(isInConsensus(design, 'desired-state') ? [noLostWrite(journalOf), noPhantomWrite(journalOf)] : [noLostWriteOutside()]),
    orderedObservation(),
    noStaleSideEffects(actionsOf),
    singleActive(actionsOf),
    actionsCarryTokens(),
    safeReplay(),
    stableLeadership(journalOf),
    quorumLoss(journalOf, design),
    ...apiProperties(journalOf, design, callsOf),
    ...serviceProperties(journalOf, storyOf, design),
    ...controllerProperties(journalOf, storyOf, design, callsOf),
    ...workloadProperties(journalOf, design),
    converges(storyOf),
    recovers(storyOf),
    ...outsideProperties(storyOf, design),
    ...platformProbes(journalOf, callsOf),
  ];
}
