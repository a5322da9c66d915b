/**
 * A database's service is deleted and declared again over the same deployment, while some followers have not
 * received everything that the primary took. A service whose epochs start over must meet no log of the service
 * before it: what Kafka has topic ids for (KIP-516).
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { DATABASE } from '../workload/service-workload.ts';
import { smallPlatform } from './small-platform.ts';

const AGAIN_US = [seconds(8), seconds(12), seconds(16)];

export const servicesDeclaredAgain = defineScenario({
  name: 'services-declared-again',
  title: 'a database is deleted and declared again while those who follow it are behind',
  healAtUs: seconds(20),
  endUs: seconds(60),
  design: (draw) => ({ ...smallPlatform(draw.stream('design')), userPauseUs: ms(90) }),
  workload: (draw): readonly Intent[] => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const declared = {
      client,
      operation: 'declare-service',
      arguments: { name: DATABASE, deployment: DATABASE, mode: 'primary' },
    } as const;
    return [
      { at: drawMs(stream, 2_000, 2_400), client, operation: 'declare', arguments: { name: DATABASE, replicas: 3, image } },
      { at: drawMs(stream, 2_600, 3_000), ...declared },
      ...AGAIN_US.flatMap((at): readonly Intent[] => [
        { at, client, operation: 'delete-service', arguments: { name: DATABASE } },
        { at: at + drawMs(stream, 300, 1_200), ...declared },
      ]),
    ];
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    return AGAIN_US.map((at): Fault => ({
      do: 'delay',
      from: 'node-*',
      to: 'node-*',
      kind: 'serve/replicate',
      byUs: drawMs(stream, 300, 1_500),
      at: at - drawMs(stream, 200, 700),
      for: drawMs(stream, 700, 1_500),
    }));
  },
  build: buildPlatform,
});
