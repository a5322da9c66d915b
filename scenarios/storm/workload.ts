/** What the clients of a seed of the storm want: how many they are, how fast, and which operations they are fond of. */
import { drawStoreWorkload, storeOperations, type StoreIntent, type StoreWorkload } from '../../model/store/workload.ts';
import { ms, type Micros, type Stream } from '../../sim/index.ts';
import type { Draw } from '../define-scenario.ts';

const BEGIN_US = ms(150);
/** After the heal: a store that recovers serves again. */
const GOES_ON_US = ms(1_500);
/** Of the last wishes. A run whose goals are reached ends before it comes to the later ones. */
const REPETITIONS = 8;
const REPETITION_US = ms(1_200);

export function stormWorkload(draw: Draw, healAtUs: Micros): readonly StoreIntent[] {
  const stream = draw.stream('workload');
  const isFast = draw.design.heartbeatUs < ms(50);
  const clients = Array.from({ length: stream.between(3, isFast ? 12 : 6) }, (_, at) => `client-${at + 1}`);
  const untilUs = healAtUs + GOES_ON_US;
  const intents = drawStoreWorkload(stream, {
    clients,
    fromUs: BEGIN_US,
    untilUs,
    perSecond: stream.pick(isFast ? [60, 150, 250] : [25, 50]),
    keys: stream.pick([2, 6, 6, 20]),
    shares: drawShares(stream),
  });
  return [...intents, ...lastWishes(stream, clients, untilUs)];
}

/** Every operation as often as usual, or never, or far more often. */
function drawShares(stream: Stream): NonNullable<StoreWorkload['shares']> {
  const shares: Record<string, number> = {};
  for (const [operation, share] of Object.entries(storeOperations)) shares[operation] = share * stream.pick([0, 1, 1, 1, 4, 12]);
  shares['put'] = Math.max(shares['put'] ?? 0, storeOperations.put);
  return shares;
}

/** By which one sees that every client is served in the end: again and again, since any single answer may be late. */
function lastWishes(stream: Stream, clients: readonly string[], fromUs: Micros): StoreIntent[] {
  const wishes: StoreIntent[] = [];
  for (let time = 0; time < REPETITIONS; time++) {
    for (const client of clients) {
      const at = fromUs + time * REPETITION_US + stream.below(REPETITION_US);
      wishes.push({ at, client, operation: 'put', arguments: { key: 'last', value: `${client}, ${time}` } });
      wishes.push({ at, client, operation: 'get', arguments: { key: 'last', serializable: false } });
    }
  }
  return wishes;
}
