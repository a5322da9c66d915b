/**
 * What the provisioner's leader asks of the provider is held up on its way, and it pauses or is cut off itself, until
 * another leads and has acted: then the request arrives. After Chubby's sequencers and lock-delay (Burrows 2006), which
 * are there for requests that are late.
 */
import { buildPlatform } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { scaledUpAndDown, smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(15);

export const cloudCallsHeldUp = defineScenario({
  name: 'cloud-calls-held-up',
  title: 'calls to the cloud provider arrive after their sender has lost the lead',
  healAtUs: HEAL_AT_US,
  endUs: seconds(60),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => scaledUpAndDown(draw.stream('workload'), HEAL_AT_US, 3),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const target = 'role:provisioner-leader';
    const { leaseDurationUs } = draw.design;
    for (
      let at = drawMs(stream, 4_500, 5_500);
      at < HEAL_AT_US - leaseDurationUs;
      at += leaseDurationUs + drawMs(stream, 1_900, 2_900)
    ) {
      const byUs = leaseDurationUs + drawMs(stream, 1_200, 2_900);
      faults.push({ do: 'delay', at, from: target, to: 'cloud', oneWay: true, byUs, for: ms(800) });
      faults.push({
        do: stream.pick(['pause', 'isolate']),
        at: at + ms(800),
        target,
        for: leaseDurationUs + drawMs(stream, 900, 1_900),
      });
    }
    return faults;
  },
  build: buildPlatform,
});
