/**
 * Plans for a name in DNS follow each other quickly, and who puts them into force is late: what an enactor decided long ago
 * arrives after what another has done since, and clean-up goes on meanwhile. After the outage of AWS in us-east-1 on 19 and 20
 * October 2025: a delayed enactor put an old plan into force over a newer one, and the clean-up of another deleted it for being
 * old, so that the name of DynamoDB led nowhere.
 */
import type { Intent } from '../../model/intent.ts';
import { OPERATORS } from '../../model/platform.ts';
import type { Fault } from '../../sim/index.ts';
import { defineScenario, type Draw } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { busyUsers, serviceWorkload, SITE } from '../workload/service-workload.ts';
import { usualTimes } from './usual.ts';

export const dnsPlansOvertake = defineScenario({
  name: 'dns-plans-overtake',
  title: 'plans for a DNS name follow each other quickly, and enactors are late',
  ...usualTimes,
  design: { ...busyUsers, dnsCleanupUs: 500_000 },
  workload: (draw) => serviceWorkload(draw, restlessScale(draw)),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const enactors = ['enactor-east', 'enactor-west', 'enactor-north'];
    const faults: Fault[] = [];
    for (let at = drawMs(stream, 4_000, 5_000); at < usualTimes.healAtUs; at += drawMs(stream, 1_500, 3_000)) {
      const late = stream.percent(60) ? stream.pick(enactors) : 'enactor-*';
      const span = { at, for: drawMs(stream, 1_500, 3_500) };
      if (stream.percent(75))
        faults.push({ do: 'delay', from: late, to: 'dns', kind: 'dns/activate', byUs: drawMs(stream, 800, 2_500), ...span });
      else faults.push({ do: 'pause', target: stream.pick(enactors), ...span });
    }
    return faults;
  },
});

/** The site grows into more regions and shrinks again, time after time. */
function restlessScale(draw: Draw): readonly Intent[] {
  const stream = draw.stream('scale');
  const intents: Intent[] = [];
  for (let at = drawMs(stream, 3_800, 4_200); at < usualTimes.healAtUs; at += drawMs(stream, 350, 900)) {
    intents.push({
      at,
      client: stream.pick(OPERATORS),
      operation: 'scale',
      arguments: { name: SITE, replicas: stream.between(1, 3) },
    });
  }
  return intents;
}
