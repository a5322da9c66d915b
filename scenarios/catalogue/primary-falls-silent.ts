/**
 * The node of a database's primary dies, stands still or is cut off, more than once, and whoever was the primary comes back in
 * the middle of the next one's term. What a failover of a database is for, and where it loses writes (bugs like those of MySQL's
 * and PostgreSQL's failover managers: O08 of the catalogue).
 */
import { ms, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { serviceWorkload } from '../workload/service-workload.ts';
import { lateTimes } from './usual.ts';

export const primaryFallsSilent = defineScenario({
  name: 'primary-falls-silent',
  title: 'the primary of a database dies, is paused or is cut off, and comes back later',
  ...lateTimes,
  design: { userPauseUs: ms(80), replicationLagMax: 4, failoverPauseUs: ms(3_000) },
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 7_500, 9_000); at < lateTimes.healAtUs; at += drawMs(stream, 8_000, 11_000)) {
      // Often it loses contact with its followers, or with the control plane as well, before it falls silent itself.
      const sight = stream.below(100);
      if (sight < 70)
        faults.push({
          at: at - drawMs(stream, 1_500, 4_000),
          do: 'partition',
          from: 'role:primary',
          to: sight < 30 ? 'node-*' : 'node-*,api-*',
          for: drawMs(stream, 6_000, 9_000),
        });
      faults.push({
        at,
        do: stream.pick(['crash', 'pause', 'isolate', 'isolate']),
        target: 'role:primary',
        for: drawMs(stream, 6_000, 10_000),
      });
    }
    return faults;
  },
});
