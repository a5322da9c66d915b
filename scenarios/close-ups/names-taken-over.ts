/** As `names-come-and-go`, with fewer names, on a small platform to which nothing else happens. */
import { buildPlatform } from '../../model/platform.ts';
import { seconds } from '../../sim/index.ts';
import { collectorTroubles, livesOf } from '../catalogue/names-come-and-go.ts';
import { defineScenario } from '../define-scenario.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(14);

export const namesTakenOver = defineScenario({
  name: 'names-taken-over',
  title: 'a few names are given to new objects again and again, while the collector is cut off or restarted',
  healAtUs: HEAL_AT_US,
  endUs: seconds(54),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => livesOf(draw, ['web', 'queue', 'search', 'billing'], HEAL_AT_US),
  faults: (draw) => collectorTroubles(draw, HEAL_AT_US),
  build: buildPlatform,
});
