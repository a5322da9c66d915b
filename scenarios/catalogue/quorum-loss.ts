/**
 * No majority of the store can talk for some seconds: its members are cut off from each other, or most of them are down or
 * stand still. Clients reach those that are left, and must get nothing from them. The design review's "quorum loss stops unsafe
 * progress".
 */
import type { Fault } from '../../sim/index.ts';
import { platformGroups } from '../../model/platform.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, usualTimes } from './usual.ts';

export const quorumLoss = defineScenario({
  name: 'quorum-loss',
  title: 'no majority of the store can talk for some seconds',
  ...usualTimes,
  challenges: 'platform/quorum-loss',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { store } = platformGroups(draw.design);
    const at = eventTime(stream);
    const lasting = drawMs(stream, 2_500, 5_000);
    const majority = Math.floor(store.length / 2) + 1;
    switch (stream.below(3)) {
      case 0:
        return [{ at, do: 'partition', from: 'store-*', to: 'store-*', for: lasting }];
      case 1:
        return stream
          .shuffle(store)
          .slice(0, majority)
          .map((target): Fault => ({
            at: at + drawMs(stream, 0, 300),
            do: stream.pick(['crash', 'kill', 'pause']),
            target,
            for: lasting,
          }));
      default:
        // The leader keeps less than a majority.
        return [
          { at, do: 'isolate', target: 'role:raft-leader', for: lasting },
          ...stream
            .shuffle(store)
            .slice(0, majority)
            .map((target): Fault => ({ at, do: 'partition', from: target, to: 'store-*', for: lasting })),
        ];
    }
  },
});
