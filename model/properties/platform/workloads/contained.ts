/** Contained: what goes wrong in one zone costs nothing elsewhere, and no zone more at a time than it may. */
import type { Boundary, Kind, Micros, Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { deleteMethod, updateMethod, type DeleteRequest, type UpdateRequest } from '../../../api/methods.ts';
import {
  isNodeLease,
  isTainted,
  objectKey,
  REGION_DRAIN_TAINT,
  UNREACHABLE_TAINT,
  type Cluster,
  type Lease,
  type Node,
  type Workload,
} from '../../../api/resources/index.ts';
import { LIFECYCLE_ROLE } from '../../../controllers/machinery/options.ts';
import { expectsNodeBoundary } from '../../../controllers/node-lifecycle/node-lifecycle.ts';
import type { Design } from '../../../design.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from '../journal.ts';
import { LATE_US, leastUs, Silences } from './silences.ts';

/**
 * What is committed under the authority of the node lifecycle controller is judged by how things stood when the controller asked
 * for it: the request may stand in the log of a leader that is cut off, and be committed when everything is different. What runs
 * on a node is evicted only when its lease was not renewed for the grace, in a time in which other nodes' were, and when it has
 * been given up for the toleration. A node is given up for the same reason, and the nodes of a zone one after the other. Nodes are emptied for good when their own region is, and a
 * region stays in service for what they ran.
 */
export function contained(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/contained',
    kind: 'always',
    title:
      'nothing is evicted from a node that is heard from, before it has been given up for the toleration, or by a controller that hears from none; the nodes of a zone are given up one by one, and never are all regions drained',
    monitor: (report, scene, keepEvidence) => new Contained(report, scene, { journal: journalOf(scene), design, keepEvidence }),
  };
}

/** Requests remembered: what was asked for longer ago is done, or will never be. */
const REQUESTS = 4_096;

const deleteRequest = deleteMethod.request as Kind;
const updateRequest = updateMethod.request as Kind;

/** The lifecycle controller asks for a node to be changed, or for a workload to go. */
type Asking = UpdateRequest | DeleteRequest;

/** Something that a controller asks for; or it is told of a node that it did not know. */
interface Act {
  readonly controller: string;
  readonly step: number;
  readonly nowUs: Micros;
  readonly asking: Asking | null;
}

/** When something was asked for, and what was wrong with it then: null when nothing was. */
interface Asked {
  readonly atUs: Micros;
  readonly wrong: string | null;
}

interface Options {
  readonly journal: CommitJournal;
  readonly design: Design;
  readonly keepEvidence: boolean;
}

class Contained implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly design: Design;
  private readonly judge: Judge;
  private readonly evidence: { readonly entries: readonly FirstApplied[]; readonly acts: Act[] } | null;

  constructor(report: Report, scene: Scene, { journal, design, keepEvidence }: Options) {
    this.report = report;
    this.scene = scene;
    this.design = design;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), 'Cluster', 'Lease', 'Node', 'Workload', 'grant');
    this.judge = new Judge(journal, design);
    this.evidence = keepEvidence ? { entries: journal.keep(scene), acts: [] } : null;
  }

  hears(what: Kind): boolean {
    return what === deleteRequest || what === updateRequest;
  }

  sent(from: Process, _to: Process, _what: Kind, message: unknown): void {
    const asking = (message as { readonly body: Asking }).body;
    if (asking.fence?.role === LIFECYCLE_ROLE) this.acts(from, asking);
  }

  sees(what: Boundary): boolean {
    return what === expectsNodeBoundary;
  }

  crossed(process: Process): void {
    this.acts(process, null);
  }

  private acts({ name }: Process, asking: Asking | null): void {
    const act: Act = { controller: name, step: this.scene.step(), nowUs: this.scene.nowUs(), asking };
    this.evidence?.acts.push(act);
    this.judge.acts(act);
  }

  private committed(changes: readonly Change[]): void {
    const broken = this.judge.committed(changes, this.scene.nowUs());
    if (broken !== null) this.report.violated(broken);
  }

  fullCheck(): string | null {
    const { entries, acts } = this.evidence ?? { entries: [], acts: [] };
    const journal = new CommitJournal();
    const judge = new Judge(journal, this.design);
    let next = 0;
    for (const { step, nowUs, entry } of entries) {
      for (let act = acts[next]; act !== undefined && act.step < step; act = acts[++next]) judge.acts(act);
      const broken = judge.committed(journal.see(entry) ?? [], nowUs);
      if (broken !== null) return broken;
    }
    return null;
  }
}

class Judge {
  private readonly journal: CommitJournal;
  private readonly silences: Silences;
  private readonly intervalUs: Micros;
  /** By region, when it was last being drained, or not in service. */
  private readonly leavingUs = new Map<string, Micros>();
  private readonly inService = new Set<string>();
  /** Of the object of a node, by its name. */
  private readonly versions = new Map<string, number>();
  /** By uid of the workload that is to go, or by {@link tainting}. */
  private readonly requests = new Map<string, Asked>();
  /** By uid, of workloads whose node was not there when they were bound to it, or has gone since. */
  private readonly orphans = new Set<string>();
  /** By region and token, when it was asked for the last node to be given up. */
  private readonly givenUpUs = new Map<string, Micros>();
  /** By node that is given up, since when. */
  private readonly taintedUs = new Map<string, Micros>();
  /** By node, when it was last given up until: a controller whose cache is late may count on from there. */
  private readonly untaintedUs = new Map<string, Micros>();
  private readonly tolerationUs: Micros;

  constructor(journal: CommitJournal, design: Design) {
    this.journal = journal;
    this.silences = new Silences(design);
    this.intervalUs = leastUs(design.evictionIntervalUs);
    this.tolerationUs = leastUs(design.tolerationUs);
  }

  /** To be told of all that controllers do. */
  acts({ controller, nowUs, asking }: Act): void {
    if (asking === null) this.silences.expects(controller, nowUs);
    else this.asked(asking, controller, nowUs);
  }

  private asked(asking: Asking, controller: string, nowUs: Micros): void {
    const object = this.journal.objects.get(objectKey(asking.kind, asking.name));
    if (object?.kind === 'Workload' && 'uid' in asking && asking.uid === object.metadata.uid) {
      this.remember(asking.uid, { atUs: nowUs, wrong: this.wrongToEvict(object as Workload, controller, nowUs) });
    }
    // An update of another version than the newest is refused.
    if (
      object?.kind !== 'Node' ||
      !('spec' in asking) ||
      asking.spec === null ||
      asking.resourceVersion !== this.versions.get(asking.name)
    )
      return;
    const before = object as Node;
    const taint = newTaint({ ...before, spec: asking.spec } as Node, before);
    if (taint !== null)
      this.remember(tainting(before, asking.resourceVersion, taint), {
        atUs: nowUs,
        wrong: this.wrongToTaint(before, taint, nowUs),
      });
  }

  /** A request is repeated when nobody knows what became of it: it was right if it was once. */
  private remember(what: string, asked: Asked): void {
    if (this.requests.get(what)?.wrong === null) return;
    this.requests.delete(what);
    this.requests.set(what, asked);
    forgetOldest(this.requests, REQUESTS);
  }

  private recall(what: string): Asked | undefined {
    const asked = this.requests.get(what);
    this.requests.delete(what);
    return asked;
  }

  /** To be told of every entry. What is broken by one of its changes. */
  committed(changes: readonly Change[], nowUs: Micros): string | null {
    for (const change of changes) {
      const broken = this.changed(change, nowUs);
      if (broken !== null) return broken;
    }
    return null;
  }

  private changed(change: Change, nowUs: Micros): string | null {
    const { object, previous, granted } = change;
    if (granted?.role === LIFECYCLE_ROLE) this.silences.led(nowUs);
    const subject = object ?? previous;
    switch (subject?.kind) {
      case 'Lease':
        if (object !== null && isNodeLease(subject.metadata.name)) this.silences.renewed((object as Lease).spec.holder, nowUs);
        return null;
      case 'Cluster':
        if (object === null || (previous as Cluster | null)?.spec.state === 'draining')
          this.leavingUs.set(subject.metadata.name, nowUs);
        return this.served(subject.metadata.name, (object as Cluster | null)?.spec.state === 'active');
      case 'Node':
        return this.updated(change, subject.metadata.name, nowUs);
      case 'Workload':
        this.bound(subject as Workload, object !== null);
        return this.evicted(change, nowUs);
      default:
        return null;
    }
  }

  private served(region: string, isInService: boolean): string | null {
    if (isInService) this.inService.add(region);
    else if (this.inService.delete(region) && this.inService.size === 0)
      return `${region} goes out of service, and no other region is in it`;
    return null;
  }

  private bound({ metadata, spec }: Workload, stands: boolean): void {
    if (!stands) this.orphans.delete(metadata.uid);
    else if (spec.node !== '' && !this.journal.objects.has(objectKey('Node', spec.node))) this.orphans.add(metadata.uid);
  }

  private evicted({ object, previous, authority }: Change, nowUs: Micros): string | null {
    const isEvicted = previous?.metadata.deletionUs === null && (object === null || object.metadata.deletionUs !== null);
    if (!isEvicted || authority?.role !== LIFECYCLE_ROLE) return null;
    const asked = this.recall(previous.metadata.uid);
    return asked === undefined ? this.wrongToEvict(previous as Workload, '', nowUs) : asked.wrong;
  }

  private wrongToEvict({ metadata, spec }: Workload, controller: string, nowUs: Micros): string | null {
    const node = this.journal.objects.get(objectKey('Node', spec.node)) as Node | undefined;
    // What is bound to a node that there is not, or to one of a region that has left, is nobody's.
    if (node === undefined || !this.journal.objects.has(objectKey('Cluster', node.spec.region))) return null;
    // Or was, when whoever decides asked after the node, which has joined since.
    if (this.orphans.has(metadata.uid) && this.silences.hasJustJoined(spec.node, nowUs)) return null;
    const wrong = this.silences.wrongToEvict(spec.node, controller, nowUs);
    if (wrong !== null) return `${metadata.name} is evicted from ${spec.node} ${wrong}`;
    const givenUpForUs = nowUs - (this.taintedUs.get(spec.node) ?? -this.tolerationUs);
    return givenUpForUs >= this.tolerationUs
      ? null
      : `${metadata.name} is evicted from ${spec.node} ${givenUpForUs} µs after that was given up`;
  }

  private updated({ object, previous, authority, revision }: Change, name: string, nowUs: Micros): string | null {
    const version = this.versions.get(name) ?? 0;
    if (object === null) this.left(name);
    else this.versions.set(name, revision);
    this.tainted(object as Node | null, name, nowUs);
    if (previous === null) this.silences.registered(name, nowUs);
    if (object === null || previous === null || authority?.role !== LIFECYCLE_ROLE) return null;
    const before = previous as Node;
    const taint = newTaint(object as Node, before);
    if (taint === null) return null;
    const { atUs, wrong } = this.recall(tainting(before, version, taint)) ?? {
      atUs: nowUs,
      wrong: this.wrongToTaint(before, taint, nowUs),
    };
    return wrong ?? (taint === UNREACHABLE_TAINT ? this.givenUp(before, `${before.spec.region} ${authority.token}`, atUs) : null);
  }

  private tainted(node: Node | null, name: string, nowUs: Micros): void {
    if (node !== null && isTainted(node, UNREACHABLE_TAINT)) {
      const isNew = nowUs - (this.untaintedUs.get(name) ?? -LATE_US) >= LATE_US;
      if (isNew && !this.taintedUs.has(name)) this.taintedUs.set(name, nowUs);
    } else if (this.taintedUs.delete(name)) this.untaintedUs.set(name, nowUs);
  }

  private left(node: string): void {
    this.versions.delete(node);
    for (const { kind, metadata, spec } of this.journal.objects.values())
      if (kind === 'Workload' && (spec as Workload['spec']).node === node) this.orphans.add(metadata.uid);
  }

  private wrongToTaint({ metadata, spec }: Node, taint: string, nowUs: Micros): string | null {
    if (taint === REGION_DRAIN_TAINT)
      return this.isLeaving(spec.region, nowUs)
        ? null
        : `${metadata.name} is to be emptied, although nobody drains ${spec.region}`;
    const wrong = this.silences.wrongToGiveUp(metadata.name, nowUs);
    return wrong === null ? null : `${metadata.name} is given up ${wrong}`;
  }

  /** One after the other, by when it was asked for. */
  private givenUp({ metadata, spec }: Node, turn: string, atUs: Micros): string | null {
    const lastUs = this.givenUpUs.get(turn);
    this.givenUpUs.set(turn, atUs);
    const apartUs = Math.abs(atUs - (lastUs ?? -this.intervalUs));
    return apartUs >= this.intervalUs
      ? null
      : `${metadata.name} is given up within ${apartUs} µs of another node of ${spec.region}`;
  }

  private isLeaving(region: string, nowUs: Micros): boolean {
    const cluster = this.journal.objects.get(objectKey('Cluster', region)) as Cluster | undefined;
    return cluster?.spec.state !== 'active' || nowUs - (this.leavingUs.get(region) ?? -LATE_US) < LATE_US;
  }
}

/** The taint that empties the node from now on, or null. */
function newTaint(now: Node, before: Node): string | null {
  return [REGION_DRAIN_TAINT, UNREACHABLE_TAINT].find((taint) => isTainted(now, taint) && !isTainted(before, taint)) ?? null;
}

/** The key of a request to taint a node: it includes the version of the node, since the request is refused at any other. */
function tainting({ metadata }: Node, version: number, taint: string): string {
  return `${metadata.name} ${version} ${taint}`;
}
