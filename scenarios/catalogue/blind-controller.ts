/**
 * No node reaches the control plane for longer than any is given: to whoever watches over them all look dead at once, and all of
 * them run on. It has to suspect itself. Kubernetes #28832, #32510 and #30536: every pod was evicted.
 */
import { seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime } from './usual.ts';

export const blindController = defineScenario({
  name: 'blind-controller',
  title: 'all nodes are cut off from the control plane together, and look dead to it',
  healAtUs: seconds(18),
  endUs: seconds(66),
  faults: (draw) => {
    const stream = draw.stream('faults');
    return [{ at: eventTime(stream), do: 'partition', from: 'node-*', to: 'api-*', for: drawMs(stream, 8_500, 11_000) }];
  },
});
