/**
 * What is claimed of controllers, whatever it is that they control: their caches, what they may delete, and how often they try.
 */
import type { Property } from '../../../../sim/index.ts';
import { isInConsensus } from '../../../api/state-classes.ts';
import type { Design } from '../../../design.ts';
import type { ApiCallsOf } from '../api/calls.ts';
import type { JournalOf } from '../journal.ts';
import type { StoryOf } from '../placed-objects.ts';
import { cachesConverge } from './caches-converge.ts';
import { failuresBackOff } from './failures-back-off.ts';
import { noHarm } from './no-harm.ts';
import { noOrphans } from './no-orphans.ts';

export function controllerProperties(
  journalOf: JournalOf,
  storyOf: StoryOf,
  design: Design,
  callsOf: ApiCallsOf,
): readonly Property[] {
  return [
    ...(isInConsensus(design, 'desired-state') ? [noHarm(journalOf)] : []),
    noOrphans(storyOf),
    cachesConverge(journalOf, design),
    failuresBackOff(callsOf),
  ];
}
