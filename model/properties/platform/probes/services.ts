/** Probes of services: what users, gateways, primaries and names must have met with. */
import type { Boundary, Monitor } from '../../../../sim/index.ts';
import type { Primary } from '../../../api/resources/index.ts';
import { checkedBoundary, routedBoundary, type CheckedBackend, type RoutedRequest } from '../../../regions/gateway-methods.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../../regions/serving/methods.ts';
import { toldUserBoundary, type ToldUser } from '../../../regions/user.ts';
import { refusals } from '../../shared/probe.ts';
import { isControl, QuorumWatch } from '../quorum-watch.ts';
import { commits, type PlatformSight } from './sight.ts';

export function primaryReplaced({ hit }: PlatformSight): Monitor {
  const epochs = new Map<string, number>();
  return {
    sees: (what) => what === (acceptedWriteBoundary as Boundary),
    crossed: (_process, what, body) => {
      if (what !== (acceptedWriteBoundary as Boundary)) return;
      const { service, epoch } = body as AcceptedWrite;
      if (epoch > (epochs.get(service) ?? epoch)) hit();
      epochs.set(service, epoch);
    },
  };
}

/** Errors are counted and bounded by nothing: some must be seen, or the users of a swarm are not where its faults are. */
export function usersWentWithout({ hit }: PlatformSight): Monitor {
  const served = new Set<string>();
  return {
    sees: (what) => what === (toldUserBoundary as Boundary),
    crossed: ({ name }, what, body) => {
      if (what !== (toldUserBoundary as Boundary)) return;
      const { service, operation, error } = body as ToldUser;
      const wish = `${name} ${operation} ${service}`;
      if (error === '') served.add(wish);
      else if (served.has(wish)) hit();
    },
  };
}

/** Somebody else is put into office while the machine of the one before goes on: it must notice by itself. */
export function oldPrimaryAlive({ hit, scene, journal }: PlatformSight): Monitor {
  /** By service, the node of who was in office last. */
  const nodes = new Map<string, string>();
  return commits(journal, ['Primary'], ({ object }) => {
    if (object?.kind !== 'Primary') return;
    const { service, workload, node } = (object as Primary).spec;
    if (workload === '') return;
    const before = nodes.get(service) ?? node;
    nodes.set(service, node);
    if (before !== node && scene.processes().some(({ name, running }) => name === before && running)) hit();
  });
}

export function epochRefused({ hit }: PlatformSight): Monitor {
  return refusals(({ code }) => {
    if (code === 'not-in-office' || code === 'newer-epoch') hit();
  });
}

/** While the store has no majority nobody can be told anything new. */
export function servedLastGood({ hit, scene }: PlatformSight): Monitor {
  const quorum = new QuorumWatch(scene);
  return {
    attends: isControl,
    stepped: () => void quorum.stepped(),
    sees: (what) => what === (routedBoundary as Boundary),
    crossed: (_process, what, body) => {
      if (what === (routedBoundary as Boundary) && !quorum.exists && (body as RoutedRequest).workload !== '') hit();
    },
  };
}

export function backendRecovered({ hit }: PlatformSight): Monitor {
  const silent = new Set<string>();
  return {
    sees: (what) => what === (checkedBoundary as Boundary),
    crossed: ({ name }, what, body) => {
      if (what !== (checkedBoundary as Boundary)) return;
      const { workload, ok } = body as CheckedBackend;
      const seen = `${name} ${workload}`;
      if (!ok) silent.add(seen);
      else if (silent.delete(seen)) hit();
    },
  };
}

/** Name of the process. */
const DNS_PROVIDER = 'dns';

/** The provider compares the plan in force with the one that an enactor saw. */
export function planRaced({ hit }: PlatformSight): Monitor {
  return refusals(({ code }, { name }) => {
    if (name === DNS_PROVIDER && (code === 'conflict' || code === 'active')) hit();
  });
}
