/**
 * All API servers get changes a second or two late, while deployments are scaled: a controller that acts on its cache does not
 * see what it has just done, and one that writes on top of it is refused until the cache has caught up. After kubernetes #129795
 * and nomad #14915, evaluations that came back faster than they drained.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(11);
const NAMES = ['web', 'search'];

export const watchesHeldUp = defineScenario({
  name: 'watches-held-up',
  title: 'deployments are scaled while the changes that the store sends to watchers are late',
  healAtUs: HEAL_AT_US,
  endUs: seconds(45),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const intents = NAMES.map((name): Intent => ({
      at: drawMs(stream, 1_900, 2_400),
      client,
      operation: 'declare',
      arguments: { name, replicas: 2, image },
    }));
    for (let at = ms(3_500); at < HEAL_AT_US; at += drawMs(stream, 500, 1_200)) {
      intents.push({ at, client, operation: 'scale', arguments: { name: stream.pick(NAMES), replicas: stream.between(1, 4) } });
    }
    return intents.sort((a, b) => a.at - b.at);
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 3_500, 4_500); at < HEAL_AT_US - seconds(1); at += drawMs(stream, 2_000, 3_000)) {
      faults.push({
        at,
        do: 'delay',
        from: 'store-*',
        to: 'api-*',
        oneWay: true,
        byUs: drawMs(stream, 1_000, 2_500),
        kind: 'store/watch',
        for: drawMs(stream, 800, 1_500),
      });
    }
    return faults;
  },
  build: buildPlatform,
});
