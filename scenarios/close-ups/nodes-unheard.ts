/**
 * All nodes are alive, and the node lifecycle controller hears from none: they do not reach the control plane, or the store's
 * updates about them come seconds late to the API servers whose caches everybody reads. After Kubernetes #28832, #32510 and
 * #30536, where every pod was evicted, and KEP-5647 on stale caches of leases.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS, REGIONS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

export const nodesUnheard = defineScenario({
  name: 'nodes-unheard',
  title: 'nodes live but cannot be heard, or their renewals reach all caches late, for longer than a node is given',
  healAtUs: seconds(14),
  endUs: seconds(50),
  design: (draw) => ({
    ...smallPlatform(draw.stream('design')),
    nodeGraceUs: ms(2_500),
    tolerationUs: ms(300),
    evictionIntervalUs: ms(300),
  }),
  workload: (draw): readonly Intent[] => {
    const stream = draw.stream('workload');
    return [
      {
        at: drawMs(stream, 3_000, 4_000),
        client: stream.pick(OPERATORS),
        operation: 'declare',
        arguments: { name: 'web', replicas: 4, image: referenceTo('registry/app', 'build-1') },
      },
    ];
  },
  faults: (draw): readonly Fault[] => {
    const stream = draw.stream('faults');
    const at = drawMs(stream, 5_000, 6_000);
    if (stream.percent(50)) return [{ do: 'partition', at, from: 'node-*', to: 'api-*', for: seconds(8) }];
    return [
      // Else all renew at the same moments, seem silent at once, and whoever thinks so suspects itself.
      {
        do: 'pause',
        at: at - drawMs(stream, 1_500, 2_000),
        target: `node-${stream.pick(REGIONS)}-*`,
        for: drawMs(stream, 300, 900),
      },
      {
        do: 'delay',
        at,
        from: 'store-*',
        to: 'api-*',
        oneWay: true,
        kind: 'store/watch',
        byUs: drawMs(stream, 2_700, 4_000),
        for: seconds(6),
      },
    ];
  },
  build: buildPlatform,
});
