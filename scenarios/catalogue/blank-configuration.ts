/**
 * A deployment is declared whose image is blank. The API accepts it, every region's controllers read it, and none of them can use
 * it: what everybody else has declared must go on all the same. After Google Cloud, 12 June 2025: a policy with blank fields,
 * replicated to all regions within seconds, made Service Control crash in each of them.
 */
import { OPERATORS } from '../../model/platform.ts';
import { ms } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { eventTime, usualTimes } from './usual.ts';

/** In the order in which controllers read what they find, this is the first. */
const FIRST_NAME = 'app';

export const blankConfiguration = defineScenario({
  name: 'blank-configuration',
  title: 'a deployment is declared that no controller can make sense of',
  ...usualTimes,
  challenges: 'platform/converges',
  workload: (draw) => {
    const stream = draw.stream('blank');
    const blank = {
      at: eventTime(stream),
      client: stream.pick(OPERATORS),
      operation: 'declare',
      arguments: { name: FIRST_NAME, replicas: 1, image: ' ' },
    } as const;
    return [...platformWorkload(draw, usualTimes.healAtUs), blank].sort((a, b) => a.at - b.at);
  },
  // Whoever leads hands over at some time, and the next one reads it again.
  faults: (draw) => {
    const stream = draw.stream('faults');
    return [{ at: eventTime(stream) + ms(1_000), do: 'kill', target: 'role:deployer-leader', for: ms(500) }];
  },
});
