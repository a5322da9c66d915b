/**
 * Watchers are cut off for longer than the API servers and the store keep their history: when they return, what they
 * missed is gone, and they must list again. Members of the store lag as well, and need a snapshot. Row "ordered
 * observation" of the design review's table.
 */
import { ms } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, usualTimes } from './usual.ts';

export const compactionGap = defineScenario({
  name: 'compaction-gap',
  title: 'watchers return after what they missed was compacted away',
  ...usualTimes,
  design: { watchCacheEvents: 5, compactEveryUs: ms(700), keepRevisions: 5, snapshotEveryEntries: 40, entriesBehindSnapshot: 5 },
  challenges: 'platform/ordered-observation',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const watchers = stream.pick(['deployer-*', 'provisioner-*', 'node-*', 'api-east-1', 'api-west-1']);
    const far = watchers.startsWith('api') ? 'store-*' : 'api-*';
    const lagging = stream.pick(
      ['store-east-1', 'store-east-2', 'store-west-1', 'store-north-1'].slice(draw.design.storeMembers === 3 ? 2 : 0),
    );
    return [
      { at: eventTime(stream), do: 'partition', from: watchers, to: far, for: drawMs(stream, 1_500, 4_500) },
      { at: eventTime(stream), do: 'isolate', target: lagging, for: drawMs(stream, 2_000, 5_000) },
      { at: drawMs(stream, 8_500, 11_500), do: 'reset', target: stream.pick(['api-*', 'deployer-*', 'node-*']) },
    ];
  },
});
