/** Losses are made good: what ran on machines that stay without power is given up in bounded time, and a primary among it replaced. */
import { formatTime, seconds, type Micros, type Process, type Property } from '../../../sim/index.ts';
import type { Node, Primary, Resource, Workload } from '../../api/resources/index.ts';
import { zoneState } from '../../controllers/node-lifecycle/zones.ts';
import type { Design } from '../../design.ts';
import { CalmJudge, CalmMonitor } from './calm-monitor.ts';
import type { Change, JournalOf } from './journal.ts';

/**
 * The heal brings every machine back, so that whoever does nothing about a dead one would be found in order afterwards. Here it is
 * judged before: while the machines of one region are without power and nothing else has happened for the bound, nothing that
 * is wanted stands on them, and no primary for whom somebody can follow is among them.
 */
export function lossesMadeGood(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/losses-made-good',
    kind: 'always',
    title:
      'while machines of one region stay without power and nothing else goes wrong, what ran there is given up within a bound, and a primary among it replaced',
    monitor: (report, scene, keepEvidence) =>
      new CalmMonitor(report, scene, {
        journal: journalOf(scene),
        subjects: ['Node', 'Primary', 'Workload'],
        judge: () => new Judge(design, scene.processes()),
        keepEvidence,
      }),
  };
}

/** A workload that is wanted, on its node. */
interface Placed {
  readonly name: string;
  readonly node: string;
  readonly sinceUs: Micros;
}

/** Who holds an office. */
interface Held {
  readonly primary: Primary;
  readonly sinceUs: Micros;
}

class Judge extends CalmJudge {
  private readonly design: Design;
  private readonly members: readonly string[];
  /** By name, of every node's machine. */
  private readonly regionOf: ReadonlyMap<string, string>;
  private readonly regions: number;
  /** When the object of a node came to be, by its name. */
  private readonly nodes = new Map<string, Micros>();
  /** By uid. */
  private readonly placed = new Map<string, Placed>();
  /** By uid of the workload, since when it is ready. */
  private readonly ready = new Map<string, Micros>();
  /** By uid of the Primary. */
  private readonly held = new Map<string, Held>();

  constructor(design: Design, processes: readonly Process[]) {
    super();
    this.design = design;
    this.members = processes.flatMap(({ name }) => (name.startsWith('store-') ? [name] : []));
    this.regionOf = new Map(processes.flatMap(({ name, region }) => (name.startsWith('node-') ? [[name, region]] : [])));
    this.regions = new Set(processes.map(({ region }) => region)).size;
  }

  override changed({ object, previous }: Change, nowUs: Micros): null {
    const { kind, metadata } = (object ?? previous) as Resource;
    if (kind === 'Node') this.changedNode(object as Node | null, metadata.name, nowUs);
    else if (kind === 'Workload') this.changedWorkload(object as Workload | null, metadata.uid, nowUs);
    else if (kind === 'Primary') this.changedPrimary(object as Primary | null, metadata.uid, nowUs);
    return null;
  }

  private changedNode(node: Node | null, name: string, nowUs: Micros): void {
    if (node === null) this.nodes.delete(name);
    else if (!this.nodes.has(name)) this.nodes.set(name, nowUs);
  }

  private changedWorkload(workload: Workload | null, uid: string, nowUs: Micros): void {
    if (workload === null || workload.metadata.deletionUs !== null || workload.spec.node === '') this.placed.delete(uid);
    else if (!this.placed.has(uid))
      this.placed.set(uid, { name: workload.metadata.name, node: workload.spec.node, sinceUs: nowUs });
    if (workload === null || workload.metadata.deletionUs !== null || !workload.status.ready) this.ready.delete(uid);
    else if (!this.ready.has(uid)) this.ready.set(uid, nowUs);
  }

  private changedPrimary(primary: Primary | null, uid: string, nowUs: Micros): void {
    const before = this.held.get(uid);
    if (primary === null || primary.spec.workload === '') this.held.delete(uid);
    else if (before === undefined || before.primary.spec.epoch !== primary.spec.epoch)
      this.held.set(uid, { primary, sinceUs: nowUs });
    else this.held.set(uid, { primary, sinceUs: before.sinceUs });
  }

  /** What has been left undone by now, in words. */
  override look(nowUs: Micros): string | null {
    const calmSinceUs = this.troubles.calmSinceUs(nowUs);
    if (calmSinceUs === null || !this.troubles.someAreDark || !this.canAct()) return null;
    return this.notGivenUp(nowUs, calmSinceUs) ?? this.notReplaced(nowUs, calmSinceUs);
  }

  /** A majority of the store is there, and two regions that have their API servers and controllers. */
  private canAct(): boolean {
    const dark = this.members.filter((name) => this.isDark(name)).length;
    return this.regions > 2 && this.troubles.darkRegion() !== null && 2 * dark < this.members.length;
  }

  private notGivenUp(nowUs: Micros, calmSinceUs: Micros): string | null {
    const dark = [...this.nodes.keys()].filter((name) => this.isDark(name));
    const zone = [...this.nodes.keys()].filter((name) => this.regionOf.get(name) === this.troubles.darkRegion());
    // Of a zone that is disturbed and not down as a whole none may be given up; and who hears of no node at all is blind.
    const isDisturbed = zoneState({ ready: zone.length - dark.length, notReady: dark.length }) === 'partial';
    const isHeard = [...this.nodes].some(([name, sinceUs]) => !this.isDark(name) && sinceUs <= calmSinceUs);
    if (isDisturbed || !isHeard) return null;
    const there = [...this.placed.values()].filter(({ node }) => this.isDark(node));
    const boundUs = givenUpWithinUs(this.design, dark.length, there.length);
    const left = there.find(({ node, sinceUs }) => {
      const registeredUs = this.nodes.get(node);
      return registeredUs !== undefined && nowUs - Math.max(calmSinceUs, registeredUs, sinceUs) > boundUs;
    });
    if (left === undefined) return null;
    return `${left.name} is still wanted on ${left.node}, which lost power ${this.darkFor(left.node, nowUs)} ago, and nothing else has gone wrong for ${formatTime(nowUs - calmSinceUs)}`;
  }

  private notReplaced(nowUs: Micros, calmSinceUs: Micros): string | null {
    const boundUs = replacedWithinUs(this.design);
    for (const { primary, sinceUs } of this.held.values()) {
      const { workload, node, inSync, epoch } = primary.spec;
      if (!this.isDark(node)) continue;
      const follower = inSync.find((uid) => {
        const readyUs = this.ready.get(uid);
        const at = this.placed.get(uid)?.node;
        return uid !== workload && readyUs !== undefined && readyUs <= calmSinceUs && at !== undefined && !this.isDark(at);
      });
      if (follower === undefined || nowUs - Math.max(calmSinceUs, sinceUs) <= boundUs) continue;
      return `${workload} is still the primary of ${primary.metadata.name} under epoch ${epoch}, ${follower} could follow, and ${node} lost power ${this.darkFor(node, nowUs)} ago`;
    }
    return null;
  }

  private isDark(name: string): boolean {
    return this.troubles.darkSinceUs(name) !== null;
  }

  private darkFor(name: string, nowUs: Micros): string {
    return formatTime(nowUs - (this.troubles.darkSinceUs(name) ?? nowUs));
  }
}

/** Clocks may run slower by a tenth; a quarter leaves room. */
const CLOCK_FACTOR = 1.25;
/** For what is under way: answers that never come, caches of a new leader, the end of the operators' own work. */
const SLACK_US = seconds(6);
/** To ask once more after a node, and to delete what stands on it, one after the other. */
const EVICTION_US = seconds(0.5);

/** Leaders may be among the lost, and whoever comes after them gives every node its whole grace again. */
function givenUpWithinUs(design: Design, nodes: number, workloads: number): Micros {
  const { leaseDurationUs, nodeGraceUs, tolerationUs, evictionIntervalUs } = design;
  const waitUs = leaseDurationUs + 2 * nodeGraceUs + tolerationUs + nodes * evictionIntervalUs;
  return Math.ceil(CLOCK_FACTOR * waitUs) + workloads * EVICTION_US + SLACK_US;
}

function replacedWithinUs(design: Design): Micros {
  const { leaseDurationUs, healthCheckUs, unhealthyChecks, healthTimeoutUs, failoverAfterUs, failoverPauseUs } = design;
  const seenUs = (unhealthyChecks + 2) * healthCheckUs + healthTimeoutUs;
  return Math.ceil(CLOCK_FACTOR * (leaseDurationUs + seenUs + failoverAfterUs + failoverPauseUs)) + SLACK_US;
}
