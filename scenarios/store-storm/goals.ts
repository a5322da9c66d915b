/** What a store owes its clients once all faults are over. */
import type { Property } from '../../sim/index.ts';

/** Whatever struck the store, every client is served again. */
export const served: Property = {
  id: 'store/served',
  kind: 'eventually',
  title: 'after the faults every client has a write acknowledged and a read answered',
  monitor: (_report, scene) => {
    let healedUs = Infinity;
    const missing = new Set<string>();
    scene.history().listen({
      invoked: ({ client }) => {
        if (healedUs === Infinity) for (const call of ['store/put', 'store/range']) missing.add(`${client}'s ${call}`);
      },
      returned: ({ client, name, status, invokedUs }) => {
        if (status === 'ok' && invokedUs >= healedUs) missing.delete(`${client}'s ${name}`);
      },
    });
    return {
      healed: (nowUs) => void (healedUs = nowUs),
      *waits() {
        for (const wish of missing) yield `no answer yet to any ${wish}`;
      },
    };
  },
};
