/**
 * A region is drained, leaves, and joins again: its nodes are emptied within the bounds of what they run, and none
 * elsewhere is. Google's of June 2019 took away those of several regions at once.
 */
import type { Intent } from '../../model/intent.ts';
import { OPERATORS } from '../../model/platform.ts';
import { ms, seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { usualTimes } from './usual.ts';

export const regionLeaves = defineScenario({
  name: 'region-leaves',
  title: 'a region is drained, leaves, and joins again',
  ...usualTimes,
  healAtUs: seconds(16),
  workload: (draw) => {
    const stream = draw.stream('regions');
    const region = { name: stream.pick(['east', 'west', 'north']) };
    const client = stream.pick(OPERATORS);
    const drainAt = ms(stream.between(4_000, 5_500));
    const removeAt = drainAt + ms(stream.between(2_000, 3_000));
    const moves: Intent[] = [
      { at: drainAt, client, operation: 'drain-region', arguments: region },
      { at: removeAt, client, operation: 'remove-region', arguments: region },
      { at: removeAt + ms(stream.between(2_000, 4_000)), client, operation: 'join-region', arguments: region },
    ];
    return [...platformWorkload(draw, seconds(16), ms(700)), ...moves].sort((a, b) => a.at - b.at);
  },
});
