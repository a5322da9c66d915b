/**
 * A whole region loses power: its members of the store, its API servers, controllers, nodes and operator. The others go on
 * with a majority, and its workloads move. No row of the design review's table, but its reason for three regions.
 */
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, usualTimes } from './usual.ts';

export const regionLoss = defineScenario({
  name: 'region-loss',
  title: 'a whole region loses power, and comes back',
  ...usualTimes,
  faults: (draw) => {
    const stream = draw.stream('faults');
    return [
      {
        at: eventTime(stream),
        do: 'lose-region',
        region: stream.pick(['east', 'west', 'north']),
        for: drawMs(stream, 3_000, 7_000),
      },
    ];
  },
});
