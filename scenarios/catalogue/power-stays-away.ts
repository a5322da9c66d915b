/**
 * Machines of one region lose power and stay without it for longer than the platform may take to make that good: what ran on them
 * is wanted elsewhere, and a primary among them is replaced. The other scenarios bring everything back before anybody can be held
 * to that. It builds its platform itself, so that a swarm adds no faults: nobody can be held to it while more goes wrong.
 */
import { buildPlatform } from '../../model/platform.ts';
import { ms, seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { serviceWorkload } from '../workload/service-workload.ts';
import { drawMs } from '../drawing.ts';

export const powerStaysAway = defineScenario({
  name: 'power-stays-away',
  title: 'machines of one region lose power for longer than it may take to make that good',
  healAtUs: seconds(56),
  endUs: seconds(90),
  challenges: 'platform/losses-made-good',
  design: (draw) => ({ nodesPerRegion: draw.stream('design').between(1, 4) }),
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const span = { at: drawMs(stream, 9_000, 11_000), for: ms(44_000) };
    const region = stream.pick(['east', 'west', 'north']);
    const chosen = stream.below(100);
    if (chosen < 50) return [{ do: 'crash', target: 'role:primary', ...span }];
    return chosen < 80 ? [{ do: 'crash', target: `node-${region}-*`, ...span }] : [{ do: 'lose-region', region, ...span }];
  },
  build: buildPlatform,
});
