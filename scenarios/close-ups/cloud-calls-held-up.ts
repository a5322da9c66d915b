/**
 * What the provisioner's leader asks of the provider is held up on its way, and it stands still or is cut off itself, until another leads and has acted: then it
 * arrives. After Chubby's sequencers and lock-delay (Burrows 2006), which are there for requests that are late.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { smallPlatform } from './small-platform.ts';
import { duration } from '../catalogue/usual.ts';

const HEAL_AT_US = seconds(15);

export const cloudCallsHeldUp = defineScenario({
  name: 'cloud-calls-held-up',
  title: 'calls to the provider arrive when whoever sent them leads no more',
  healAtUs: HEAL_AT_US,
  endUs: seconds(60),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const intents: Intent[] = [{ at: duration(stream, 1_900, 2_400), client, operation: 'declare', arguments: { name: 'web', replicas: 1, image } }];
    // Each generation is something to be provided, and something to be released.
    for (let at = ms(3_500); at < HEAL_AT_US; at += duration(stream, 150, 450)) intents.push({ at, client, operation: 'scale', arguments: { name: 'web', replicas: stream.between(1, 3) } });
    return intents;
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const target = 'role:provisioner-leader';
    const { leaseDurationUs } = draw.design;
    for (let at = duration(stream, 4_500, 5_500); at < HEAL_AT_US - leaseDurationUs; at += leaseDurationUs + duration(stream, 1_500, 2_500)) {
      const byUs = leaseDurationUs + duration(stream, 800, 2_500);
      faults.push({ do: 'delay', at, from: target, to: 'cloud', oneWay: true, byUs, for: ms(800) });
      faults.push({ do: stream.pick(['pause', 'isolate']), at: at + ms(800), target, for: leaseDurationUs + duration(stream, 500, 1_500) });
    }
    return faults;
  },
  build: buildPlatform,
});
