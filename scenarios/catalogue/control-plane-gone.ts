/**
 * All API servers are gone for a while, and users go on. After Datadog's outage of 24 September 2020, where clients had been
 * configured to depend on a service for discovery that failed, and discovery failed everywhere. Gateways restart meanwhile.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { busyUsers, serviceWorkload } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const controlPlaneGone = defineScenario({
  name: 'control-plane-gone',
  title: 'the control plane is gone for a while, and users are served from what is known',
  ...lateTimes,
  design: busyUsers,
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const at = drawMs(stream, 7_000, 9_000);
    const gone: Fault = { at, do: stream.pick(['crash', 'kill', 'isolate']), target: 'api-*', for: drawMs(stream, 5_000, 9_000) };
    const faults: Fault[] = [gone];
    if (stream.percent(50))
      faults.push({
        at: at + drawMs(stream, 500, 3_000),
        do: stream.pick(['kill', 'crash']),
        target: stream.pick(['gateway-east', 'gateway-west', 'gateway-north']),
        for: drawMs(stream, 100, 800),
      });
    return faults;
  },
});
