/**
 * A whole region is cut off from the others and goes on by itself: what it runs keeps running, and nobody can report that.
 * Elsewhere it is given up, and replaced; of what has a stable identity there must never be two. After Kubernetes #54368
 * and its "pods on a partitioned node".
 */
import { seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime } from './usual.ts';

export const regionCutOff = defineScenario({
  name: 'region-cut-off',
  title: 'a whole region is cut off, goes on by itself, and comes back',
  healAtUs: seconds(19),
  endUs: seconds(70),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const at = eventTime(stream);
    const region = stream.pick(['east', 'west', 'north']);
    const cut: Fault = { at, do: 'isolate', target: `region:${region}`, for: drawMs(stream, 9_000, 12_000) };
    // An agent that is started again meanwhile finds what runs, and nobody who tells it what should.
    const restart: Fault = {
      at: at + drawMs(stream, 1_000, 6_000),
      do: 'kill',
      target: `node-${region}-*`,
      for: drawMs(stream, 100, 1_500),
    };
    return stream.percent(70) ? [cut, restart] : [cut];
  },
});
