/**
 * Requests arrive, answers do not: between operators and API servers, between API servers and the store, and among the members
 * of the store. Row "no lost acknowledged writes" of the design review's table.
 */
import type { Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

export const dropAcknowledgements = defineScenario({
  name: 'drop-acknowledgements',
  title: 'requests arrive, but their answers are lost',
  ...usualTimes,
  challenges: 'platform/no-lost-write',
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 2_000, 3_500); at < usualTimes.healAtUs; at += drawMs(stream, 1_200, 3_000)) {
      const lasting = { at, for: drawMs(stream, 500, 2_500) };
      switch (stream.below(4)) {
        case 0:
          faults.push({
            ...lasting,
            do: 'partition',
            from: 'api-*',
            to: stream.pick(['operator-*', 'operator-1', 'operator-2']),
            oneWay: true,
          });
          break;
        case 1:
          faults.push({
            ...lasting,
            do: 'partition',
            from: 'store-*',
            to: stream.pick(['api-east-1', 'api-west-1', 'api-north-1']),
            oneWay: true,
          });
          break;
        case 2:
          faults.push({
            ...lasting,
            do: 'lose',
            from: 'store-*',
            to: 'store-*',
            percent: stream.between(20, 60),
            kind: 'raft/append-response',
          });
          break;
        default:
          faults.push({ ...lasting, do: 'lose', from: '*', to: '*', percent: stream.between(5, 30) });
          faults.push({ at: at + drawMs(stream, 0, 400), do: 'reset', target: stream.pick(['api-*', 'store-*', 'operator-*']) });
      }
    }
    return faults;
  },
});
