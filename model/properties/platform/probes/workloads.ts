/** Probes of workloads, roll-outs, nodes and regions. */
import { seconds, type Boundary, type Micros, type Monitor } from '../../../../sim/index.ts';
import {
  DRAIN_TAINT,
  isTainted,
  nodeLeaseName,
  objectKey,
  type Cluster,
  type Deployment,
  type Node,
  type Workload,
} from '../../../api/resources/index.ts';
import { expectationExpiredBoundary } from '../../../controllers/machinery/expectations.ts';
import { evictionHeldBackBoundary, sawNobodyBoundary } from '../../../controllers/node-lifecycle/node-lifecycle.ts';
import { GARBAGE_COLLECTOR_ROLE } from '../../../controllers/machinery/options.ts';
import { isRemoved } from '../../../controllers/removed-nodes.ts';
import type { CommitJournal } from '../journal.ts';
import { commits, type PlatformSight } from './sight.ts';

/** Longer than any node lets its lease rest while it lives. */
const SILENCE_US = seconds(3);

export function workloadMoved({ hit, scene, journal }: PlatformSight): Monitor {
  const renewedUs = new Map<string, Micros>();
  const isSilent = (node: string): boolean => scene.nowUs() - (renewedUs.get(nodeLeaseName(node)) ?? 0) > SILENCE_US;
  /** Owners that lost a workload with its node. */
  const bereft = new Set<string>();
  return commits(journal, ['Lease', 'Workload'], ({ object, previous }) => {
    if (object?.kind === 'Lease') {
      renewedUs.set(object.metadata.name, scene.nowUs());
    } else if (previous?.kind === 'Workload') {
      const { spec, metadata } = previous as Workload;
      const isGivenUp = metadata.deletionUs === null && (object === null || object.metadata.deletionUs !== null);
      if (isGivenUp && spec.node !== '' && isSilent(spec.node)) bereft.add(spec.owner);
      const node = (object as Workload | null)?.spec.node ?? '';
      if (spec.node === '' && node !== '' && bereft.has(spec.owner) && !isSilent(node)) hit();
    }
  });
}

function crossing({ hit }: PlatformSight, where: Boundary<never>): Monitor {
  return {
    sees: (what) => what === where,
    crossed: (_process, what) => {
      if (what === where) hit();
    },
  };
}

export function expectationExpired(sight: PlatformSight): Monitor {
  return crossing(sight, expectationExpiredBoundary);
}

export function zonesBlind(sight: PlatformSight): Monitor {
  return crossing(sight, sawNobodyBoundary);
}

export function evictionHeldBack(sight: PlatformSight): Monitor {
  return crossing(sight, evictionHeldBackBoundary);
}

export function cascadingDeletion({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['deletion'], ({ object, previous, authority }) => {
    const isDeletion =
      previous !== null && previous.metadata.deletionUs === null && (object === null || object.metadata.deletionUs !== null);
    if (isDeletion && authority?.role === GARBAGE_COLLECTOR_ROLE) hit();
  });
}

export function rollOutHalted({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['Deployment'], ({ object, previous }) => {
    if (object?.kind !== 'Deployment' || previous?.kind !== 'Deployment') return;
    if ((previous as Deployment).spec.paused && !(object as Deployment).spec.paused) hit();
  });
}

export function rolledBack({ hit, journal }: PlatformSight): Monitor {
  /** By uid of the deployment, the images that it had. */
  const had = new Map<string, Set<string>>();
  return commits(journal, ['Deployment'], ({ object, previous }) => {
    if (object?.kind !== 'Deployment') return;
    const { metadata, spec } = object as Deployment;
    const images = had.get(metadata.uid) ?? new Set<string>();
    had.set(metadata.uid, images);
    const before = (previous as Deployment | null)?.spec.image ?? spec.image;
    if (before !== spec.image && images.has(spec.image)) hit();
    images.add(spec.image);
  });
}

/** As many as may stand do stand: those asked for, and all of the surge. */
export function surgeReached({ hit, journal }: PlatformSight): Monitor {
  const mostOf = new Map<string, number>();
  const liveOf = new Map<string, number>();
  return commits(journal, ['Deployment', 'Workload'], ({ object, previous }) => {
    if (object?.kind === 'Deployment') {
      const { replicas, maxSurge, identity } = (object as Deployment).spec;
      mostOf.set(object.metadata.uid, identity === 'none' && maxSurge > 0 ? replicas + maxSurge : Infinity);
    }
    const workload = (object ?? previous) as Workload | null;
    if (workload?.kind !== 'Workload') return;
    const { owner } = workload.spec;
    const isLive = object !== null && object.metadata.deletionUs === null;
    const wasLive = previous !== null && previous.metadata.deletionUs === null;
    if (isLive === wasLive) return;
    const live = (liveOf.get(owner) ?? 0) + (isLive ? 1 : -1);
    liveOf.set(owner, live);
    if (isLive && live === mostOf.get(owner)) hit();
  });
}

export function nodeDrained({ hit, journal }: PlatformSight): Monitor {
  const draining = new Set<string>();
  const onNode = new Map<string, number>();
  return commits(journal, ['Node', 'Workload'], ({ object, previous }) => {
    if (object?.kind === 'Node') {
      if (isTainted(object as Node, DRAIN_TAINT)) draining.add(object.metadata.name);
      else draining.delete(object.metadata.name);
      return;
    }
    const node = (object as Workload | null)?.spec.node ?? '';
    const before = (previous as Workload | null)?.spec.node ?? '';
    if ((object ?? previous)?.kind !== 'Workload' || node === before) return;
    if (node !== '') onNode.set(node, (onNode.get(node) ?? 0) + 1);
    if (before === '') return;
    const left = (onNode.get(before) ?? 0) - 1;
    onNode.set(before, left);
    if (left === 0 && draining.has(before)) hit();
  });
}

export function nodeLeft({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['Node'], ({ object, previous }) => {
    if (object === null && previous?.kind === 'Node' && isOut(journal, previous as Node)) hit();
  });
}

export function nodeJoined({ hit, journal }: PlatformSight): Monitor {
  const left = new Set<string>();
  return commits(journal, ['Node'], ({ object, previous }) => {
    if (object === null && previous?.kind === 'Node' && isOut(journal, previous as Node)) left.add(previous.metadata.name);
    else if (object?.kind === 'Node' && previous === null && left.has(object.metadata.name) && !isOut(journal, object as Node))
      hit();
  });
}

function isOut(journal: CommitJournal, { metadata, spec }: Node): boolean {
  const cluster = journal.objects.get(objectKey('Cluster', spec.region)) as Cluster | undefined;
  return cluster !== undefined && isRemoved(cluster, metadata.name);
}

export function regionLeft({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['Cluster'], ({ object, previous }) => {
    if (object === null && previous?.kind === 'Cluster') hit();
  });
}

export function regionJoined({ hit, journal }: PlatformSight): Monitor {
  const left = new Set<string>();
  return commits(journal, ['Cluster'], ({ object, previous }) => {
    if (object === null && previous?.kind === 'Cluster') left.add((previous as Cluster).spec.region);
    else if (object?.kind === 'Cluster' && previous === null && left.has((object as Cluster).spec.region)) hit();
  });
}

export function identityMoved({ hit, journal }: PlatformSight): Monitor {
  /** By identity, the node it was on. */
  const nodes = new Map<string, string>();
  return commits(journal, ['Workload'], ({ object }) => {
    if (object?.kind !== 'Workload') return;
    const { identity, node } = (object as Workload).spec;
    if (identity === '' || node === '') return;
    if ((nodes.get(identity) ?? node) !== node) hit();
    nodes.set(identity, node);
  });
}

export function restarted({ hit, journal }: PlatformSight): Monitor {
  return commits(journal, ['Workload'], ({ object }) => {
    if (object?.kind === 'Workload' && (object as Workload).status.restarts > 0) hit();
  });
}

export function finalizerHeld({ hit, journal }: PlatformSight): Monitor {
  const held = new Set<string>();
  return commits(journal, ['deletion'], ({ key, object }) => {
    if (object === null) {
      if (held.delete(key)) hit();
    } else if (object.metadata.deletionUs !== null && object.metadata.finalizers.length > 0) held.add(key);
  });
}
