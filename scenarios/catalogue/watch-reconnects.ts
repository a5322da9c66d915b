/**
 * Connections break again and again, so that watches must be taken up where they ended, at another server as often as not.
 * Row "ordered observation" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const watchReconnects = defineScenario({
  name: 'watch-reconnects',
  title: 'connections break, and watches resume at other servers',
  ...usualTimes,
  challenges: 'platform/ordered-observation',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 2_000, 3_500); at < usualTimes.healAtUs; at += drawMs(stream, 300, 1_500)) {
      if (stream.percent(75))
        faults.push({
          at,
          do: 'reset',
          target: stream.pick(['api-*', 'deployer-*', 'provisioner-*', 'node-*', 'store-*', 'api-east-1', 'api-west-1']),
        });
      else
        faults.push({
          at,
          do: 'kill',
          target: stream.pick(['api-east-1', 'api-west-1', 'api-north-1']),
          for: drawMs(stream, 100, 1_500),
        });
    }
    const slow = stream.pick(['store-east-1', 'store-west-1', 'store-north-1']);
    faults.push({
      at: drawMs(stream, 2_500, 6_000),
      do: 'partition',
      from: slow,
      to: 'store-*',
      for: drawMs(stream, 1_500, 5_000),
    });
    return faults;
  },
});
