/**
 * Telemetry collectors and status stores of all regions stand still, stall, lose power and come back, for most of half a minute;
 * nodes are restarted meanwhile. The control plane does not notice (the opposite was seen in Roblox' outage of October 2021). No
 * row of the design review's table: what is told of a platform must not be what it stands on.
 */
import { platformGroups, REGIONS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';

const HEAL_US = seconds(30);

export const telemetryOutage = defineScenario({
  name: 'telemetry-outage',
  title: 'telemetry collectors and status stores fail for half a minute, in all regions',
  healAtUs: HEAL_US,
  endUs: seconds(75),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    const outageUs = drawMs(stream, 5_000, 7_000);
    for (const region of REGIONS) {
      // Before the long outage the disks are slow, so that what was acknowledged too early is lost.
      const at = drawMs(stream, 3_500, 4_200);
      faults.push({ at, do: 'stall-disk', target: `telemetry-${region}`, for: drawMs(stream, 1_500, 2_500) });
      if (stream.percent(60))
        faults.push({ at: at + drawMs(stream, 400, 1_400), do: 'crash', target: `telemetry-${region}`, for: ms(400) });
      faults.push({
        at: outageUs,
        do: 'pause',
        target: `telemetry-${region}`,
        for: HEAL_US - outageUs - drawMs(stream, 100, 1_000),
      });
      faults.push({
        at: drawMs(stream, 5_000, 12_000),
        do: stream.percent(70) ? 'pause' : 'crash',
        target: `statusstore-${region}`,
        for: drawMs(stream, 3_000, 7_000),
      });
    }
    const node = stream.pick(platformGroups(draw.design).nodes);
    faults.push({ at: drawMs(stream, 9_000, 20_000), do: 'kill', target: node, for: drawMs(stream, 100, 1_000) });
    return faults.sort((a, b) => a.at - b.at);
  },
});
