/** Known mistakes of what runs in the regions, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const regionDefects: readonly Defect[] = [
  {
    id: 'heartbeat-keeps-version',
    title: 'a node whose renewal was not answered asks again for the version of its lease that it knew, and is refused for ever',
    source: 'kubernetes #79096 (PR 79341), nodelease controller: OptimisticLockError; liqo PR 713',
    property: 'platform/recovers',
  },
];
