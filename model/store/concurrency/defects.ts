/** Known mistakes in the use of locks, each to be switched on by its id. */
import type { Defect } from '../../defect.ts';

export const concurrencyDefects = [
  {
    id: 'lock-without-second-look',
    title:
      'a client that waited for a lock takes it when those before it are gone, without looking whether its own key is still there',
    source: 'E27: etcd #11456, mutex.go before the second Get (Jepsen etcd 3.4.3)',
    property: 'store/lock-held',
  },
  {
    id: 'lock-without-guard',
    title: 'the holder of a lock writes without comparing the create revision of its lock key',
    source: 'E28: Jepsen etcd 3.4.3, etcd #10811, etcd learning/why.md: a lock alone is no mutual exclusion',
    property: 'store/mutual-exclusion',
  },
  {
    id: 'resource-ignores-token',
    title: 'what a lock guards takes requests under an older token than it has seen',
    source: 'H01: Burrows 2006, sequencers: a delayed request of an expired holder arrives after the new one began',
    property: 'store/mutual-exclusion',
  },
] as const satisfies readonly Defect[];
