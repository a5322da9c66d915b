/** Sound placement: where the scheduler binds a workload, by what had been committed long enough for its caches to show it. */
import { formatTime, seconds, type Micros, type Property } from '../../../../sim/index.ts';
import { isLeaving, type Cluster, type Node, type Resource, type Workload } from '../../../api/resources/index.ts';
import { CalmJudge, CalmMonitor } from '../calm-monitor.ts';
import type { Change, JournalOf } from '../journal.ts';

/**
 * Judged when a binding is committed: the node takes work, has room, and no region that could have taken the workload holds fewer
 * of its deployment (Kubernetes' filters NodeUnschedulable, TaintToleration and NodeResourcesFit, and PodTopologySpread). The
 * scheduler decides by caches and a while before the commit, and no agent refuses what is too much for its node. So it is held
 * only to what has been so for `LAG_US`, and to what it has just bound itself under the same token; and only while nothing has gone
 * wrong for `SETTLED_US` but that machines are without power: a cache whose watch is cut may be older than any bound.
 */
export function soundPlacement(journalOf: JournalOf): Property {
  return {
    id: 'platform/sound-placement',
    kind: 'always',
    title: 'a workload is bound to a node that takes work and has room, in a region that holds fewest of its deployment',
    monitor: (report, scene, keepEvidence) =>
      new CalmMonitor(report, scene, {
        journal: journalOf(scene),
        subjects: ['Node', 'Cluster', 'Workload'],
        judge: () => new Judge(),
        keepEvidence,
      }),
  };
}

/** What a cache shows, and what is decided by it and under way. */
const LAG_US = seconds(3);
/** For so long the scheduler remembers what it has bound, whatever its cache shows. */
const ASSUMED_US = seconds(2);
/** For watches to find their servers again, and leaders their lease. */
const SETTLED_US = seconds(8);

/** A node, its object's spec and readiness unchanged since then. */
interface Known {
  readonly node: Node;
  readonly sinceUs: Micros;
}

/** A workload on its node. */
interface Bound {
  readonly owner: string;
  readonly node: string;
  readonly sinceUs: Micros;
  /** Under which it was bound. */
  readonly token: number | null;
  /** Deleted, or gone, since then. */
  readonly endedUs: Micros | null;
  readonly goneUs: Micros | null;
}

class Judge extends CalmJudge {
  private readonly nodes = new Map<string, Known>();
  /** By name, of all nodes there ever were. */
  private readonly regionOf = new Map<string, string>();
  /** Regions that are in service, since when. */
  private readonly active = new Map<string, Micros>();
  /** By uid. */
  private readonly bound = new Map<string, Bound>();

  /** What is wrong with the binding, if it is one, in words. */
  override changed({ object, previous, authority }: Change, nowUs: Micros): string | null {
    const either = object ?? previous;
    if (either?.kind === 'Node') this.changedNode(object as Node | null, previous as Node | null, nowUs);
    else if (either?.kind === 'Cluster') this.changedCluster(object as Cluster | null, either as Cluster, nowUs);
    if (either?.kind !== 'Workload') return null;
    const workload = object as Workload | null;
    const token = authority?.token ?? null;
    const isBinding = workload !== null && workload.spec.node !== '' && (previous as Workload | null)?.spec.node === '';
    const fault = isBinding ? this.judge(workload, token, nowUs) : null;
    this.changedWorkload(workload, either, token, nowUs);
    return fault;
  }

  private changedNode(node: Node | null, previous: Node | null, nowUs: Micros): void {
    const { name } = ((node ?? previous) as Node).metadata;
    if (node === null) {
      this.nodes.delete(name);
      return;
    }
    this.regionOf.set(name, node.spec.region);
    const isSame = previous !== null && stateOf(previous) === stateOf(node);
    this.nodes.set(name, { node, sinceUs: isSame ? (this.nodes.get(name)?.sinceUs ?? nowUs) : nowUs });
  }

  private changedCluster(cluster: Cluster | null, { spec }: Cluster, nowUs: Micros): void {
    if (cluster?.spec.state !== 'active') this.active.delete(spec.region);
    else if (!this.active.has(spec.region)) this.active.set(spec.region, nowUs);
  }

  private changedWorkload(workload: Workload | null, { metadata: { uid } }: Resource, token: number | null, nowUs: Micros): void {
    const before = this.bound.get(uid);
    const hasEnded = workload === null || workload.metadata.deletionUs !== null;
    if (before !== undefined) {
      const endedUs = before.endedUs ?? (hasEnded ? nowUs : null);
      this.bound.set(uid, { ...before, endedUs, goneUs: workload === null ? nowUs : null });
    } else if (workload !== null && workload.spec.node !== '') {
      const { owner, node } = workload.spec;
      this.bound.set(uid, { owner, node, sinceUs: nowUs, token, endedUs: hasEnded ? nowUs : null, goneUs: null });
    }
  }

  private judge({ metadata, spec }: Workload, token: number | null, nowUs: Micros): string | null {
    for (const [uid, { goneUs }] of this.bound) if (goneUs !== null && nowUs - goneUs > LAG_US) this.bound.delete(uid);
    const calmSinceUs = this.troubles.calmSinceUs(nowUs);
    const known = this.nodes.get(spec.node);
    if (calmSinceUs === null || nowUs - calmSinceUs < SETTLED_US || known === undefined) return null;
    const { node, sinceUs } = known;
    const what = `${metadata.name} is bound to ${spec.node}`;
    if (!takesWork(node) && nowUs - sinceUs > LAG_US)
      return `${what}, which has taken no work for ${formatTime(nowUs - sinceUs)}: ${stateOf(node)}`;
    const isKnown = (bound: Bound): boolean =>
      nowUs - bound.sinceUs > LAG_US || (nowUs - bound.sinceUs < ASSUMED_US && token !== null && bound.token === token);
    const load = this.count((bound) => bound.node === spec.node && bound.goneUs === null && isKnown(bound));
    if (load >= node.spec.capacity) return `${what}, which has room for ${node.spec.capacity} and held ${load} already`;
    const { region } = node.spec;
    const here = this.count((bound) => {
      const at = this.nodes.get(bound.node);
      const counts = at !== undefined && !isLeaving(at.node) && nowUs - at.sinceUs > LAG_US && at.node.spec.region === region;
      return counts && bound.owner === spec.owner && bound.endedUs === null && isKnown(bound);
    });
    for (const other of this.regionsWithRoom(nowUs)) {
      const there = this.count(
        (bound) =>
          bound.owner === spec.owner &&
          this.regionOf.get(bound.node) === other &&
          (bound.endedUs === null || nowUs - bound.endedUs <= LAG_US),
      );
      if (there < here)
        return `${what} in ${region}, which held ${here} of ${spec.ownerName}, while ${other} had room and held ${there}`;
    }
    return null;
  }

  /** Regions that have been in service, with a node that has taken work and has had room. */
  private regionsWithRoom(nowUs: Micros): ReadonlySet<string> {
    const regions = new Set<string>();
    for (const [name, { node, sinceUs }] of this.nodes) {
      const activeUs = this.active.get(node.spec.region);
      if (activeUs === undefined || nowUs - activeUs <= LAG_US || !takesWork(node) || nowUs - sinceUs <= LAG_US) continue;
      // Those included that are gone and may be shown still.
      if (this.count((bound) => bound.node === name) < node.spec.capacity) regions.add(node.spec.region);
    }
    return regions;
  }

  private count(which: (bound: Bound) => boolean): number {
    let count = 0;
    for (const bound of this.bound.values()) if (which(bound)) count++;
    return count;
  }
}

function takesWork({ metadata, spec, status }: Node): boolean {
  return !spec.unschedulable && spec.taints.length === 0 && metadata.deletionUs === null && status.readiness === 'ready';
}

/** What of a node the scheduler goes by. */
function stateOf({ metadata, spec, status }: Node): string {
  const taints = spec.taints.map(({ key }) => `, tainted ${key}`).join('');
  return `${status.readiness}${spec.unschedulable ? ', cordoned' : ''}${metadata.deletionUs === null ? '' : ', being deleted'}${taints}`;
}
