/** A client that chooses the ids of its leases itself, negative ones too, as etcd's API allows (etcd #13676). */
import { kind, ms, type Boot, type Co, type Os } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { StoreClient } from '../client/client.ts';
import { put } from '../machine/requests.ts';

const FROM_US = ms(2_000);
const PAUSE_US = ms(400);
const TTL_US = ms(3_000);

const beginKind = kind<null>('named-leases/begin', { describe: () => 'begins to take leases' });

/** Takes a lease with each negative number in turn, and hangs a key on it, until `untilUs`. */
export function namedLeases(endpoints: readonly string[], design: Design, untilUs: number): Boot {
  return (os) => ({ start: () => os.after(FROM_US, beginKind, () => void os.spawn('leases', takeLeases(os, new StoreClient(os, endpoints, design, { recorded: true }), untilUs))) });
}

function* takeLeases(os: Os, client: StoreClient, untilUs: number): Co<void> {
  for (let id = -1; os.monotonicUs() < untilUs; id--) {
    const granted = yield* client.leaseGrant(TTL_US, id);
    if (granted.status === 'ok') yield* client.put(put(`k/${-id % 3}`, `of ${id}`, { lease: id }));
    yield* os.sleep(PAUSE_US);
  }
}
