/**
 * Leaders of controllers crash in the middle of their work, and API servers lose their caches, while operators declare, roll out
 * and delete: the next leader has to work out from the store alone what was begun. After Sieve's intermediate states (OSDI 2022)
 * and kubernetes #88097, owners that a cache lacks.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(13);
const CONTROLLERS = ['deployer', 'collector', 'deployer', 'scheduler'];

export const controllersBeginAnew = defineScenario({
  name: 'controllers-begin-anew',
  title: 'controllers crash in the middle of their work and restart against servers that have lost their caches',
  healAtUs: HEAL_AT_US,
  endUs: seconds(45),
  design: (draw) => ({
    ...smallPlatform(draw.stream('design')),
    watchCacheEvents: 8,
    leaseDurationUs: ms(2_800),
    renewDeadlineUs: ms(1_900),
  }),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = (): string => referenceTo('registry/app', `build-${stream.between(1, 4)}`);
    const intents: Intent[] = [
      {
        at: drawMs(stream, 2_500, 3_000),
        client,
        operation: 'declare',
        arguments: { name: 'ledger', replicas: 3, image: image(), identity: 'stable' },
      },
    ];
    for (let at = drawMs(stream, 4_500, 5_500); at < HEAL_AT_US; at += drawMs(stream, 1_200, 2_200)) {
      intents.push({ at, client, operation: 'roll-out', arguments: { name: 'ledger', image: image() } });
    }
    for (let at = drawMs(stream, 3_000, 3_500); at < HEAL_AT_US; at += drawMs(stream, 200, 900)) {
      intents.push({
        at,
        client,
        operation: 'declare',
        arguments: { name: 'web', replicas: stream.between(1, 3), image: image() },
      });
      at += drawMs(stream, 400, 1_200);
      intents.push({ at, client, operation: 'delete', arguments: { name: 'web' } });
    }
    return intents.sort((a, b) => a.at - b.at);
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 4_500, 5_500); at < HEAL_AT_US; at += drawMs(stream, 500, 1_200)) {
      const target = stream.percent(50)
        ? `role:${stream.pick(CONTROLLERS)}-leader`
        : `api-${stream.pick(['east', 'west', 'north'])}-1`;
      faults.push({ do: 'kill', at, target, for: drawMs(stream, 50, 400) });
    }
    return faults;
  },
  build: buildPlatform,
});
