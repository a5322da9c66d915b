/**
 * The garbage collector: deletes what belongs to nobody any more, and carries out foreground and orphan
 * deletions, after Kubernetes' `pkg/controller/garbagecollector`. What it may delete is decided by owners'
 * uids, and never by what its caches lack.
 */
import { ms, type Boot, type Co } from '../../sim/index.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../api/deletion.ts';
import type { Fence, OwnerReference, Resource, ResourceKind } from '../api/resources/index.ts';
import type { Design } from '../design.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { GARBAGE_COLLECTOR_ROLE, type ControllerOptions } from './machinery/options.ts';
import { OwnerGraph } from './owner-graph.ts';

export function garbageCollector(options: ControllerOptions): Boot {
  return controller(options, (tools) => new Collector(tools, options));
}

/** The kinds that own, or are owned. */
function collectedKinds({ volumes }: Design): readonly ResourceKind[] {
  const kinds: readonly ResourceKind[] = ['Deployment', 'Workload', 'Service', 'Endpoints', 'Primary', 'DnsPlan'];
  return volumes ? [...kinds, 'Volume'] : kinds;
}

/** As Kubernetes has 20 workers; scaled to the number of objects. */
const WORKERS = 4;
/**
 * While what belongs to an object goes, its own events will tell. While an owner is known to live that the cache does not show
 * yet, nothing will when it goes before it is shown (Kubernetes looks again at a virtual node until it is observed).
 */
const LOOK_AGAIN_US = ms(1_000);
/** Owners that are known to be gone (Kubernetes: 500). A uid never comes back. */
const ABSENT_MAX = 500;

/** What is known of an owner. `waiting`: it lives until what belongs to it and blocks it is gone. */
type Standing = 'solid' | 'waiting' | 'absent';

/** Keys are uids. */
class Collector implements ControllerLogic {
  readonly role = GARBAGE_COLLECTOR_ROLE;
  readonly kinds: readonly ResourceKind[];
  readonly workers = WORKERS;
  private readonly tools: ControllerTools;
  private readonly graph = new OwnerGraph();
  private readonly absent = new Set<string>();
  private readonly trustsCache: boolean;
  private readonly collectsByName: boolean;
  private readonly ignoresWhatItFinds: boolean;
  private collected = 0;

  constructor(tools: ControllerTools, { design, defects }: ControllerOptions) {
    this.tools = tools;
    this.kinds = collectedKinds(design);
    this.trustsCache = defects.has('absent-means-deleted');
    this.collectsByName = defects.has('collect-by-name');
    this.ignoresWhatItFinds = defects.has('initial-list-not-collected');
  }

  observed(object: Resource, gone: boolean): void {
    if (gone) this.graph.remove(object.metadata.uid);
    else this.graph.add(object);
  }

  concerns({ metadata }: Resource, gone: boolean): readonly string[] {
    if (gone)
      return [
        ...this.graph.dependentsOf(metadata.uid),
        ...metadata.owners.flatMap(({ uid }) => (this.isLeaving(uid) ? [uid] : [])),
      ];
    if (this.ignoresWhatItFinds) return metadata.deletionUs === null ? [] : [metadata.uid];
    return metadata.owners.length > 0 || metadata.deletionUs !== null ? [metadata.uid] : [];
  }

  *reconcile(uid: string, fence: Fence): Co<Reconciled> {
    const object = this.graph.get(uid);
    if (object === undefined) return 'done';
    const { metadata } = object;
    if (metadata.deletionUs !== null) return yield* this.finish(object, fence);
    if (metadata.owners.length === 0) return 'done';
    const remaining: OwnerReference[] = [];
    let waiting = 0;
    for (const owner of metadata.owners) {
      const standing = yield* this.standingOf(owner);
      if (standing === null) return 'retry';
      if (standing === 'solid') remaining.push(owner);
      else if (standing === 'waiting') waiting++;
    }
    if (remaining.length === metadata.owners.length)
      return remaining.some((owner) => this.isYetToBeShown(owner)) ? LOOK_AGAIN_US : 'done';
    if (remaining.length > 0) return yield* this.change(object, { owners: remaining }, fence);
    // Its own dependents are to go before it, so that whoever waits for it waits for them as well.
    return yield* this.remove(object, waiting > 0 && this.graph.dependentsOf(uid).length > 0, fence);
  }

  inspect(): unknown {
    return { collected: this.collected, absent: this.absent.size };
  }

  private isLeaving(uid: string): boolean {
    return (this.graph.get(uid)?.metadata.deletionUs ?? null) !== null;
  }

  /** Of a kind that it keeps no cache of nothing is ever shown: such an owner is asked for again at each resync. */
  private isYetToBeShown({ kind, uid }: OwnerReference): boolean {
    return this.graph.get(uid) === undefined && this.kinds.includes(kind as ResourceKind);
  }

  /**
   * What is known of an owner; null when that cannot be learnt. That the graph lacks it proves nothing, because the caches of
   * two kinds are of two times: only the API can say (k8s#88097).
   */
  private *standingOf({ kind, name, uid }: OwnerReference): Co<Standing | null> {
    const known = this.graph.get(uid);
    if (known !== undefined) return standing(known);
    if (this.absent.has(uid) || this.trustsCache) return 'absent';
    const asked = yield* this.tools.client.get(kind as ResourceKind, name);
    if (asked.status === 'ok' && asked.value.metadata.uid === uid) return standing(asked.value);
    const isGone = asked.status === 'ok' || (asked.status === 'refused' && asked.code === 'not-found');
    if (!isGone) return null;
    if (this.absent.size >= ABSENT_MAX) this.absent.clear();
    this.absent.add(uid);
    return 'absent';
  }

  /**
   * With the uid and the version that it was judged by: whatever bears the name by now is not meant, nor an
   * object that has other owners by now.
   */
  private *remove({ kind, metadata }: Resource, inForeground: boolean, fence: Fence): Co<Reconciled> {
    const { name, uid, resourceVersion } = metadata;
    const options = inForeground ? ({ fence, propagation: 'foreground' } as const) : { fence };
    const preconditions = this.collectsByName ? options : { ...options, uid, resourceVersion };
    const outcome = yield* this.tools.client.delete(kind, name, preconditions);
    if (outcome.status === 'ok') this.collected++;
    return outcome.status === 'refused' && outcome.code === 'not-found' ? 'done' : reconciledBy(outcome);
  }

  // ── objects whose deletion waits for the collector ───────────────────────────────────────────────────────────────

  private *finish(object: Resource, fence: Fence): Co<Reconciled> {
    const { uid, finalizers } = object.metadata;
    if (finalizers.includes(ORPHAN_FINALIZER)) return yield* this.orphan(object, fence);
    if (!finalizers.includes(FOREGROUND_FINALIZER)) return 'done';
    const dependents = this.graph.dependentsOf(uid);
    if (!dependents.some((dependent) => this.blocks(dependent, uid)))
      return yield* this.release(object, FOREGROUND_FINALIZER, fence);
    for (const dependent of dependents) this.tools.queue.add(dependent);
    return LOOK_AGAIN_US;
  }

  private blocks(dependent: string, owner: string): boolean {
    return (
      this.graph
        .get(dependent)
        ?.metadata.owners.some(({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion === true) ?? false
    );
  }

  /** Who belongs to it is asked of the API: one that the graph lacks would be collected as soon as its owner is gone. */
  private *orphan(object: Resource, fence: Fence): Co<Reconciled> {
    const { uid } = object.metadata;
    for (const kind of this.kinds) {
      const listed = yield* this.tools.client.list(kind);
      if (listed.status !== 'ok') return reconciledBy(listed);
      for (const dependent of listed.value.items) {
        const { owners } = dependent.metadata;
        const others = owners.filter((owner) => owner.uid !== uid);
        if (others.length === owners.length) continue;
        const freed = yield* this.change(dependent, { owners: others }, fence);
        if (freed !== 'done') return freed;
      }
    }
    return yield* this.release(object, ORPHAN_FINALIZER, fence);
  }

  private release(object: Resource, finalizer: string, fence: Fence): Co<Reconciled> {
    return this.change(object, { finalizers: object.metadata.finalizers.filter((name) => name !== finalizer) }, fence);
  }

  private *change(
    { kind, metadata }: Resource,
    own: Partial<Pick<Resource['metadata'], 'owners' | 'finalizers'>>,
    fence: Fence,
  ): Co<Reconciled> {
    const outcome = yield* this.tools.client.update(kind, metadata.name, metadata.resourceVersion, { metadata: own, fence });
    return outcome.status === 'refused' && outcome.code === 'not-found' ? 'done' : reconciledBy(outcome);
  }
}

function standing({ metadata }: Resource): Standing {
  return metadata.deletionUs !== null && metadata.finalizers.includes(FOREGROUND_FINALIZER) ? 'waiting' : 'solid';
}
