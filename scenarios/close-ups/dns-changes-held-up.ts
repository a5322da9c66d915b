/**
 * New plans for a name follow each other, and the calls that activate them take seconds to arrive, while old plans are cleaned up
 * all the time: by the time a plan is active, it is an old one. After the outage of AWS in us-east-1 on 19 and 20 October 2025.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { SITE } from '../workload/service-workload.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(11);

export const dnsChangesHeldUp = defineScenario({
  name: 'dns-changes-held-up',
  title: 'plans for a DNS name follow each other, and the calls that put them into force are held up',
  healAtUs: HEAL_AT_US,
  endUs: seconds(50),
  design: (draw) => ({ ...smallPlatform(draw.stream('design')), dnsCleanupUs: ms(300) }),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const intents: Intent[] = [
      {
        at: drawMs(stream, 1_900, 2_400),
        client,
        operation: 'declare',
        arguments: { name: SITE, replicas: 2, image: referenceTo('registry/app', 'build-1') },
      },
      {
        at: drawMs(stream, 2_600, 3_000),
        client,
        operation: 'declare-service',
        arguments: { name: SITE, deployment: SITE, mode: 'balanced' },
      },
    ];
    let more = stream.percent(50);
    for (let at = drawMs(stream, 4_000, 5_000); at < HEAL_AT_US; at += drawMs(stream, 500, 1_000)) {
      more = !more;
      intents.push({ at, client, operation: 'scale', arguments: { name: SITE, replicas: more ? 3 : stream.between(1, 2) } });
    }
    return intents;
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 4_500, 5_500); at < HEAL_AT_US; at += drawMs(stream, 3_000, 4_000)) {
      faults.push({
        do: 'delay',
        at,
        from: 'enactor-*',
        to: 'dns',
        kind: 'dns/activate',
        byUs: drawMs(stream, 1_500, 2_500),
        for: drawMs(stream, 1_500, 3_000),
      });
    }
    return faults;
  },
  build: buildPlatform,
});
