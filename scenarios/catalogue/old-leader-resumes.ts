/**
 * A leader acts, its actions are on their way or about to be, and it is suspended, or they are held up, until its lease has
 * passed to another; then they arrive. Row "no stale side effects" of the brief's table.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { duration, someLeader, usualTimes } from './usual.ts';

export const oldLeaderResumes = defineScenario({
  name: 'old-leader-resumes',
  title: 'a leader resumes after its lease has passed to another, and attempts to act',
  ...usualTimes,
  challenges: 'platform/no-stale-side-effects',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = duration(stream, 3_200, 5_000); at < usualTimes.healAtUs - 3_000_000; at += duration(stream, 4_200, 5_500)) {
      const leader = someLeader(stream);
      // Its requests are late, so that some of them are under way whenever it stands still.
      const kind = leader === 'role:deployer-leader' ? stream.pick(['api/create', 'api/update', 'api/delete']) : stream.pick(['cloud/provision', 'cloud/release', 'api/update']);
      const byUs = stream.percent(50) ? duration(stream, 100, 800) : duration(stream, 3_000, 4_500);
      faults.push({ at: at - duration(stream, 100, 900), do: 'delay', from: leader, to: '*', oneWay: true, byUs, kind, for: duration(stream, 1_000, 3_000) });
      faults.push({ at, do: 'pause', target: leader, for: duration(stream, 3_300, 4_800) });
    }
    return faults;
  },
});
