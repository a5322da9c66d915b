/**
 * The leader of the store goes on sending heartbeats, and its disk takes hundreds of times as long for every commit: too
 * slow to work with, too alive to be replaced (Roblox, 28 to 31 October 2021: contention and BoltDB's freelist). All writes
 * of the platform crawl; what is told of it goes on, since it does not go through the store. Row "no lost acknowledged
 * writes" of the design review's table.
 */
import { defineScenario } from '../define-scenario.ts';
import type { Fault } from '../../sim/index.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const slowButAliveLeader = defineScenario({
  name: 'slow-but-alive-leader',
  title: "the store's leader is alive, but its disk is hundreds of times slower than before",
  ...usualTimes,
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [
      {
        at: drawMs(stream, 3_000, 4_500),
        do: 'slow-disk',
        target: 'role:raft-leader',
        factor: stream.between(100, 400),
        for: drawMs(stream, 4_000, 7_000),
      },
    ];
    // In some seeds the machine itself is slow as well.
    if (stream.percent(40))
      faults.push({
        at: drawMs(stream, 4_500, 6_000),
        do: 'slow',
        target: 'role:raft-leader',
        factor: stream.between(5, 20),
        for: drawMs(stream, 1_000, 4_000),
      });
    return faults;
  },
});
