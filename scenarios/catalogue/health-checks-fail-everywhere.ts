/**
 * Health checks fail although what they check is healthy: the network path to it is not set up yet after an outage, or the checks
 * are the first to suffer from load. After the load balancers in the AWS outage of 20 October 2025, whose checks of instances
 * without network state took capacity away and gave it back in waves.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { busyUsers, serviceWorkload } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const healthChecksFailEverywhere = defineScenario({
  name: 'health-checks-fail-everywhere',
  title: 'health checks fail in waves although the backends are well',
  ...lateTimes,
  design: busyUsers,
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 6_000, 8_000); at < lateTimes.healAtUs; at += drawMs(stream, 3_000, 5_000)) {
      const from = stream.pick(['gateway-*', 'gateway-*', 'gateway-east', 'gateway-west', 'gateway-north']);
      faults.push({
        at,
        do: 'delay',
        from,
        to: 'node-*',
        kind: 'serve/health',
        byUs: drawMs(stream, 500, 1_500),
        for: drawMs(stream, 1_500, 4_000),
      });
    }
    return faults;
  },
});
