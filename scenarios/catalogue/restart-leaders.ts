/**
 * Leaders die and come back, again and again: of the store by power loss or kill, sometimes with all other members, and now and
 * then an API server or a controller beside it. Row "no lost acknowledged writes" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const restartLeaders = defineScenario({
  name: 'restart-leaders',
  title: 'leaders lose power or are killed, and start again',
  ...usualTimes,
  challenges: 'platform/no-lost-write',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 2_500, 4_000); at < usualTimes.healAtUs; at += drawMs(stream, 1_500, 3_500)) {
      // Sometimes the power fails for all of them: what was acknowledged is on their disks.
      const target = stream.percent(25) ? 'store-*' : 'role:raft-leader';
      faults.push({ at, do: stream.pick(['crash', 'crash', 'kill']), target, for: drawMs(stream, 200, 1_800) });
      if (stream.percent(30)) {
        const other = stream.pick(['api-east-1', 'api-west-1', 'api-north-1', 'role:deployer-leader', 'role:provisioner-leader']);
        faults.push({ at: at + drawMs(stream, 0, 800), do: 'kill', target: other, for: drawMs(stream, 100, 900) });
      }
    }
    return faults;
  },
});
