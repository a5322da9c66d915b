/**
 * Disks of the store take tens of times as long for a commit, or complete nothing for a while; in some seeds a member
 * loses power meanwhile, or all of them do. Row "no lost acknowledged writes" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { platformGroups } from '../../model/platform.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const slowDisks = defineScenario({
  name: 'slow-disks',
  title: 'disks of the store are slow or stall during commits',
  ...usualTimes,
  challenges: 'platform/no-lost-write',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const { store } = platformGroups(draw.design);
    const faults: Fault[] = [];
    for (const target of stream.shuffle(store).slice(0, stream.between(1, store.length))) {
      faults.push({
        at: drawMs(stream, 2_000, 6_000),
        do: 'slow-disk',
        target,
        factor: stream.between(10, 80),
        for: drawMs(stream, 2_000, 6_000),
      });
    }
    for (let n = stream.between(1, 3); n > 0; n--) {
      const at = drawMs(stream, 3_000, 9_500);
      faults.push({
        at,
        do: 'stall-disk',
        target: stream.percent(60) ? 'role:raft-leader' : stream.pick(store),
        for: drawMs(stream, 300, 2_500),
      });
      if (stream.percent(50))
        faults.push({
          at: at + drawMs(stream, 50, 600),
          do: 'crash',
          target: stream.pick([...store, 'store-*']),
          for: drawMs(stream, 200, 1_500),
        });
    }
    return faults;
  },
});
