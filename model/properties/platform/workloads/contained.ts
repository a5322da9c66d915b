/** Contained: what goes wrong in one zone costs nothing elsewhere, and no zone more at a time than it may. */
import { seconds, type Micros, type Monitor, type Observer, type Property, type Report, type Scene } from '../../../../sim/index.ts';
import { isNodeLease, isTainted, objectKey, REGION_DRAIN_TAINT, UNREACHABLE_TAINT, type Cluster, type Lease, type Node, type Workload } from '../../../api/resources/index.ts';
import { LIFECYCLE_ROLE } from '../../../controllers/machinery/options.ts';
import type { Design } from '../../../design.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from '../journal.ts';

/**
 * Judged at commits under the authority of the node lifecycle controller. What runs on a node is evicted only when its lease was not renewed for
 * the grace, in a time in which other nodes' were. A node is given up for the same reason, and of a zone one after the other. Nodes are emptied for good when
 * their own region is, and a region stays in service for what they ran.
 */
export function contained(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/contained',
    kind: 'always',
    title: 'nothing is evicted from a node that is heard from, or by a controller that hears from none; the nodes of a zone are given up one by one, and never are all regions drained',
    monitor: (report, scene, keepEvidence) => new Contained(report, scene, { journal: journalOf(scene), design, keepEvidence }),
  };
}

/** Between the look that decides and the commit that it leads to may lie two requests and their deadlines. */
const LATE_US = seconds(4);
/** Clocks run at different rates, and what is asked for at intervals is committed at others. */
const GRACE_PERCENT = 85;
const INTERVAL_PERCENT = 70;
/**
 * Nobody renews for so long, and whoever leads must have noticed: a renewal may be news as late as when its node has seemed silent for the
 * grace and is asked about, and from then on nothing is heard for the grace again, and a little longer. Whether it has noticed what is shorter depends on how late its watch is.
 */
const BLIND_PERCENT = 220;
/** A store that commits nothing for so long stands still, and what it commits in as long after that may have been in its log since before. */
const STALL_US = seconds(1);

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
  private readonly evidence: readonly FirstApplied[] | null;

  constructor(report: Report, scene: Scene, { journal, design, keepEvidence }: Options) {
    this.report = report;
    this.scene = scene;
    this.design = design;
    this.through = [journal];
    journal.listen((changes) => this.committed(changes));
    this.judge = new Judge(journal, design);
    this.evidence = keepEvidence ? journal.keep(scene) : null;
  }

  private committed(changes: readonly Change[]): void {
    const broken = this.judge.committed(changes, this.scene.nowUs());
    if (broken !== null) this.report.violated(broken);
  }

  fullCheck(): string | null {
    const journal = new CommitJournal();
    const judge = new Judge(journal, this.design);
    for (const { nowUs, entry } of this.evidence ?? []) {
      const broken = judge.committed(journal.see(entry) ?? [], nowUs);
      if (broken !== null) return broken;
    }
    return null;
  }
}

interface Heard {
  /** When its lease was renewed last, or a time ended in which nobody's was. */
  lastUs: Micros;
  /** A silence that ended a while ago may be acted upon until then. */
  excusedUntilUs: Micros;
  /** When it was renewed last, whatever became of the others. */
  renewedUs: Micros;
  /** Until then it may be given up for a silence that it has broken, also one that all shared. */
  silentUntilUs: Micros;
}

class Judge {
  private readonly journal: CommitJournal;
  private readonly graceUs: Micros;
  private readonly blindUs: Micros;
  private readonly intervalUs: Micros;
  private readonly nodes = new Map<string, Heard>();
  /** When the object of a node came to be. */
  private readonly registeredUs = new Map<string, Micros>();
  /** By region, when it was last being drained, or not in service. */
  private readonly leavingUs = new Map<string, Micros>();
  private readonly inService = new Set<string>();
  /** By region and token, when a node was given up last. */
  private readonly givenUpUs = new Map<string, Micros>();
  private anyUs: Micros = 0;
  /** By then whoever leads has begun to look: a new leader gives every node the whole grace anew, and has seen nothing of a silence before that. */
  private sightedUs: Micros = 0;
  private committedUs: Micros = 0;
  /** Since when the store stood still last, and until when it may commit what was in its log then. */
  private stillSinceUs: Micros = 0;
  private lateUntilUs: Micros = 0;

  constructor(journal: CommitJournal, { nodeGraceUs, evictionIntervalUs }: Design) {
    this.journal = journal;
    this.graceUs = Math.floor((nodeGraceUs * GRACE_PERCENT) / 100);
    this.blindUs = Math.ceil((nodeGraceUs * BLIND_PERCENT) / 100);
    this.intervalUs = Math.floor((evictionIntervalUs * INTERVAL_PERCENT) / 100);
  }

  /** To be told of every entry. What is broken by one of its changes. */
  committed(changes: readonly Change[], nowUs: Micros): string | null {
    if (nowUs - this.committedUs >= STALL_US) {
      if (this.committedUs > this.lateUntilUs) this.stillSinceUs = this.committedUs;
      this.lateUntilUs = nowUs + STALL_US;
    }
    this.committedUs = nowUs;
    for (const change of changes) {
      const broken = this.changed(change, nowUs);
      if (broken !== null) return broken;
    }
    return null;
  }

  /** When what is committed now may have been proposed, at the earliest. */
  private proposedUs(nowUs: Micros): Micros {
    return nowUs <= this.lateUntilUs ? this.stillSinceUs : nowUs;
  }

  private changed(change: Change, nowUs: Micros): string | null {
    const { object, previous, granted } = change;
    if (granted?.role === LIFECYCLE_ROLE) this.sightedUs = nowUs + LATE_US;
    const subject = object ?? previous;
    switch (subject?.kind) {
      case 'Lease':
        if (object !== null && isNodeLease(subject.metadata.name)) this.renewed((object as Lease).spec.holder, nowUs);
        return null;
      case 'Cluster':
        if (object === null || (previous as Cluster | null)?.spec.state === 'draining') this.leavingUs.set(subject.metadata.name, nowUs);
        return this.served(subject.metadata.name, (object as Cluster | null)?.spec.state === 'active');
      case 'Node':
        if (previous === null) this.registeredUs.set(subject.metadata.name, nowUs);
        return this.tainted(change, nowUs);
      case 'Workload':
        return this.evicted(change, nowUs);
      default:
        return null;
    }
  }

  private served(region: string, isInService: boolean): string | null {
    if (isInService) this.inService.add(region);
    else if (this.inService.delete(region) && this.inService.size === 0) return `${region} goes out of service, and no other region is in it`;
    return null;
  }

  private renewed(node: string, nowUs: Micros): void {
    if (nowUs - Math.max(this.anyUs, this.sightedUs) >= this.blindUs) for (const heard of this.nodes.values()) this.forgive(heard, nowUs);
    this.anyUs = nowUs;
    const heard = this.nodes.get(node);
    if (heard === undefined) {
      // Until now it has been silent, whatever others were.
      const isNew = nowUs - (this.registeredUs.get(node) ?? nowUs) < this.graceUs;
      this.nodes.set(node, { lastUs: nowUs, excusedUntilUs: isNew ? 0 : nowUs + LATE_US, renewedUs: nowUs, silentUntilUs: nowUs + LATE_US });
      return;
    }
    if (nowUs - heard.renewedUs >= this.graceUs) heard.silentUntilUs = nowUs + LATE_US;
    heard.renewedUs = nowUs;
    if (nowUs - heard.lastUs >= this.graceUs) heard.excusedUntilUs = nowUs + LATE_US;
    heard.lastUs = nowUs;
  }

  /**
   * Nobody was heard of for long. Whoever had been silent before that, while others were heard, may have been decided upon then: in such a time
   * the store may have committed nothing, and commits it all now.
   */
  private forgive(heard: Heard, nowUs: Micros): void {
    if (this.anyUs - heard.lastUs >= this.graceUs) heard.excusedUntilUs = nowUs + LATE_US;
    heard.lastUs = nowUs;
  }

  private evicted({ object, previous, authority }: Change, nowUs: Micros): string | null {
    const isEvicted = previous?.metadata.deletionUs === null && (object === null || object.metadata.deletionUs !== null);
    if (!isEvicted || authority?.role !== LIFECYCLE_ROLE) return null;
    const { metadata, spec } = previous as Workload;
    const node = this.journal.objects.get(objectKey('Node', spec.node)) as Node | undefined;
    // What is bound to a node that there is not, or to one of a region that has left, is nobody's.
    if (node === undefined || !this.journal.objects.has(objectKey('Cluster', node.spec.region))) return null;
    const { lastUs, excusedUntilUs } = this.nodes.get(spec.node) ?? { lastUs: 0, excusedUntilUs: 0 };
    if (this.proposedUs(nowUs) - this.anyUs >= this.blindUs) return `${metadata.name} is evicted from ${spec.node} when no node has been heard of for ${nowUs - this.anyUs} µs`;
    const silentUs = nowUs - lastUs;
    if (silentUs >= this.graceUs || nowUs <= excusedUntilUs) return null;
    return `${metadata.name} is evicted from ${spec.node}, of which nothing was heard for ${silentUs} µs only while others were`;
  }

  private tainted({ object, previous, authority }: Change, nowUs: Micros): string | null {
    if (object === null || previous === null || authority?.role !== LIFECYCLE_ROLE) return null;
    const [now, before] = [object as Node, previous as Node];
    const { name } = now.metadata;
    const { region } = now.spec;
    if (isTainted(now, REGION_DRAIN_TAINT) && !isTainted(before, REGION_DRAIN_TAINT) && !this.isLeaving(region, nowUs)) return `${name} is to be emptied, although nobody drains ${region}`;
    if (!isTainted(now, UNREACHABLE_TAINT) || isTainted(before, UNREACHABLE_TAINT)) return null;
    const { renewedUs, silentUntilUs } = this.nodes.get(name) ?? { renewedUs: -this.graceUs, silentUntilUs: 0 };
    if (nowUs - renewedUs < this.graceUs && nowUs > silentUntilUs) return `${name} is given up ${nowUs - renewedUs} µs after its lease was renewed`;
    const key = `${region} ${authority.token}`;
    const lastUs = this.givenUpUs.get(key);
    this.givenUpUs.set(key, this.proposedUs(nowUs));
    if (lastUs === undefined || nowUs - lastUs >= this.intervalUs) return null;
    return `${name} is given up ${nowUs - lastUs} µs after another node of ${region}`;
  }

  private isLeaving(region: string, nowUs: Micros): boolean {
    const cluster = this.journal.objects.get(objectKey('Cluster', region)) as Cluster | undefined;
    return cluster?.spec.state !== 'active' || nowUs - (this.leavingUs.get(region) ?? -LATE_US) < LATE_US;
  }
}
