/**
 * Artifact registries stall, lose power and are cut off from each other, while operators push what they are about to roll out and nodes
 * pull it. Nodes wait and go elsewhere; what was acknowledged is not lost. No row of the brief's table: what stands outside of consensus
 * fails too, and must fail by itself.
 */
import { REGIONS } from '../../model/platform.ts';
import { ms, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { duration, usualTimes } from './usual.ts';

export const registryOutage = defineScenario({
  name: 'registry-outage',
  title: 'artifact registries stall, lose power and are cut off while images are pushed and pulled',
  ...usualTimes,
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (const region of stream.shuffle([...REGIONS]).slice(0, stream.between(1, 3))) {
      const target = `artifacts-${region}`;
      const at = duration(stream, 1_500, 2_700);
      // A push that comes while the disk stands still waits for it; the power goes before the disk does.
      faults.push({ at, do: 'stall-disk', target, for: duration(stream, 1_500, 2_500) });
      faults.push({ at: at + duration(stream, 600, 1_400), do: 'crash', target, for: duration(stream, 300, 3_000) });
      if (stream.percent(50)) faults.push({ at: at + ms(100), do: 'partition', from: target, to: 'artifacts-*', for: duration(stream, 1_000, 5_000) });
    }
    return faults.sort((a, b) => a.at - b.at);
  },
});
