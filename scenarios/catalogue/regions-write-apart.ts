/**
 * The stores of three regions by themselves, outside of consensus: clients write the same keys everywhere while regions are
 * cut off, clocks jump and machines lose power. Later writes win, and in the end all hold the same (Cassandra's
 * `nodetool repair` and tombstones; global tables of the clouds). No row of the design review's table, but the side of the
 * boundary that consensus is weighed against.
 */
import { buildRegionalGroup, REGIONAL_CLIENT, type RegionalIntent } from '../../model/outside/regional/group.ts';
import { REGIONS } from '../../model/platform.ts';
import { regionalConvergence } from '../../model/properties/platform/outside/regional-convergence.ts';
import { regionalDurable } from '../../model/properties/platform/outside/regional-durable.ts';
import { regionalLastWriter } from '../../model/properties/platform/outside/regional-last-writer.ts';
import { ms, seconds, threeRegions, type Fault, type Stream } from '../../sim/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';

const KEYS = 4;
const WRITES = 60;
const HEAL_US = seconds(8);

export const regionsWriteApart = defineScenario<RegionalIntent>({
  name: 'regions-write-apart',
  title: 'regional stores take writes while they are cut off from each other, and their clocks jump',
  healAtUs: HEAL_US,
  endUs: seconds(16),
  design: (draw) => {
    const stream = draw.stream('design');
    return {
      regionalReplicationUs: ms(stream.between(20, 400)),
      compactEveryUs: ms(stream.between(500, 4_000)),
      keepRevisions: stream.between(5, 100),
    };
  },
  topology: () => threeRegions(REGIONS),
  workload: (draw) => {
    const stream = draw.stream('workload');
    const intents = Array.from({ length: WRITES }, (_, n): RegionalIntent => ({
      at: stream.between(ms(200), HEAL_US - ms(500)),
      client: `${REGIONAL_CLIENT}-${stream.pick(REGIONS)}`,
      operation: stream.percent(25) ? 'delete' : 'put',
      arguments: { key: `k${stream.below(KEYS)}`, value: `v${n}` },
    }));
    return intents.sort((a, b) => a.at - b.at);
  },
  faults: (draw) => {
    const stream = draw.stream('faults');
    return Array.from({ length: stream.between(2, 6) }, () => fault(stream)).sort((a, b) => a.at - b.at);
  },
  properties: [regionalDurable(), regionalLastWriter(), regionalConvergence()],
  onlyTheseProperties: true,
  build: (world, { design, defects, workload }) => buildRegionalGroup(world, { regions: REGIONS, design, defects, workload }),
});

function fault(stream: Stream): Fault {
  const at = stream.between(ms(500), HEAL_US - ms(1_000));
  const target = `regionalstore-${stream.pick(REGIONS)}`;
  switch (stream.below(5)) {
    case 0:
      return { at, do: 'partition', from: target, to: 'regionalstore-*', for: drawMs(stream, 500, 3_000) };
    case 1:
    case 2:
      return { at, do: 'step-clock', target, byUs: ms(stream.between(-4_000, 4_000)) };
    case 3:
      return { at, do: 'crash', target, for: drawMs(stream, 100, 1_500) };
    default:
      return { at, do: 'pause', target, for: drawMs(stream, 200, 1_500) };
  }
}
