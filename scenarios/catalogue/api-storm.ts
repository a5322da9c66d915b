/**
 * The machinery of the API by itself, under heavy faults. Every seed draws how much its servers remember, how fast the store
 * forgets, and what strikes whom; clients read in every way there is, and delete and create again what others hold by finalizers.
 * One configuration for all defects of that machinery: nothing in it knows which one is looked for.
 */
import { sharedApiCalls } from '../../model/properties/platform/api/calls.ts';
import { apiProperties } from '../../model/properties/platform/api/index.ts';
import { sharedJournals } from '../../model/properties/platform/journal.ts';
import { apiStormProbes } from '../../model/properties/platform/probes/index.ts';
import type { Design } from '../../model/design.ts';
import { ms, seconds, threeRegions, type Fault, type Stream } from '../../sim/index.ts';
import { drawApiIntents, type ApiIntent } from '../api-storm/intents.ts';
import { apiServers, buildApi, CLIENTS, KEEPERS, STORES, WATCHERS } from '../api-storm/world.ts';
import { defineScenario, type FaultDraw } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';

const BEGIN_US = ms(2_500);
const HEAL_AT_US = seconds(10);

export const apiStorm = defineScenario<ApiIntent>({
  name: 'api-storm',
  title: 'the API by itself under heavy faults: lagging caches, lost windows, finalizers in many hands',
  healAtUs: HEAL_AT_US,
  endUs: seconds(30),
  design: (draw): Partial<Design> => {
    const stream = draw.stream('design');
    // Few seats, so that some requests are rejected.
    const seats = draw.stream('seats').pick([{}, {}, { apiInFlightMax: 3, apiQueueMax: 1 }]);
    return {
      ...seats,
      storeMembers: 3,
      apiServersPerRegion: stream.between(1, 2),
      watchCacheEvents: stream.pick([3, 10, 40, 100]),
      watchBufferEvents: stream.pick([2, 10, 100]),
      bookmarkUs: ms(stream.pick([100, 300, 1_000])),
      freshnessUs: ms(stream.pick([100, 500])),
      compactEveryUs: ms(stream.between(300, 2_000)),
      keepRevisions: stream.pick([3, 5, 20]),
      watchProgressUs: ms(stream.pick([300, 1_000])),
      resyncUs: ms(stream.between(2_000, 5_000)),
    };
  },
  topology: threeRegions(),
  workload: (draw) =>
    drawApiIntents(
      draw.stream('workload'),
      CLIENTS,
      BEGIN_US,
      HEAL_AT_US + ms(500),
      ms(draw.stream('pace').pick([60, 120, 250])),
    ),
  faults: stormFaults,
  build: buildApi,
  properties: (design) => {
    const journalOf = sharedJournals();
    const callsOf = sharedApiCalls();
    return [...apiProperties(journalOf, design, callsOf), ...apiStormProbes(journalOf, callsOf)];
  },
  onlyTheseProperties: true,
});

function stormFaults(draw: FaultDraw): readonly Fault[] {
  const stream = draw.stream('faults');
  const faults: Fault[] = [];
  const meanUs = ms(stream.pick([500, 900, 1_600]));
  for (let at = BEGIN_US + stream.exponential(meanUs); at < HEAL_AT_US; at += ms(100) + stream.exponential(meanUs))
    faults.push(strike(stream, at, draw.design));
  return faults;
}

function strike(stream: Stream, at: number, design: Design): Fault {
  const server = stream.pick(apiServers(design));
  const others = stream.pick([...CLIENTS, ...KEEPERS, ...WATCHERS]);
  const member = stream.pick(STORES);
  switch (stream.below(10)) {
    // It goes on, with a cache that gets no updates.
    case 0:
    case 1:
      return { at, do: 'partition', from: server, to: 'store-*', for: drawMs(stream, 300, 4_000) };
    case 2:
    case 3:
      return { at, do: 'kill', target: server, for: drawMs(stream, 50, 900) };
    // A member that hears nothing from the other members, and that API servers still ask.
    case 4:
      return { at, do: 'partition', from: member, to: 'store-*', for: drawMs(stream, 500, 3_000) };
    case 5:
      return { at, do: 'partition', from: others, to: 'api-*', for: drawMs(stream, 300, 3_000) };
    case 6:
      return { at, do: 'kill', target: others, for: drawMs(stream, 50, 700) };
    case 7:
      return { at, do: 'pause', target: stream.pick([server, others, member]), for: drawMs(stream, 300, 2_500) };
    case 8:
      return { at, do: 'delay', from: member, to: server, byUs: drawMs(stream, 50, 600), for: drawMs(stream, 500, 2_500) };
    default:
      return { at, do: 'reset', target: stream.pick(['api-*', 'store-*', server, member]) };
  }
}
