/** What is claimed of workloads, and of nodes and regions on which they run. */
import type { Property } from '../../../../sim/index.ts';
import { isInConsensus } from '../../../api/state-classes.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import { contained } from './contained.ts';
import { count } from './count.ts';
import { crashLoopsBackOff } from './crash-loops-back-off.ts';
import { identity } from './identity.ts';
import { lossesMadeGood } from '../losses-made-good.ts';
import { soundPlacement } from './sound-placement.ts';
import { undisturbed } from './undisturbed.ts';
import { volumeDataKept } from './volume-data.ts';
import { volumeWriters } from './volume-writers.ts';

export function workloadProperties(journalOf: JournalOf, design: Design): readonly Property[] {
  return [
    identity(),
    crashLoopsBackOff(),
    // Whether the deployer took a workload away shows in what its txn compared.
    ...(isInConsensus(design, 'desired-state', 'leadership') ? [count(journalOf)] : []),
    ...(isInConsensus(design, 'desired-state', 'membership') ? [undisturbed(journalOf)] : []),
    ...(isInConsensus(design, 'desired-state', 'leadership', 'membership')
      ? [contained(journalOf, design), lossesMadeGood(journalOf, design), soundPlacement(journalOf)]
      : []),
    volumeWriters(),
    volumeDataKept(),
  ];
}
