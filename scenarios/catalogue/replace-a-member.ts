/**
 * The store's group changes while it is at work: a spare comes as a learner, catches up by a snapshot, becomes a voter, and
 * another one leaves, while leaders fail. A process whose disk is gone is another member from then on; one is lost before
 * operators begin, since etcd's groups bear no other loss until all members have heard of a removal: whoever has not still
 * counts the member that was removed.
 */
import { STORE_OPERATOR, type MemberIntent } from '../../model/store/client/member-operator.ts';
import type { Fault, Stream } from '../../sim/index.ts';
import { defineScenario, type WorkloadDraw } from '../define-scenario.ts';
import type { AnyIntent } from '../../model/intent.ts';
import { drawMs } from '../drawing.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { usualTimes } from './usual.ts';

export const replaceAMember = defineScenario<AnyIntent>({
  name: 'replace-a-member',
  title: 'one member of the store loses its disk, then others are replaced one by one, while leaders fail',
  ...usualTimes,
  design: { storeMembers: 3, storeSpares: 2, snapshotEveryEntries: 40, entriesBehindSnapshot: 5, snapshotChunkBytes: 4_096 },
  workload: (draw) => [...platformWorkload(draw, usualTimes.healAtUs), ...replacements(draw)].sort((a, b) => a.at - b.at),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [
      {
        at: drawMs(stream, 2_500, 4_000),
        do: 'lose-disk',
        target: stream.pick(['store-east-1', 'store-west-1', 'store-north-1']),
        for: drawMs(stream, 100, 800),
      },
    ];
    for (let at = drawMs(stream, 3_500, 5_000); at < usualTimes.healAtUs; at += drawMs(stream, 2_000, 4_000)) {
      faults.push({
        at,
        do: stream.pick(['crash', 'pause', 'isolate']),
        target: 'role:raft-leader',
        for: drawMs(stream, 200, 1_500),
      });
    }
    return faults;
  },
});

function replacements(draw: WorkloadDraw): readonly MemberIntent[] {
  const stream: Stream = draw.stream('membership');
  return [4_000, 7_000, 9_500].map((from): MemberIntent => ({
    at: drawMs(stream, from, from + 1_500),
    client: STORE_OPERATOR,
    operation: stream.percent(75) ? 'member-replace' : 'move-leader',
    arguments: { draw: stream.below(1_000) },
  }));
}
