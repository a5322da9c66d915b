/** Probes of volumes. */
import type { Boundary, Monitor } from '../../../../sim/index.ts';
import type { Volume } from '../../../api/resources/index.ts';
import { LIFECYCLE_ROLE } from '../../../controllers/machinery/options.ts';
import { acceptedBoundary, type AcceptedAction } from '../../../outside/accepted.ts';
import { commits, type PlatformSight } from './sight.ts';

export function volumeMoved({ hit }: PlatformSight): Monitor {
  /** By volume, the node that it was attached to last. */
  const nodes = new Map<string, string>();
  return accepted(({ action, resource, node }) => {
    if (action !== 'attach') return;
    if ((nodes.get(resource) ?? node) !== node) hit();
    nodes.set(resource, node);
  });
}

/** Nobody there has said that it has let go: whoever looks after nodes knows that it must have. */
export function volumeTakenFromLostNode({ hit, journal }: PlatformSight): Monitor {
  /** Uids of workloads that were removed for their node. */
  const removed = new Set<string>();
  const follows = commits(journal, ['Workload'], ({ object, previous, authority }) => {
    if (object === null && previous?.kind === 'Workload' && authority?.role === LIFECYCLE_ROLE)
      removed.add(previous.metadata.uid);
  });
  const sees = accepted(({ action, workload, node }) => {
    if (action === 'detach' && node !== '' && removed.has(workload)) hit();
  });
  return { ...follows, ...sees };
}

export function volumeHeldInUse({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['Volume'], ({ object, previous }) => {
    if (object?.kind !== 'Volume' || object.metadata.deletionUs === null || previous?.metadata.deletionUs !== null) return;
    if ((object as Volume).status.attachment !== null) hit();
  });
}

function accepted(take: (action: AcceptedAction) => void): Monitor {
  return {
    sees: (what) => what === (acceptedBoundary as Boundary),
    crossed: (_process, what, body) => {
      if (what === (acceptedBoundary as Boundary)) take(body as AcceptedAction);
    },
  };
}
