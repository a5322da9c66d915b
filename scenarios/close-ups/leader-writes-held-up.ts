/**
 * What the deployer's leader creates is held up on its way to the API, and it stands still itself, until another leads and has acted: then it arrives. After Kleppmann,
 * "How to do distributed locking" (2016): the write of a client whose lock has expired, which only a fencing token gives away.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { smallPlatform } from './small-platform.ts';
import { duration } from '../catalogue/usual.ts';

const HEAL_AT_US = seconds(13);

export const leaderWritesHeldUp = defineScenario({
  name: 'leader-writes-held-up',
  title: 'what a leader creates arrives when it leads no more',
  healAtUs: HEAL_AT_US,
  endUs: seconds(50),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = referenceTo('registry/app', 'build-1');
    const intents: Intent[] = [{ at: duration(stream, 1_900, 2_400), client, operation: 'declare', arguments: { name: 'web', replicas: 1, image } }];
    // Up and down, so that there is something to create all the time.
    for (let at = ms(3_500); at < HEAL_AT_US; at += duration(stream, 150, 450)) intents.push({ at, client, operation: 'scale', arguments: { name: 'web', replicas: stream.between(1, 4) } });
    return intents;
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const target = 'role:deployer-leader';
    const { leaseDurationUs } = draw.design;
    for (let at = duration(stream, 4_500, 5_500); at < HEAL_AT_US - leaseDurationUs; at += leaseDurationUs + duration(stream, 1_500, 2_500)) {
      const byUs = leaseDurationUs + duration(stream, 800, 2_000);
      faults.push({ do: 'delay', at, from: target, to: 'api-*', oneWay: true, kind: 'api/create', byUs, for: ms(800) });
      faults.push({ do: 'pause', at: at + ms(800), target, for: leaseDurationUs + duration(stream, 500, 1_500) });
    }
    return faults;
  },
  build: buildPlatform,
});
