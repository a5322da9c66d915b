/**
 * Nodes on which databases run are cut off one after the other, each for longer than it takes until it is given up.
 * They go on running what they have, and nothing with a stable identity may run a second time meanwhile. After
 * Kubernetes #54368, a StatefulSet with twins.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { buildPlatform, OPERATORS, platformGroups } from '../../model/platform.ts';
import { seconds, type Fault } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { smallPlatform } from './small-platform.ts';

const HEAL_AT_US = seconds(19);

export const identitiesOutOfTouch = defineScenario({
  name: 'identities-out-of-touch',
  title: 'nodes with databases on them are cut off one after the other, each for longer than it takes to give it up',
  healAtUs: HEAL_AT_US,
  endUs: seconds(60),
  design: (draw) => smallPlatform(draw.stream('design')),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const client = stream.pick(OPERATORS);
    const image = (): string => referenceTo('registry/app', `build-${stream.between(1, 3)}`);
    const declared: Intent = {
      at: drawMs(stream, 1_900, 2_400),
      client,
      operation: 'declare',
      arguments: { name: 'ledger', replicas: 3, image: image(), identity: 'stable' },
    };
    // A node that is told to run something newer ends the old one first, and has to learn that it has ended.
    const rollOut: Intent = {
      at: drawMs(stream, 6_000, 16_000),
      client,
      operation: 'roll-out',
      arguments: { name: 'ledger', image: image() },
    };
    return stream.percent(30) ? [declared, rollOut] : [declared];
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    const nodes = stream.shuffle(platformGroups(draw.design).nodes);
    const at = drawMs(stream, 5_000, 6_500);
    const first: Fault = { at, do: 'isolate', target: nodes[0] as string, for: drawMs(stream, 8_000, 12_000) };
    const second: Fault = {
      at: at + drawMs(stream, 500, 3_000),
      do: 'isolate',
      target: nodes[1] as string,
      for: HEAL_AT_US - at,
    };
    return [first, second];
  },
  build: buildPlatform,
});
