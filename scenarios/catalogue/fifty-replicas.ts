/**
 * Fifty replicas over three regions, some that must never run twice, and a database with a primary: a new version is rolled out,
 * a whole region is lost for long enough to be given up, and comes back. In the end everything runs exactly once, wherever it is,
 * and those with a name have their volumes.
 */
import { OPERATORS } from '../../model/platform.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { ms, seconds } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';

export const fiftyReplicas = defineScenario({
  name: 'fifty-replicas',
  title: 'fifty replicas over three regions are rolled out, a region is lost, and comes back',
  design: { nodesPerRegion: 2, volumes: true },
  healAtUs: seconds(40),
  endUs: seconds(106),
  faults: (draw) => {
    const stream = draw.stream('faults');
    return [
      {
        at: ms(stream.between(17_000, 19_000)),
        do: 'lose-region',
        region: stream.pick(['east', 'west', 'north']),
        for: ms(stream.between(18_000, 20_000)),
      },
    ];
  },
  workload: (draw) => {
    const stream = draw.stream('workload');
    const [first, second] = ['build-1', 'build-2'].map((build) => referenceTo('registry/app', build)) as [string, string];
    return [
      {
        at: ms(2_000),
        client: stream.pick(OPERATORS),
        operation: 'declare',
        arguments: { name: 'web', replicas: 50, image: first, maxSurge: 10, maxUnavailable: 5 },
      },
      {
        at: ms(2_300),
        client: stream.pick(OPERATORS),
        operation: 'declare',
        arguments: { name: 'ledger', replicas: 3, image: first, identity: 'stable', storage: { sizeGb: 20, reclaim: 'retain' } },
      },
      {
        at: ms(2_600),
        client: stream.pick(OPERATORS),
        operation: 'declare',
        arguments: { name: 'db', replicas: 3, image: first },
      },
      {
        at: ms(2_800),
        client: stream.pick(OPERATORS),
        operation: 'declare-service',
        arguments: { name: 'db', deployment: 'db', mode: 'primary' },
      },
      { at: ms(11_000), client: stream.pick(OPERATORS), operation: 'roll-out', arguments: { name: 'web', image: second } },
    ];
  },
});
