/**
 * What the store tells its watchers comes to the API servers of some regions seconds late, while everything that is asked for is
 * answered as ever: caches show the past, and nothing else says so. Controllers that trust them create what is there and give up
 * who lives (KEP-5647; kuberay #715, kubernetes #129795).
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const watchesLag = defineScenario({
  name: 'watches-lag',
  title: 'watches deliver changes seconds late, while requests are answered as usual',
  ...usualTimes,
  challenges: 'platform/ordered-observation',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (const region of stream.shuffle(['east', 'west', 'north']).slice(0, stream.between(1, 3))) {
      // Longer than a node may be silent, and shorter than a watch may be.
      const byUs = stream.percent(60) ? drawMs(stream, 4_100, 4_800) : drawMs(stream, 300, 3_000);
      faults.push({
        at: drawMs(stream, 3_500, 5_500),
        do: 'delay',
        from: 'store-*',
        to: `api-${region}-*`,
        oneWay: true,
        byUs,
        kind: 'store/watch',
        for: drawMs(stream, 4_000, 6_500),
      });
    }
    return faults;
  },
});
