/** A consumer that sleeps on a full stream while its member falls behind the compaction: the situation of etcd #17529. */
import { kind, ms, seconds, type Co, type Micros, type Os, type Program, type RunSpec } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { StoreClient } from '../client/client.ts';
import { watchRequest } from '../watch/watch-requests.ts';
import type { StoreIntent } from '../client/workload.ts';
import { storeWorld } from './world.ts';

const CLIENTS = 8;
/** What one stream holds is 128 items: the last few are progress notifications. */
const CHANGES = 120;
const KEY = 'k/0';
const CUT_OFF_US = seconds(16);
const CUT_OFF_FOR_US = ms(1_800);
const WAKES_US = seconds(22);

/**
 * `store-1` serves a watch whose stream is full to the last place. It is cut off until only a snapshot brings it back, and
 * what the watch still has to see is compacted meanwhile; then the key changes again, and the consumer wakes up.
 */
export function slowConsumerWorld(seed: number, defects: readonly string[]): RunSpec {
  return storeWorld({
    seed,
    defects,
    clients: CLIENTS,
    healAtUs: seconds(24),
    endUs: seconds(25),
    design: { compactEveryUs: 0 },
    intents: intents(),
    faults: [{ do: 'partition', at: CUT_OFF_US, from: 'store-1', to: 'store-*', for: CUT_OFF_FOR_US }],
    more: (world, design) => world.process({ name: 'consumer', region: 'east', boot: (os) => new SlowConsumer(os, design) }),
  });
}

function intents(): readonly StoreIntent[] {
  const writers = Array.from({ length: CLIENTS }, (_, at) => `client-${at + 1}`);
  const puts = (key: string, from: Micros, count: number): StoreIntent[] =>
    Array.from({ length: count }, (_, at) => ({
      at: from + at, client: writers[at % CLIENTS]!, operation: 'put', arguments: { key, value: `${from + at}` },
    }));
  return [
    ...puts(KEY, ms(2_600), CHANGES),
    // Meanwhile, where the consumer's member does not hear of it.
    ...puts(KEY, CUT_OFF_US + ms(50), 4),
    ...puts('k/1', CUT_OFF_US + ms(60), 72),
    { at: CUT_OFF_US + ms(1_300), client: 'client-2', operation: 'compact', arguments: { back: 0 } },
    { at: CUT_OFF_US + ms(1_300), client: 'client-5', operation: 'compact', arguments: { back: 0 } },
    ...puts('k/2', CUT_OFF_US + ms(1_400), 40),
    // And when all is well again.
    ...puts(KEY, WAKES_US - seconds(1), 3),
  ];
}

const beginKind = kind<null>('slow-consumer/begin', { describe: () => 'begins to watch' });

class SlowConsumer implements Program {
  private readonly os: Os;
  private readonly client: StoreClient;

  constructor(os: Os, design: Design) {
    this.os = os;
    this.client = new StoreClient(os, ['store-1'], design);
  }

  start(): void {
    this.os.after(ms(2_500), beginKind, () => void this.os.spawn('watch', this.watch()));
  }

  private *watch(): Co<void> {
    const { os } = this;
    let startRevision = 1;
    for (;;) {
      const end = yield* this.client.watchFrom(watchRequest(KEY, { startRevision }), function* () {
        const waitUs = WAKES_US - os.monotonicUs();
        if (waitUs > 0) yield* os.sleep(waitUs);
        return true;
      });
      if (end.type !== 'compacted') return;
      startRevision = end.compactRevision;
    }
  }
}
