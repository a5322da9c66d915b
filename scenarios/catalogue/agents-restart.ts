/**
 * An update restarts the agents of all nodes in all regions within one window, as at Datadog in March 2023. What they run goes on
 * meanwhile, and is not started again; but it answers through its agent, so that users get nothing from it until that is back,
 * unlike pods while a kubelet restarts.
 */
import { platformGroups } from '../../model/platform.ts';
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, usualTimes } from './usual.ts';

export const agentsRestart = defineScenario({
  name: 'agents-restart',
  title: 'the agents of all nodes are restarted within a second',
  ...usualTimes,
  faults: (draw) => {
    const stream = draw.stream('faults');
    const at = eventTime(stream);
    return platformGroups(draw.design).nodes.map((target): Fault => ({
      at: at + drawMs(stream, 0, 900),
      do: 'kill',
      target,
      for: drawMs(stream, 200, 1_200),
    }));
  },
});
