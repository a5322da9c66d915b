/**
 * The frozen workload of the layer `store`: five members, and clients that write, read and watch, each call recorded and judged.
 */
import { noDefects } from '../../model/defect.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import { storeProperties } from '../../model/properties/store/index.ts';
import { StoreClient } from '../../model/store/client/client.ts';
import { prefixEnd } from '../../model/store/machine/keys.ts';
import { compareNumber, put, range, txn } from '../../model/store/machine/requests.ts';
import { storeMember } from '../../model/store/member/member.ts';
import { watchRequest } from '../../model/store/watch/watch-requests.ts';
import {
  createRun,
  kind,
  ms,
  seconds,
  threeRegions,
  type Boot,
  type Co,
  type Kind,
  type Os,
  type Program,
  type Run,
  type Stream,
} from '../../sim/index.ts';

const MEMBERS = 5;
const CLIENTS = 6;
/** Calls that a client has under way at once; each lane makes one every `PACE_US`: 1,000 a second in all. */
const LANES = 30;
const PACE_US = ms(180);
const KEYS = 200;
const VALUE = 'x'.repeat(200);
const PREFIX = 'k/';

/** At this rate 50 entries, as the default design keeps them, pass while one message travels. */
const design: Design = { ...defaultDesign, storeMembers: MEMBERS, snapshotEveryEntries: 2_000, entriesBehindSnapshot: 1_000 };

const beginKind: Kind<null> = kind<null>('bench/begin', { serviceUs: 1 });

/**
 * Members 2 + 2 + 1 over three regions, two clients in each, nothing fails. Of the calls 40 % are puts, 35 % reads of a key, 10 %
 * lists, 15 % read a key and replace it in a txn; each client watches all keys. Every property of the store is asserted.
 */
export function storeRun(): Run {
  const topology = threeRegions();
  const members = new Map(Array.from({ length: MEMBERS }, (_, at) => [at + 1, `store-${at + 1}`]));
  const regionOf = (at: number): string => topology.regions[at % topology.regions.length] as string;
  // Two hours: more than a hundred million steps.
  const endUs = seconds(7_200);
  return createRun({
    seed: 1,
    topology,
    faults: [],
    properties: storeProperties(design),
    healAtUs: endUs,
    endUs,
    build(world) {
      for (const [id, name] of members)
        world.process({ name, region: regionOf(id - 1), boot: storeMember({ id, members, design, defects: noDefects }) });
      for (let at = 0; at < CLIENTS; at++)
        world.process({ name: `client-${at + 1}`, region: regionOf(at), boot: client([...members.values()], at) });
    },
  });
}

function client(members: readonly string[], at: number): Boot {
  return (os) => new BenchClient(os, [...members.slice(at % MEMBERS), ...members.slice(0, at % MEMBERS)]);
}

class BenchClient implements Program {
  private readonly os: Os;
  private readonly client: StoreClient;
  private readonly stream: Stream;

  constructor(os: Os, endpoints: readonly string[]) {
    this.os = os;
    this.client = new StoreClient(os, endpoints, design, { recorded: true });
    this.stream = os.random('bench');
  }

  start(): void {
    for (let lane = 0; lane < LANES; lane++) {
      this.os.after(Math.floor((PACE_US * lane) / LANES), beginKind, () => void this.os.spawn('lane', this.call()));
    }
    this.os.after(0, beginKind, () => void this.os.spawn('watch', this.watch()));
  }

  private *call(): Co<never> {
    for (;;) {
      const begunUs = this.os.monotonicUs();
      yield* this.once(`${PREFIX}${this.stream.below(KEYS)}`, this.stream.below(100));
      yield* this.os.sleep(Math.max(1, begunUs + PACE_US - this.os.monotonicUs()));
    }
  }

  private *once(key: string, share: number): Co<void> {
    const { client } = this;
    if (share < 40) {
      yield* client.put(put(key, VALUE));
    } else if (share < 75) {
      yield* client.range(range(key));
    } else if (share < 85) {
      yield* client.range(range(PREFIX, { rangeEnd: prefixEnd(PREFIX), limit: 20 }));
    } else {
      const found = yield* client.range(range(key));
      if (found.status !== 'ok') return;
      yield* client.txn(txn([compareNumber(key, 'mod', '=', found.value.kvs[0]?.modRevision ?? 0)], [put(key, VALUE)]));
    }
  }

  private *watch(): Co<void> {
    let startRevision = 1;
    for (;;) {
      const end = yield* this.client.watchFrom(watchRequest(PREFIX, { rangeEnd: prefixEnd(PREFIX), startRevision }), goOn);
      if (end.type !== 'compacted') return;
      startRevision = end.compactRevision;
    }
  }
}

// oxlint-disable-next-line eslint/require-yield -- it takes no time over an item
function* goOn(): Co<boolean> {
  return true;
}
