/**
 * What nodes write to their volumes is held up on its way, until a node that the control plane no longer hears from has been
 * given up and its volumes belong to others. After Kleppmann, "How to do distributed locking" (2016): the delayed write, and
 * storage that checks no fencing token.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS, platformGroups } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(18);

export const volumeWritesHeldUp = defineScenario({
  name: 'volume-writes-held-up',
  title: 'writes to volumes arrive after their node has been given up',
  healAtUs: HEAL_AT_US,
  endUs: seconds(60),
  design: (draw) => ({ ...smallPlatform(draw.stream('design')), volumes: true, nodeGraceUs: seconds(3), tolerationUs: ms(300) }),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const intents = ['ledger', 'orders'].map((name): Intent => {
      const storage = { sizeGb: 10, reclaim: stream.pick(['retain', 'delete'] as const) };
      return {
        at: drawMs(stream, 3_500, 4_200),
        client,
        operation: 'declare',
        arguments: { name, replicas: 3, image, identity: 'stable', storage },
      };
    });
    return intents.sort((a, b) => a.at - b.at);
  },
  faults: (draw): readonly Fault[] => {
    const stream = draw.stream('faults');
    const at = drawMs(stream, 8_000, 9_000);
    return [
      {
        do: 'partition',
        at,
        from: stream.pick(platformGroups(draw.design).nodes),
        to: 'api-*',
        for: drawMs(stream, 7_000, 9_000),
      },
      {
        do: 'delay',
        at: at + ms(200),
        from: 'node-*',
        to: 'cloud',
        oneWay: true,
        byUs: drawMs(stream, 4_800, 7_000),
        for: seconds(6),
      },
    ];
  },
  build: buildPlatform,
});
