/**
 * A leader acts, its actions are on their way or about to be, and it is suspended, or they are held up, until its lease has
 * passed to another; then they arrive. Row "no stale side effects" of the design review's table.
 */
import { ms, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { someFencedLeader, usualTimes } from './usual.ts';

export const oldLeaderResumes = defineScenario({
  name: 'old-leader-resumes',
  title: 'a leader resumes after its lease has passed to another, and attempts to act',
  ...usualTimes,
  challenges: 'platform/no-stale-side-effects',
  // Busier than usual, so that a leader is rarely idle when it stands still.
  workload: (draw) => platformWorkload(draw, usualTimes.healAtUs, ms(120)),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { leaseDurationUs } = draw.design;
    const faults: Fault[] = [];
    for (
      let at = drawMs(stream, 3_800, 4_600);
      at < usualTimes.healAtUs - leaseDurationUs;
      at += leaseDurationUs + drawMs(stream, 1_900, 2_600)
    ) {
      const leader = someFencedLeader(stream);
      const slowUs = drawMs(stream, 500, 1_200);
      const slow = { at: at - slowUs, do: 'delay', from: leader, for: slowUs + drawMs(stream, 0, 300) } as const;
      // Its work takes long, so that it is in the middle of it when it stands still: a request under way, or an answer.
      // Renewals share its connection to the API, and must still be in time.
      faults.push({ ...slow, to: 'api-*', byUs: drawMs(stream, 60, 220) });
      faults.push({ ...slow, to: 'cloud', byUs: drawMs(stream, 200, 1_200) });
      if (stream.percent(45)) {
        // Or it lives, and what it sent arrives after its time.
        faults.push({
          at,
          do: 'delay',
          from: leader,
          to: '*',
          oneWay: true,
          byUs: leaseDurationUs + drawMs(stream, 1_000, 2_200),
          for: drawMs(stream, 300, 2_000),
        });
      } else {
        faults.push({ at, do: 'pause', target: leader, for: leaseDurationUs + drawMs(stream, 1_000, 2_200) });
      }
    }
    return faults;
  },
});
