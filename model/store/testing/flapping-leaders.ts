/** Leaders that change more often than a lease is long, and a holder that has fallen silent: the situation of etcd #9888. */
import { ms, seconds, Streams, type Fault, type RunSpec } from '../../../sim/index.ts';
import type { StoreIntent } from '../client/workload.ts';
import { storeWorld } from './world.ts';

const HEAL_US = seconds(36);
/** Longer than any leader leads, with what a change of leader adds. */
const TTL_US = seconds(6);
const REIGN_US = seconds(6);
const PAUSED_US = seconds(2);

/**
 * Each leader is paused after some seconds, and another one takes over. The leases are granted in the beginning and never
 * renewed; the run ends sooner after the last change than one that began anew would.
 */
export function flappingLeadersWorld(seed: number, defects: readonly string[]): RunSpec {
  return storeWorld({
    seed,
    defects,
    clients: 3,
    healAtUs: HEAL_US,
    endUs: HEAL_US + seconds(2),
    intents: intents(),
    faults: pauses(seed),
  });
}

function intents(): readonly StoreIntent[] {
  return Array.from({ length: 3 }, (_, at) => ({
    at: seconds(2) + ms(100 * at),
    client: `client-${at + 1}`,
    operation: 'session',
    arguments: { key: `k/${at}`, ttlUs: TTL_US, renewals: 1, revokes: false, lease: 0 },
  }));
}

function pauses(seed: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  const faults: Fault[] = [];
  for (let at = seconds(5); at + PAUSED_US < HEAL_US; at += REIGN_US + stream.below(ms(300))) {
    faults.push({ do: 'pause', at, target: 'role:raft-leader', for: PAUSED_US });
  }
  return faults;
}
