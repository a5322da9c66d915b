/** What a store owes its clients once all faults are over. */
import type { StoreMemberView } from '../../model/store/server.ts';
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
      pending: () => (missing.size === 0 ? null : `no answer yet to any ${[...missing].join(', ')}`),
    };
  },
};

/** No member is left behind. One whose disk has rotted stays away until it is replaced: it cannot know what it has promised. */
export const membersCatchUp: Property = {
  id: 'store/members-catch-up',
  kind: 'eventually',
  title: 'after the faults every member whose disk is whole holds what the others hold',
  monitor: (_report, scene) => ({
    pending() {
      const members = scene.processes().filter(({ name, disk }) => name.startsWith('store-') && !disk.isRotten);
      const views = members.map(({ name }) => ({ name, view: scene.inspect(name) as StoreMemberView | null }));
      const newest = Math.max(...views.map(({ view }) => view?.raft.applied ?? 0));
      for (const { name, view } of views) {
        // A spare idles until it is added, and whoever was removed has nothing to do any more.
        if (view !== null && (view.raft.removed || view.raft.isSpare)) continue;
        if (view === null || view.raft.raft === null) return `${name} is not up`;
        if (view.raft.leader === null) return `${name} knows no leader`;
        if (view.raft.applied < newest) return `${name} has applied entry ${view.raft.applied} of ${newest}`;
      }
      return null;
    },
  }),
};
