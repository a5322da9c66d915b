/**
 * A region is cut off from the others for a while and goes on inside: its users still reach its gateway, its gateway its nodes,
 * and perhaps one of these holds the office of a database's primary. After GitHub's incident of 21 October 2018: 43 seconds of
 * partition, a primary promoted on the other coast while the old one still took writes, and a day to reconcile them.
 */
import { REGIONS } from '../../model/platform.ts';
import { ms } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { serviceWorkload } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const regionCutFromItsPeers = defineScenario({
  name: 'region-cut-from-its-peers',
  title: 'a region, with or without the primary of a database in it, is cut off from the others',
  ...lateTimes,
  design: { userPauseUs: ms(80), failoverAfterUs: ms(1_500), replicationLagMax: 40 },
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const span = { at: drawMs(stream, 7_000, 9_000), for: drawMs(stream, 9_000, 14_000) };
    const sort = stream.below(100);
    // Whoever is cut off together with the primary can go on without noticing anything.
    if (sort < 20) return [{ do: 'isolate', target: 'role:primary,role:primary-gateway,role:primary-user', ...span }];
    if (sort < 35) return [{ do: 'isolate', target: `region:${stream.pick(REGIONS)}`, ...span }];
    // Links fail one by one: when the last one to the cut-off region goes, all others have given up its primary already, which
    // has just heard that it still is the primary.
    const region = stream.pick(REGIONS);
    const others = REGIONS.filter((other) => other !== region).map((other) => `gateway-${other}`);
    const laterUs = drawMs(stream, 4_500, 6_500);
    return [
      { do: 'partition', from: others.join(','), to: 'role:primary', at: span.at, for: laterUs + span.for },
      { do: 'isolate', target: `role:primary,gateway-${region},user-${region}`, at: span.at + laterUs, for: span.for },
    ];
  },
});
