/**
 * A controller's leader cannot reach the API and with it the store any more, in both directions or only in one, but still
 * reaches the cloud. Row "single active controller" of the design review's table.
 */
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, someFencedLeader, usualTimes } from './usual.ts';

export const partitionLeaderFromStore = defineScenario({
  name: 'partition-leader-from-store',
  title: 'a leading controller is cut off from the store, but not from the cloud',
  ...usualTimes,
  challenges: 'platform/single-active',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const leader = someFencedLeader(stream);
    const lasting = { at: eventTime(stream), do: 'partition', for: drawMs(stream, 3_000, 6_000) } as const;
    switch (stream.below(3)) {
      case 0:
        return [{ ...lasting, from: leader, to: 'api-*' }];
      case 1:
        return [{ ...lasting, from: leader, to: 'api-*', oneWay: true }];
      default:
        return [{ ...lasting, from: 'api-*', to: leader, oneWay: true }];
    }
  },
});
