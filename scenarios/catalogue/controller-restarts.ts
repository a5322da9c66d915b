/**
 * Controllers and API servers are killed and started all the time, so that caches are rebuilt over and over, while a region's
 * members of the store hear nothing from the others and fall behind. Row "ordered observation" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { platformGroups, REGIONS } from '../../model/platform.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const controllerRestarts = defineScenario({
  name: 'controller-restarts',
  title: 'controllers and the servers they watch are killed and restarted',
  ...usualTimes,
  challenges: 'platform/ordered-observation',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { controllers } = platformGroups(draw.design);
    const faults: Fault[] = [];
    const behind = stream.pick(['east', 'west', 'north']);
    const behindAtUs = drawMs(stream, 3_000, 5_500);
    faults.push({ at: behindAtUs, do: 'partition', from: `store-${behind}-*`, to: 'store-*', for: drawMs(stream, 3_000, 6_000) });
    for (let at = drawMs(stream, 2_500, 3_500); at < usualTimes.healAtUs; at += drawMs(stream, 300, 1_600)) {
      const near = controllers.filter((name) => name.endsWith(behind));
      const target = stream.percent(25)
        ? `api-${stream.pick(REGIONS)}-1`
        : stream.pick(stream.percent(60) && near.length > 0 ? near : controllers);
      faults.push({ at, do: 'kill', target, for: drawMs(stream, 50, 700) });
    }
    return faults;
  },
});
