/**
 * What the deployer's leader creates is held up on its way to the API, and it pauses itself, until another leads and has acted:
 * then the request arrives. After Kleppmann, "How to do distributed locking" (2016): the write of a client whose lock has
 * expired, which only a fencing token reveals.
 */
import { buildPlatform } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { scaledUpAndDown, smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(13);

export const leaderWritesHeldUp = defineScenario({
  name: 'leader-writes-held-up',
  title: "a leader's writes arrive after it has lost the lead",
  healAtUs: HEAL_AT_US,
  endUs: seconds(50),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => scaledUpAndDown(draw.stream('workload'), HEAL_AT_US, 4),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const target = 'role:deployer-leader';
    const { leaseDurationUs } = draw.design;
    for (
      let at = drawMs(stream, 4_500, 5_500);
      at < HEAL_AT_US - leaseDurationUs;
      at += leaseDurationUs + drawMs(stream, 1_900, 2_900)
    ) {
      const byUs = leaseDurationUs + drawMs(stream, 1_200, 2_400);
      faults.push({ do: 'delay', at, from: target, to: 'api-*', oneWay: true, kind: 'api/create', byUs, for: ms(800) });
      faults.push({ do: 'pause', at: at + ms(800), target, for: leaseDurationUs + drawMs(stream, 900, 1_900) });
    }
    return faults;
  },
  build: buildPlatform,
});
