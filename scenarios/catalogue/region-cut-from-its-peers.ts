/**
 * A region is cut off from the others for a while and goes on inside: its users still reach its gateway, its gateway its nodes, and perhaps one of these
 * holds the office of a database's primary. After GitHub's incident of 21 October 2018: 43 seconds of partition, a primary promoted on the other coast
 * while the old one still took writes, and a day to reconcile them.
 */
import { defineScenario } from '../define-scenario.ts';
import { busyUsers, serviceWorkload } from '../service-workload.ts';
import { duration, lateTimes } from './usual.ts';

export const regionCutFromItsPeers = defineScenario({
  name: 'region-cut-from-its-peers',
  title: 'a region is cut off from the others, with the primary of a database in it or without',
  ...lateTimes,
  design: busyUsers,
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const span = { at: duration(stream, 7_000, 9_000), for: duration(stream, 9_000, 14_000) };
    // What is on the island with the primary can go on without noticing anything.
    if (stream.percent(60)) return [{ do: 'isolate', target: 'role:primary,role:primary-gateway,role:primary-user', ...span }];
    return [{ do: 'isolate', target: `region:${stream.pick(['east', 'west', 'north'])}`, ...span }];
  },
});
