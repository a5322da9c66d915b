/**
 * A switch forwards some of what passes it: pairs of machines do not hear each other while all others hear both. After
 * Cloudflare's outage of 2 November 2020, where one member of an etcd group could not reach the leader and another could, and
 * healthy databases were failed over.
 */
import type { Fault } from '../../sim/index.ts';
import { platformGroups } from '../../model/platform.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { busyUsers, serviceWorkload } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const halfDeadSwitch = defineScenario({
  name: 'half-dead-switch',
  title: 'a switch loses the traffic between some pairs of machines, and nothing else',
  ...lateTimes,
  design: busyUsers,
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { store, gateways } = platformGroups(draw.design);
    const span = { at: drawMs(stream, 11_000, 12_500), for: drawMs(stream, 6_000, 8_500) };
    const [one, two] = stream.shuffle(store);
    const faults: Fault[] = [
      { do: 'partition', from: one as string, to: two as string, ...span },
      { do: 'partition', from: stream.pick(gateways), to: 'role:primary', ...span },
    ];
    if (stream.percent(50))
      faults.push({ do: 'lose', from: stream.pick(store), to: 'store-*', percent: stream.between(20, 80), ...span });
    return faults;
  },
});
