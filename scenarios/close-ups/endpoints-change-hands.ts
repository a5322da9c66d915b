/**
 * The leader of the endpoints loses power again and again, a deployment is scaled up and down before the next one leads, and what the store tells
 * its watchers comes seconds late: whoever follows has caches from the time before, in which workloads are ready that are gone by
 * now. After kubernetes #124547 and #127429, endpoints by caches that were behind.
 */
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { seconds, type Fault, type Micros } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { SITE } from '../workload/service-workload.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(30);
/** When the leader loses power. */
const CHANGES_US = [seconds(6), seconds(12), seconds(18), seconds(24)];

export const endpointsChangeHands = defineScenario({
  name: 'endpoints-change-hands',
  title: 'the leader of the endpoints loses power while a deployment is scaled and watches are late',
  healAtUs: HEAL_AT_US,
  endUs: seconds(70),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw): readonly Intent[] => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const scale = (at: Micros, replicas: number): Intent => ({
      at,
      client,
      operation: 'scale',
      arguments: { name: SITE, replicas },
    });
    return [
      { at: drawMs(stream, 1_900, 2_300), client, operation: 'declare', arguments: { name: SITE, replicas: 2, image } },
      {
        at: drawMs(stream, 2_600, 3_000),
        client,
        operation: 'declare-service',
        arguments: { name: SITE, deployment: SITE, mode: 'balanced' },
      },
      ...CHANGES_US.flatMap((at) => [
        scale(at + drawMs(stream, 0, 500), stream.between(3, 5)),
        scale(at + drawMs(stream, 1_500, 2_500), stream.between(1, 2)),
      ]),
    ];
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    return CHANGES_US.flatMap((at): readonly Fault[] => [
      {
        do: 'delay',
        from: 'store-*',
        to: `api-${stream.pick(['north', 'east'])}-1`,
        oneWay: true,
        byUs: drawMs(stream, 3_000, 4_800),
        kind: 'store/watch',
        at: at - drawMs(stream, 0, 1_000),
        for: drawMs(stream, 4_500, 5_500),
      },
      { do: 'crash', target: 'role:endpoints-leader', at, for: drawMs(stream, 4_000, 5_000) },
    ]);
  },
  build: buildPlatform,
});
