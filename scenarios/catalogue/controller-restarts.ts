/**
 * Controllers and API servers are killed and started all the time, so that caches are built anew over and over, from servers
 * that may lag. Row "ordered observation" of the brief's table.
 */
import type { Fault } from '../../sim/index.ts';
import { platformGroups } from '../../model/platform.ts';
import { defineScenario } from '../define-scenario.ts';
import { duration, usualTimes } from './usual.ts';

export const controllerRestarts = defineScenario({
  name: 'controller-restarts',
  title: 'controllers and the servers they watch are killed and started again',
  ...usualTimes,
  challenges: 'platform/ordered-observation',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { controllers, store } = platformGroups(draw.design);
    const faults: Fault[] = [];
    for (let at = duration(stream, 2_500, 3_500); at < usualTimes.healAtUs; at += duration(stream, 300, 1_600)) {
      const target = stream.percent(75) ? stream.pick(controllers) : stream.pick(['api-east-1', 'api-west-1', 'api-north-1']);
      faults.push({ at, do: 'kill', target, for: duration(stream, 50, 700) });
    }
    faults.push({ at: duration(stream, 3_000, 7_000), do: 'isolate', target: stream.pick(store), for: duration(stream, 1_500, 5_000) });
    return faults;
  },
});
