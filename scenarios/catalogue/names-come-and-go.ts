/**
 * Deployments and services are deleted and declared again under the same few names, while the collector is cut off, restarted and
 * replaced: what it learns late is about objects whose names belong to others by now. After k8s#88097 (dependents of live owners
 * deleted) and the deletions of other incarnations' objects that Sieve found in operators (zookeeper-operator#312, casskop#316).
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { ms, type Fault, type Micros } from '../../sim/index.ts';
import { defineScenario, type Draw, type FaultDraw } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { usualTimes } from './usual.ts';

const NAMES = ['web', 'queue', 'search', 'billing', 'login', 'mail'];
/** Which image they run does not matter. */
const IMAGE = referenceTo('registry/app', 'build-0');
const BEGIN_US = ms(2_500);

export const namesComeAndGo = defineScenario({
  name: 'names-come-and-go',
  title:
    'deployments and services are deleted and declared again under the same names, while the collector is cut off or restarted',
  ...usualTimes,
  challenges: 'platform/no-harm',
  workload: (draw) => livesOf(draw, NAMES, usualTimes.healAtUs),
  faults: (draw) => collectorTroubles(draw, usualTimes.healAtUs),
});

export function collectorTroubles(draw: FaultDraw, healAtUs: Micros): readonly Fault[] {
  const stream = draw.stream('faults');
  const faults: Fault[] = [];
  for (let at = drawMs(stream, 3_500, 4_500); at < healAtUs; at += drawMs(stream, 700, 2_500)) {
    const chosen = stream.below(100);
    if (chosen < 50)
      faults.push({ at, do: 'partition', from: 'role:collector-leader', to: 'api-*', for: drawMs(stream, 300, 2_000) });
    else if (chosen < 65) faults.push({ at, do: 'kill', target: 'role:collector-leader', for: drawMs(stream, 100, 1_500) });
    else if (chosen < 80) faults.push({ at, do: 'reset', target: 'collector-*' });
    else
      faults.push({
        at,
        do: 'kill',
        target: stream.pick(['api-east-1', 'api-west-1', 'api-north-1']),
        for: drawMs(stream, 200, 1_500),
      });
  }
  return faults;
}

/** Of each name a deployment and a service, which are deleted and declared again. */
export function livesOf(draw: Draw, names: readonly string[], untilUs: Micros): readonly Intent[] {
  return names.flatMap((name) => lives(draw, name, untilUs)).sort((a, b) => a.at - b.at);
}

function lives(draw: Draw, name: string, untilUs: Micros): readonly Intent[] {
  const stream = draw.stream(`workload/${name}`);
  const client = stream.pick(OPERATORS);
  const intents: Intent[] = [];
  const declare = (at: Micros): void => {
    intents.push({ at, client, operation: 'declare', arguments: { name, replicas: stream.between(1, 2), image: IMAGE } });
    intents.push({
      at: at + ms(20),
      client,
      operation: 'declare-service',
      arguments: { name, deployment: name, mode: 'balanced' },
    });
  };
  let at = BEGIN_US + drawMs(stream, 0, 2_000);
  declare(at);
  for (at += drawMs(stream, 800, 3_000); at < untilUs - ms(300); at += drawMs(stream, 800, 3_000)) {
    intents.push({ at, client, operation: 'delete-service', arguments: { name } });
    intents.push({ at: at + ms(10), client, operation: 'delete', arguments: { name } });
    at += drawMs(stream, 50, 600);
    declare(at);
  }
  return intents;
}
