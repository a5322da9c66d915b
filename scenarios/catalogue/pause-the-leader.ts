/**
 * A controller's leader stands still (a stop-the-world collection, a suspended machine) for about the length of its lease:
 * long enough for another to take over, and it knows nothing of that when it goes on. Row "single active
 * controller" of the design review's table.
 */
import { ms } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { eventTime, someFencedLeader, usualTimes } from './usual.ts';

export const pauseTheLeader = defineScenario({
  name: 'pause-the-leader',
  title: 'a leading controller is paused until another has taken over, then resumes',
  ...usualTimes,
  challenges: 'platform/single-active',
  // Busier than usual, so that a leader is rarely idle when it stands still.
  workload: (draw) => platformWorkload(draw, usualTimes.healAtUs, ms(120)),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const at = eventTime(stream);
    const first = { at, do: 'pause', target: someFencedLeader(stream), for: drawMs(stream, 3_600, 5_500) } as const;
    if (stream.percent(50)) return [first];
    const again = {
      at: at + first.for + drawMs(stream, 200, 2_000),
      do: 'pause',
      target: someFencedLeader(stream),
      for: drawMs(stream, 3_600, 4_800),
    } as const;
    return [first, again];
  },
});
