/**
 * The cloud has done what the provisioner asked, but the provisioner dies before it could note that: the answer is lost or
 * comes too late. Its successor must not do it a second time. Row "safe replay" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const crashAfterExternalCall = defineScenario({
  name: 'crash-after-external-call',
  title: 'the provisioner dies after the cloud has acted and before it has noted that',
  ...usualTimes,
  challenges: 'platform/safe-replay',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 2_800, 4_000); at < usualTimes.healAtUs; at += drawMs(stream, 1_200, 2_800)) {
      const lasting = drawMs(stream, 150, 900);
      switch (stream.below(3)) {
        case 0:
          faults.push({ at, do: 'partition', from: 'cloud', to: 'provisioner-*', oneWay: true, for: lasting });
          break;
        case 1:
          faults.push({ at, do: 'partition', from: 'provisioner-*', to: 'api-*', oneWay: true, for: lasting });
          break;
        default:
          faults.push({
            at,
            do: 'delay',
            from: 'provisioner-*',
            to: 'api-*',
            oneWay: true,
            byUs: drawMs(stream, 200, 900),
            kind: 'api/status',
            for: lasting,
          });
      }
      faults.push({
        at: at + drawMs(stream, 20, Math.floor(lasting / 1_000)),
        do: stream.pick(['crash', 'kill']),
        target: 'role:provisioner-leader',
        for: drawMs(stream, 100, 1_500),
      });
    }
    return faults;
  },
});
