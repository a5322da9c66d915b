/** The status of every node comes to be known in every region, as it is and not as it was. */
import type { Property, Scene } from '../../../../sim/index.ts';
import { STATUS_STORE, type StatusStoreView } from '../../../outside/status/status-store.ts';
import type { NodeAgentView } from '../../../regions/node-agent.ts';
import { nodes } from '../members.ts';

/** Reports that may be under way between a node and the store of another region. */
const BEHIND_MAX = 4;

export function statusNewest(): Property {
  return {
    id: 'platform/status-newest',
    kind: 'eventually',
    title: 'the status store of every region comes to hold the latest report of every node',
    monitor: (_report, scene) => ({ waits: () => missing(scene) }),
  };
}

function* missing(scene: Scene): Iterable<string> {
  for (const { name } of scene.processes()) {
    if (!name.startsWith(STATUS_STORE)) continue;
    const store = scene.inspect(name) as StatusStoreView | null;
    if (store === null) {
      yield `${name} is down`;
      continue;
    }
    for (const node of nodes(scene)) {
      const view = scene.inspect(node) as NodeAgentView | null;
      if (view === null) {
        yield `${node} is down`;
        continue;
      }
      const { incarnation, sequence } = view.telemetry.status;
      const has = store.positions[node];
      if (has === undefined ? sequence > BEHIND_MAX : has.incarnation !== incarnation || has.sequence < sequence - BEHIND_MAX) {
        yield `${name} has report ${has === undefined ? 'none' : `${has.incarnation}.${has.sequence}`} of ${node}, which is at ${incarnation}.${sequence}`;
      }
    }
  }
}
