/** Known mistakes of the store's clients, each to be switched on by its id. */
import type { Defect } from '../../defect.ts';

export const clientDefects = [
  {
    id: 'client-stays-with-who-refuses',
    title: 'a client leaves its member only when the connection breaks, and not when it is refused or hears nothing',
    source: 'etcd #8660, #7321: the balancer of clientv3 kept to a member that knew no leader',
    property: 'store/served',
  },
] as const satisfies readonly Defect[];
