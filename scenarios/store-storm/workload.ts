/** What the clients of a seed of the storm want: how many they are, how fast, and which operations each of them prefers. */
import { STORE_OPERATOR, type MemberIntent } from '../../model/store/client/member-operator.ts';
import { drawStoreWorkload, storeOperations, type StoreIntent, type StoreWorkload } from '../../model/store/client/workload.ts';
import { ms, type Micros, type Stream } from '../../sim/index.ts';
import type { WorkloadDraw } from '../define-scenario.ts';
import { electionTimeoutUs, entriesPerSecond, isFast } from './design.ts';
import type { Theme } from './themes.ts';

const BEGIN_US = ms(150);
/** After the heal: a store that recovers serves again. */
const GOES_ON_US = ms(1_500);
/** How often the last operations are repeated. A run whose goals are reached ends before it comes to the later ones. */
const REPETITIONS = 8;
const REPETITION_US = ms(1_200);

type Shares = NonNullable<StoreWorkload['shares']>;

export function stormWorkload(
  draw: WorkloadDraw,
  theme: Theme | null,
  healAtUs: Micros,
): readonly (StoreIntent | MemberIntent)[] {
  const stream = draw.stream('workload');
  const fast = isFast(draw.design);
  const clients = Array.from(
    { length: stream.between(...(theme?.clients ?? ([3, fast ? 12 : 6] as const))) },
    (_, at) => `client-${at + 1}`,
  );
  const untilUs = healAtUs + GOES_ON_US;
  // Overload is a failure of its own, and would hide all others.
  const perSecond = Math.min(
    theme?.perSecond ?? stream.pick(fast ? [60, 150, 300] : [25, 50]),
    Math.floor(entriesPerSecond(draw.design, draw.topology) / 2),
  );
  const keys = theme?.keys ?? stream.pick([2, 6, 6, 20]);
  const usual = { ...drawShares(stream), ...theme?.shares, ...(draw.design.storeCompat === '3.4' ? withoutWatches : {}) };
  const intents = clients.flatMap((client) =>
    drawStoreWorkload(stream, {
      clients: [client],
      fromUs: BEGIN_US,
      untilUs,
      perSecond: perSecond / clients.length,
      keys,
      shares: theme?.shares === undefined ? likes(stream, usual) : usual,
    }),
  );
  const changes = [
    ...memberChanges(draw, theme, healAtUs),
    ...(theme?.silentLeases === true ? [lateHandover(stream, healAtUs)] : []),
  ];
  const leases = theme?.silentLeases === true ? silentLeases(stream, clients) : [];
  return [...[...intents, ...changes, ...leases].sort((a, b) => a.at - b.at), ...lastWishes(stream, clients, untilUs)];
}

/**
 * What the operator does to the group: in a third of the seeds nothing, else something every so
 * often. Without spares leaders change.
 */
function memberChanges(draw: WorkloadDraw, theme: Theme | null, healAtUs: Micros): MemberIntent[] {
  const stream = draw.stream('membership');
  const meanUs = electionTimeoutUs(draw.design) * (theme?.changesTimeouts ?? stream.pick([4, 12, 40]));
  if (theme?.changesTimeouts === undefined && stream.percent(33)) return [];
  const operations = theme?.changes ?? (draw.design.storeSpares === 0 ? (['move-leader'] as const) : usualChanges);
  const changes: MemberIntent[] = [];
  for (let at = BEGIN_US + stream.exponential(meanUs); at < healAtUs; at += 1 + stream.exponential(meanUs)) {
    changes.push({ at, client: STORE_OPERATOR, operation: stream.pick(operations), arguments: { draw: stream.below(1_000) } });
  }
  return changes;
}

const usualChanges = ['member-replace', 'member-replace', 'member-remove', 'move-leader'] as const;

function lateHandover(stream: Stream, healAtUs: Micros): MemberIntent {
  return {
    at: healAtUs - ms(50) - stream.below(ms(200)),
    client: STORE_OPERATOR,
    operation: 'move-leader',
    arguments: { draw: stream.below(1_000) },
  };
}

/**
 * They would end before the run does, but not if a change of leader near the end of the faults gave them all of their time again.
 */
function silentLeases(stream: Stream, clients: readonly string[]): StoreIntent[] {
  return clients.map((client, at) => ({
    at: BEGIN_US + stream.below(ms(400)),
    client,
    operation: 'session',
    arguments: { key: `silent/${at}`, ttlUs: ms(19_500) + stream.below(ms(300)), renewals: 0, revokes: false, lease: 0 },
  }));
}

/** Every operation as often as usual, or never, or far more often. */
function drawShares(stream: Stream): Shares {
  const shares: Record<string, number> = {};
  for (const [operation, share] of Object.entries(storeOperations)) shares[operation] = share * stream.pick([0, 1, 1, 1, 4]);
  // Some seeds consist mostly of deletes and compactions.
  if (stream.percent(15)) Object.assign(shares, { delete: 60, compact: 40, put: 20, watch: 0 });
  shares['put'] = Math.max(shares['put'] ?? 0, storeOperations.put);
  return shares;
}

/** In 3.4 a watch may miss a delete, and hear of progress too early (etcd #18089, #15220); locks wait by watches. */
const withoutWatches: Shares = { watch: 0, 'await-progress': 0, lock: 0 };

/** What one client does of all this: some do little but read, some little else than one other thing. */
function likes(stream: Stream, usual: Shares): Shares {
  const drawn = stream.below(100);
  if (drawn < 40) return usual;
  const favourite = drawn < 65 ? 'get' : drawn < 80 ? 'lock' : stream.pick(Object.keys(storeOperations) as (keyof Shares)[]);
  return usual[favourite] === 0 ? usual : { ...usual, [favourite]: 40 * storeOperations[favourite] };
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
