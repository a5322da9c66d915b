/**
 * All API servers restart, with empty caches, so that everybody who followed them lists at the same time; and lists
 * are long. After OpenAI's outage of 11 December 2024, where a new daemon on every node asked for so much at once that
 * the API servers of most clusters were overwhelmed, and what depends on them with them; KEP-1904 and kubernetes
 * #123448 tell of the same after an upgrade.
 */
import type { Design } from '../../model/design.ts';
import { ms, seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { serviceWorkload } from '../workload/service-workload.ts';

const HEAL_AT_US = seconds(9);

export const stampedeAfterRestart = defineScenario({
  name: 'stampede-after-restart',
  title: 'all API servers restart, and all clients list at the same time',
  healAtUs: HEAL_AT_US,
  endUs: seconds(50),
  design: (draw): Partial<Design> => ({
    apiServersPerRegion: 1,
    daemonsPerRegion: draw.stream('daemons').between(70, 80),
    // Sixty milliseconds for a list of some eight workloads, each of which stands for hundreds.
    listObjectUs: ms(8),
    // What waits is answered within the deadline of a request.
    apiInFlightMax: 10,
    apiQueueMax: 12,
    bookmarkUs: ms(2_000),
    // It is at its limit: what does not belong there must not come on top.
    placements: {},
  }),
  workload: (draw) => serviceWorkload(draw),
  faults: (draw) => {
    const stream = draw.stream('faults');
    // They come back when all faults are over: what follows is the doing of those who come to them.
    const at = drawMs(stream, 7_400, 8_800);
    return [{ at, do: stream.pick(['kill', 'crash']), target: 'api-*', for: HEAL_AT_US - at }];
  },
});
