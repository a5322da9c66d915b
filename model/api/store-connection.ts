/** An API server's way to the store: one connection at a time to one of its members. */
import { Channel, ms, type Os } from '../../sim/index.ts';
import { rangeMethod, txnMethod, watchMethod } from '../store/methods.ts';
import type { StoreAccess } from './registry.ts';
import type { StoreWatches } from './watch.ts';

export interface StoreConnection extends StoreAccess, StoreWatches {
  /** The member in use or being tried. */
  readonly endpoint: string;
}

const RECONNECT_US = ms(100);

/** A member that does not answer in time may be cut off from the others, so the next one is tried. */
export function storeConnection(os: Os, endpoints: readonly string[]): StoreConnection {
  let mutations = 0;
  const channel = new Channel(os, endpoints, { reconnectUs: RECONNECT_US, rotateOnDeadline: true });
  return {
    get endpoint() {
      return channel.endpoint;
    },
    range: (request, timeoutUs) => channel.call(rangeMethod, request, timeoutUs),
    txn: (request, timeoutUs) => channel.call(txnMethod, { id: `${os.name}/${os.incarnation}.${++mutations}`, request }, timeoutUs),
    watch: (request) => channel.stream(watchMethod, request),
  };
}
