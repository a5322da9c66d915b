/**
 * Renewals of leases take seconds while all other traffic flows: a leader hears of its own renewal late, or too late. Row
 * "single active controller" of the design review's table.
 */
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { eventTime, someFencedLeader, usualTimes } from './usual.ts';

export const delayLeaseRenewals = defineScenario({
  name: 'delay-lease-renewals',
  title: 'the lease renewals of a leading controller are seconds late',
  ...usualTimes,
  challenges: 'platform/single-active',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const at = eventTime(stream);
    const from = stream.percent(50) ? someFencedLeader(stream) : stream.pick(['deployer-*', 'provisioner-*']);
    const byUs = drawMs(stream, 800, 3_500);
    return [{ at, do: 'delay', from, to: 'api-*', byUs, kind: 'api/lease', for: drawMs(stream, 2_500, 5_500) }];
  },
});
